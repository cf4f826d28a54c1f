/** What connections need on this machine, and the commands that raise its limits. */
import { formatCount } from '../units.js';
import type { Limits } from './limits.js';

/** Descriptors of a run besides its connections: files, pipes, the canary, the instrument check. */
const BASE_FILES = 100;
const FILES_PER_WORKER = 16;
/** A common round number that leaves room. */
const USUAL_OPEN_FILES = 65_536;

export const WIDEST_PORTS = 'sysctl -w net.ipv4.ip_local_port_range="1024 65535"';

/** Open files that a load needs. */
export function filesFor({ connections, workers }: { readonly connections: number; readonly workers: number }): number {
  return connections + BASE_FILES + FILES_PER_WORKER * workers;
}

export function portsOf({ from, to }: NonNullable<Limits['ephemeralPorts']>): number {
  return to - from + 1;
}

/** The command that allows `need` open files. */
export function raiseFiles(need: number, hardLimit: number | null): string {
  const enough = Math.max(USUAL_OPEN_FILES, 2 ** Math.ceil(Math.log2(need)));
  const hard =
    hardLimit !== null && hardLimit < enough
      ? ` (the hard limit is ${formatCount(hardLimit)}: raise it as root, or with \`--ulimit nofile\` for a container)`
      : '';
  return `ulimit -n ${enough}${hard}`;
}
