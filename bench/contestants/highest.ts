/** The highest rate with a VALID verdict, as a process: one plan, on wsurge's connections or on plain `ws`. */
import { judgeCell } from '../../src/verdict/validity.js';
import { benchCell } from '../cell.js';
import { answer, takeJob } from '../child.js';
import { coresOf, DISTURBED_CORES } from '../cpu.js';
import type { Target } from '../served.js';
import { oneWorker, watchCell } from './cell-run.js';
import { highestThatHolds } from './climb.js';

/** Whose connections carry the messages: wsurge's own, or `ws` for every message in both directions. */
export type Carrier = 'wsurge' | 'ws';

/** Both load one module after the other, so that nothing but the connections differs. */
const WORKER_FILES: Readonly<Record<Carrier, URL>> = {
  wsurge: new URL('../../workers/load-worker.js', import.meta.url),
  ws: new URL('./ws-worker.js', import.meta.url),
};

export interface HighestJob {
  readonly carrier: Carrier;
  readonly target: Target;
  readonly connections: number;
  readonly seconds: number;
}

/** One cell of the search. */
export interface Step {
  readonly rate: number;
  readonly holds: boolean;
  readonly validity: string;
  readonly target: string;
  /** Codes of the reasons why the cell is not VALID. */
  readonly reasons: readonly string[];
  readonly clientCores: number;
  readonly serverCores: number | null;
  readonly othersCores: number | null;
}

export interface HighestAnswer {
  readonly ratePerSecond: number;
  readonly steps: readonly Step[];
}

const CLIMB = { from: 20_000, factor: 1.5, precision: 0.05, least: 1000, most: 500_000 };
/** A rate may fail once: a single disturbance is not its limit. */
const FAILURES = 2;
/** A cell that fails while other processes disturb it shows nothing. It is repeated at most this often. */
const ATTEMPTS = 6;

async function search({ carrier, target, connections, seconds }: HighestJob): Promise<HighestAnswer> {
  const runner = oneWorker(WORKER_FILES[carrier], false);
  const steps: Step[] = [];
  const tryOnce = async (rate: number): Promise<Step> => {
    const cell = benchCell({ model: 'open', connections, rate, seconds });
    const { result, measure } = await watchCell(cell, runner, { target, pacing: 'timer' });
    const verdict = judgeCell(result, []);
    const holds = verdict.validity === 'valid' && verdict.target === 'ok';
    const reasons = verdict.reasons.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
    const { validity, target: status } = verdict;
    const step: Step = { rate, holds, reasons, validity, target: status, ...coresOf(measure) };
    steps.push(step);
    return step;
  };
  const holds = async (rate: number): Promise<boolean> => {
    for (let failures = 0, attempts = 0; failures < FAILURES && attempts < ATTEMPTS; attempts++) {
      const step = await tryOnce(rate);
      if (step.holds) return true;
      if ((step.othersCores ?? 0) < DISTURBED_CORES) failures++;
    }
    return false;
  };
  return { ratePerSecond: await highestThatHolds(holds, CLIMB), steps };
}

answer(await search(takeJob<HighestJob>()));
