/** The command lines of `calibrate` and `doctor`. */
import type { Env } from '../../profile/interpolate.js';
import { quoted } from '../../profile/problem-list.js';
import { formatCount, parseCount } from '../../units.js';
import { CALIBRATE, DOCTOR } from '../flags/machine.js';
import { readFlags } from './flag-values.js';

type Argv = Readonly<Record<string, unknown>>;

export interface MachineRequest {
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface DoctorRequest extends MachineRequest {
  readonly connections: number;
}

/** Throws WsurgeError (104) with every problem. */
export function calibrateRequest(argv: Argv, env: Env): MachineRequest {
  const values = readFlags(CALIBRATE, argv, env);
  const request = { json: values.isOn('json'), quiet: values.isOn('quiet') };
  values.throwIfWrong();
  return request;
}

const DEFAULT_CONNECTIONS = 10_000;
const MOST_CONNECTIONS = 1_000_000;

/** Throws WsurgeError (104) with every problem. */
export function doctorRequest(argv: Argv, env: Env): DoctorRequest {
  const values = readFlags(DOCTOR, argv, env);
  const given = values.text('connections');
  const count = given === null ? DEFAULT_CONNECTIONS : parseCount(given.value);
  const isCount = count !== null && Number.isInteger(count) && count >= 1 && count <= MOST_CONNECTIONS;
  if (given !== null && !isCount) {
    const hint = `a count from 1 to ${formatCount(MOST_CONNECTIONS)}: 1000, 5k`;
    values.refuse(given.origin, `${quoted(given.value)} is none`, hint);
  }
  const request = { connections: count ?? 0, json: values.isOn('json'), quiet: values.isOn('quiet') };
  values.throwIfWrong();
  return request;
}
