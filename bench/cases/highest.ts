import { formatCount } from '../../src/units.js';
import type { Case, Contestant, Round } from '../case.js';
import { runJob } from '../child.js';
import type { Carrier, HighestAnswer, HighestJob } from '../contestants/highest.js';

const CONNECTIONS = 100;
/** Most cells of a search. Each takes a few seconds longer than its window. */
const CELLS_MAX = 60;
const AROUND_CELL_SECONDS = 4;

/** The highest rate at which one worker's measurement is still VALID. */
export function highestCase(): Case {
  return {
    name: 'highest',
    title: `highest rate with a VALID verdict, one worker, ${CONNECTIONS} connections`,
    server: 'shared',
    rounds: 5,
    seconds: 3,
    repeats: 0,
    metrics: [{ key: 'rate', label: 'messages per second', format: formatCount }],
    contestants: [searcher('wsurge', 'wsurge'), searcher('plain ws', 'ws')],
    goals: [{ metric: 'rate', of: 'wsurge', by: { kind: 'ratio', to: 'plain ws' }, bound: { least: 1.3 } }],
    notes: ['plain ws: the same engine and verdict, but `ws` sends and receives every message'],
  };
}

function searcher(name: string, carrier: Carrier): Contestant {
  return {
    name,
    run: async ({ machine, server, seconds }) => {
      const job: HighestJob = { carrier, seconds, connections: CONNECTIONS, target: server!.target };
      const options = { core: machine.loadCore, seconds: CELLS_MAX * (seconds + AROUND_CELL_SECONDS) };
      return roundOf(await runJob<HighestJob, HighestAnswer>('contestants/highest', job, options));
    },
  };
}

/** The CPU shown is that of the lowest rate that was too high: it tells which side was at its limit. */
function roundOf({ ratePerSecond, steps }: HighestAnswer): Round {
  if (ratePerSecond === 0) throw new Error('no rate holds: this machine is too busy to measure on');
  const tooMuch = steps.filter(({ holds, rate }) => !holds && rate > ratePerSecond).sort((a, b) => a.rate - b.rate)[0];
  return {
    metrics: { rate: ratePerSecond },
    clientCores: tooMuch?.clientCores ?? null,
    serverCores: tooMuch?.serverCores ?? null,
    othersCores: tooMuch?.othersCores ?? null,
    detail: { steps },
  };
}
