import type { CellResult } from '../../src/metrics/cell-result.js';
import { judgedMs, label, lagOf, msOf, responseOf, serviceOf } from './bounds.js';
import { type Experiment, type Finding, type Floor, finding, type Judged } from './experiment.js';
import { runLibrary } from './library-run.js';

/** A machine on which an empty server costs more than this, ms, is too busy to calibrate anything on. */
const MOST_MS: Partial<Record<Judged, number>> = { p50: 2, p95: 5, p99: 10 };
const SECONDS = 10;

/** Service time of a plain echo at the rate of the other experiments. */
export async function measureFloor(): Promise<Floor> {
  return judgedMs(serviceOf(await nullEcho(1000)));
}

export const floor: Experiment = {
  id: 'L1',
  title: 'The floor: a server that only echoes',
  truth:
    `A plain echo on 50 connections for ${SECONDS} s has no latency of its own worth the name: what is reported is the cost of two processes, the kernel and the wait for a timer on this machine. ` +
    'The service time at 1,000 messages a second is the floor that the other experiments add to what they allow.',
  run: async (lab) => {
    const slow = await nullEcho(100);
    const atThousand = await lab.floor();
    return [
      ...empty('100/s: service', (name) => msOf(serviceOf(slow), name)),
      ...empty('100/s: send lag', (name) => msOf(lagOf(slow), name)),
      ...empty('100/s: response', (name) => msOf(responseOf(slow), name)),
      ...empty('1000/s: service', (name) => atThousand[name]),
    ];
  },
};

function empty(what: string, msAt: (name: Judged) => number): Finding[] {
  return (Object.entries(MOST_MS) as [Judged, number][]).map(([name, most]) =>
    finding(`${what} ${label(name)}`, 'ms', 0, msAt(name), { below: 0, above: most }),
  );
}

async function nullEcho(ratePerSecond: number): Promise<CellResult> {
  const load = [{ name: 'floor', connections: 50, rate: ratePerSecond }];
  const { cells } = await runLibrary('null', { load, warmup: '1s', duration: `${SECONDS}s` });
  return cells[0]!;
}
