import type { Case, Contestant } from '../case.js';
import { runJob } from '../child.js';
import { coresOf } from '../cpu.js';
import type { ReplayAnswer, ReplayJob } from '../replay/replay.js';

const ONE = '1 reply a read';
const MANY = '16 replies a read';

/** Recorded bytes through read, match and record: what a reply costs beside the kernel. */
export function replayCase(): Case {
  return {
    name: 'replay',
    title: 'recorded replies through read, match and record, no kernel',
    server: 'none',
    rounds: 7,
    seconds: 2,
    repeats: 1,
    metrics: [{ key: 'nsPerReply', label: 'time per reply', format: (ns) => `${ns.toFixed(0)} ns` }],
    contestants: [replayed(ONE, 1), replayed(MANY, 16)],
    goals: [ONE, MANY].map((of) => ({ metric: 'nsPerReply', of, by: { kind: 'value' }, bound: { most: 1000 } })),
    notes: ['batches during which the process lost its core are left out'],
  };
}

function replayed(name: string, framesPerRead: number): Contestant {
  return {
    name,
    run: async ({ seconds, machine }) => {
      const options = { core: machine.loadCore, seconds: 10 * seconds };
      const answer = await runJob<ReplayJob, ReplayAnswer>('replay/replay', { seconds, framesPerRead }, options);
      return { metrics: { nsPerReply: answer.nsPerReply }, ...coresOf(answer.cpu), detail: answer };
    },
  };
}
