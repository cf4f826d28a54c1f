import type { Cell } from '../../src/plan/cell.js';
import type { Pacing } from '../../src/plan/pacing.js';
import type { Round, Setting } from '../case.js';
import { benchCell, CONNECT_RATE, hubCell } from '../cell.js';
import { runJob } from '../child.js';
import { type CpuWindow, coresOf } from '../cpu.js';
import type { LoadAnswer } from './load-answer.js';
import type { PlainJob } from './plain.js';
import type { CellJob } from './wsurge.js';

/** The job of a load process, for every contestant. `rate` is null for a closed loop, 0 for idle connections. */
export interface Load {
  readonly connections: number;
  readonly rate: number | null;
  /** The server sends every message to all connections. */
  readonly isHub?: true;
}

/** The figures that a case takes from a load process's answer. */
type MetricsOf = (answer: LoadAnswer) => Readonly<Record<string, number>>;

/** A round of wsurge under this load. */
export async function wsurgeRound(
  load: Load,
  { pacing, metricsOf }: { readonly pacing: Pacing; readonly metricsOf: MetricsOf },
  setting: Setting,
): Promise<Round> {
  const { seconds, machine, server } = setting;
  const model: Cell['model'] = load.rate === null ? 'closed' : 'open';
  const { connections, rate } = load;
  const cell =
    load.isHub === true && rate !== null
      ? hubCell({ connections, rate, seconds })
      : benchCell({ connections, rate, model, seconds });
  const job: CellJob = { cell, pacing, target: server!.target };
  const options = { core: machine.loadCore, seconds: seconds + load.connections / CONNECT_RATE };
  return roundOf(await runJob<CellJob, LoadAnswer>('contestants/wsurge', job, options), load, metricsOf);
}

/** A round of plain `ws` under this load. */
export async function plainRound(load: Load, metricsOf: MetricsOf, setting: Setting): Promise<Round> {
  const { seconds, machine, server } = setting;
  const job: PlainJob = { ...load, seconds, target: server!.target };
  const options = { core: machine.loadCore, seconds: seconds + load.connections / CONNECT_RATE };
  return roundOf(await runJob<PlainJob, LoadAnswer>('contestants/plain', job, options), load, metricsOf);
}

/** With fewer answers than this share of the asked rate, the load was not the one asked for. */
const KEPT_SHARE = 0.98;
/** Deliveries come in bursts, and the ends of a window cut some off. */
const KEPT_SHARE_OF_HUB = 0.5;

function roundOf(answer: LoadAnswer, { connections, rate, isHub }: Load, metricsOf: MetricsOf): Round {
  if (answer.open < connections) throw new Error(`${answer.open} of ${connections} connections stayed open`);
  const each = isHub === true ? connections : 1;
  const asked = (rate ?? 0) * each;
  if (answer.answeredPerSecond < asked * (isHub === true ? KEPT_SHARE_OF_HUB : KEPT_SHARE)) {
    throw new Error(`only ${Math.round(answer.answeredPerSecond)} of ${asked} messages per second came back`);
  }
  return { metrics: metricsOf(answer), ...coresOf(answer.measure), detail: answer };
}

/** Round trips, or deliveries, per second of the client's CPU, of all of it and of its user part. */
export function perCpuSecond({ answeredPerSecond, measure }: LoadAnswer) {
  return {
    perCpu: perSecondOf(answeredPerSecond, measure.userSeconds + measure.systemSeconds, measure),
    perUserCpu: perSecondOf(answeredPerSecond, measure.userSeconds, measure),
  };
}

function perSecondOf(ratePerSecond: number, cpuSeconds: number, { seconds }: CpuWindow): number {
  return ratePerSecond / (cpuSeconds / seconds);
}
