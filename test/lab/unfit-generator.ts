import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import type { Handicap } from './handicap.js';
import { isBracketRight, isMiss, type JudgedQuantile, type JudgedRun, judgedRun } from './judged-run.js';
import { besideSpinners } from './spinners.js';
import { runTapped } from './tapped-run.js';

const SPINNERS = 4;
const CORE = 0;
/** From so many healthy runs on, one alarm is allowed. */
const RUNS_FOR_ONE_ALARM = 20;

const UNFIT: Readonly<Record<string, Handicap>> = {
  'spins 2 ms a message': { spinMs: 2 },
  'blocked once for 500 ms': { blockMs: 500 },
  'four spinners on its core': { core: CORE },
};

export const unfitGenerator: Experiment = {
  id: 'L8',
  title: 'A generator that is not fit to measure says so',
  truth:
    'Short runs of 1,000 messages a second on 50 connections against a plain echo, by a worker that uses up its thread with every message, one that stands still once, and one that shares its core with four programs that never rest: ' +
    'none of them may be VALID and wrong (V1 says what that is), and no bracket of any of them may miss the truth, so that no threshold is decided wrongly. Without a handicap every run is VALID (of 20 or more, all but one).',
  run: async ({ runs }) => {
    const findings: Finding[] = [];
    for (const [name, handicap] of Object.entries(UNFIT)) {
      const judged = await judgeAll(runs, handicap);
      findings.push(exactly(`${name}: VALID and wrong`, `of ${runs}`, 0, judged.filter(isMiss).length));
      findings.push(exactly(`${name}: brackets that miss the truth`, '', 0, judged.flatMap(wrongBrackets).length));
    }
    const healthy = await judgeAll(runs, {});
    const doubted = healthy.filter(({ word }) => word !== 'valid');
    const alarms = runs >= RUNS_FOR_ONE_ALARM ? 1 : 0;
    const why = doubted.length === 0 ? null : doubted.flatMap(({ reasons }) => reasons).join('\n');
    const valid = runs - doubted.length;
    findings.push(finding('healthy: VALID', `of ${runs}`, runs, valid, { below: alarms, above: 0 }, why));
    return findings;
  },
};

function wrongBrackets({ quantiles }: JudgedRun): JudgedQuantile[] {
  return quantiles.filter((quantile) => !isBracketRight(quantile));
}

async function judgeAll(runs: number, handicap: Handicap): Promise<JudgedRun[]> {
  const judged: JudgedRun[] = [];
  for (let run = 0; run < runs; run++) judged.push(await judgeOne(handicap));
  return judged;
}

async function judgeOne(handicap: Handicap): Promise<JudgedRun> {
  const cell = cellWith({
    connections: { from: 50, to: 50 },
    rate: { from: 1000, to: 1000 },
    durationMs: 5000,
  });
  const { core } = handicap;
  const run = () => runTapped(cell, { faults: 'null', handicap });
  const { result, messages } = await besideSpinners(core === undefined ? 0 : SPINNERS, run, core);
  return judgedRun(result, messages);
}
