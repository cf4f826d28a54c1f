/** The highest rate with a VALID verdict, as a process: one plan, on wsurge's connections or on plain `ws`. */
import { judgeCell } from '../../src/verdict/validity.js';
import { benchCell } from '../cell.js';
import { answer, takeJob } from '../child.js';
import { coresOf } from '../cpu.js';
import type { Target } from '../served.js';
import { type Carrier, oneWorker, watchCell } from './cell-run.js';
import { highestThatHolds } from './climb.js';

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
  /** Codes of what stands against it. */
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
/** A machine's hiccup is no limit: a rate that fails may try once more. */
const ATTEMPTS = 2;

async function search({ carrier, target, connections, seconds }: HighestJob): Promise<HighestAnswer> {
  const runner = oneWorker(carrier);
  const steps: Step[] = [];
  const tryOnce = async (rate: number): Promise<boolean> => {
    const cell = benchCell({ model: 'open', connections, rate, seconds });
    const { result, measure } = await watchCell(cell, runner, { target, pacing: 'timer' });
    const verdict = judgeCell(result);
    const holds = verdict.validity === 'valid' && verdict.target === 'ok';
    const reasons = verdict.reasons.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
    steps.push({ rate, holds, reasons, validity: verdict.validity, target: verdict.target, ...coresOf(measure) });
    return holds;
  };
  const holds = async (rate: number): Promise<boolean> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await tryOnce(rate)) return true;
    return false;
  };
  return { ratePerSecond: await highestThatHolds(holds, CLIMB), steps };
}

answer(await search(takeJob<HighestJob>()));
