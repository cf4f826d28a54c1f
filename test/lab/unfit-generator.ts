import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type CellJudgement, judgeCell } from '../../src/verdict/validity.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, type Finding, finding } from './experiment.js';
import type { Handicap } from './handicap.js';
import { runTapped } from './tapped-run.js';

const SPINNERS = 4;
const CORE = 0;
/** A spinner ends by itself, should nobody end it. */
const SPINNER_LIFE_MS = 60_000;
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
    'none of them may be called VALID. Without a handicap every run is VALID (of 20 or more, all but one).',
  run: async ({ runs }) => {
    const findings: Finding[] = [];
    for (const [name, handicap] of Object.entries(UNFIT)) {
      const { valid } = await judgeAll(runs, handicap);
      findings.push(finding(`${name}: VALID`, `of ${runs}`, 0, valid, { below: 0, above: 0 }));
    }
    const { valid, reasons } = await judgeAll(runs, {});
    const alarms = runs >= RUNS_FOR_ONE_ALARM ? 1 : 0;
    findings.push(finding('healthy: VALID', `of ${runs}`, runs, valid, { below: alarms, above: 0 }, reasons));
    return findings;
  },
};

/** How many of so many runs were called VALID, and what was said of the others. */
async function judgeAll(runs: number, handicap: Handicap): Promise<{ valid: number; reasons: string | null }> {
  const reasons: string[] = [];
  let valid = 0;
  for (let run = 0; run < runs; run++) {
    const judgement = await judgeOne(handicap);
    if (judgement.validity === 'valid') valid++;
    else reasons.push(...judgement.reasons.map(({ code, message }) => `${code}: ${message}`));
  }
  return { valid, reasons: reasons.length === 0 ? null : reasons.join('\n') };
}

async function judgeOne(handicap: Handicap): Promise<CellJudgement> {
  const cell = cellWith({
    connections: { from: 50, to: 50 },
    rate: { from: 1000, to: 1000 },
    durationMs: 5000,
  });
  const spinners = handicap.core === undefined ? [] : startSpinners(handicap.core);
  try {
    const { result } = await runTapped(cell, { faults: 'null', handicap });
    return judgeCell(result, []);
  } finally {
    await endAll(spinners);
  }
}

function startSpinners(core: number): ChildProcess[] {
  const program = `const end = performance.now() + ${SPINNER_LIFE_MS}; while (performance.now() < end);`;
  return Array.from({ length: SPINNERS }, () =>
    spawn('taskset', ['--cpu-list', String(core), process.execPath, '-e', program], { stdio: 'ignore' }),
  );
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map((child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      return exited;
    }),
  );
}
