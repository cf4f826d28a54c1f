import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KINDS, type Kind, LOAD_TEXT, runTrial, type Trial } from './ab-trial.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';

const TRIALS_OF_A_KIND = 20;
const KIND_NAMES = Object.keys(KINDS) as Kind[];
export const AB_USAGE = `npm run lab -- ab [OPTIONS]     two builds in turns: ${TRIALS_OF_A_KIND * KIND_NAMES.length} whole decisions, about half an hour
  --trials N   at most N more of them; what is done is kept, the next call goes on there
  --restart    forget what is done
  --write      put the outcome into ACCURACY.md, where all are done and within bounds
  --noise      put the turns of A against A into test/lab/ab-noise.json, where all are done: the tests play comparisons on them
`;

export const abProof: Omit<Experiment, 'run'> = {
  id: 'AB',
  title: 'Two builds in turns',
  truth:
    `Each trial is a whole decision of \`wsurge ab\` at its defaults (looks at 5, 8, 12 and 20 rounds, a fresh server every turn), with ${LOAD_TEXT}. A handler of 10 ms is A; B is 10 % slower, 2 % slower, or the same build once more; a change of 5 % of the median matters. ` +
    `Each is tried ${TRIALS_OF_A_KIND} times with another seed. A false verdict of A against itself is any but EQUIVALENT and INCONCLUSIVE. The change reported holds the way through kernel and event loop as well, on both sides, so it lies a little below that of the handlers.`,
};

/** What the trials found, against what is true and what was promised. */
export function abFindings(trials: readonly Trial[]): Finding[] {
  const of = (kind: Kind) => trials.filter((trial) => trial.kind === kind);
  const count = (kind: Kind, ...words: Trial['word'][]) => of(kind).filter(({ word }) => words.includes(word)).length;
  const change = (kind: Kind) => median(of(kind).flatMap(({ ratio }) => (ratio === null ? [] : [(ratio - 1) * 100])));
  const within = (kind: Kind, percent: number) =>
    finding(`B ${kind}: change reported, median of all trials`, '%', percent, change(kind), { below: 1, above: 1 });
  return [
    finding('B slower by 10 %: REGRESSED', 'trials', TRIALS_OF_A_KIND, count('slower by 10 %', 'REGRESSED'), {
      below: 2,
      above: 0,
    }),
    exactly('B slower by 2 %: REGRESSED', 'trials', 0, count('slower by 2 %', 'REGRESSED')),
    finding('A against A: false verdicts', 'trials', 0, count('the same', 'REGRESSED', 'IMPROVED'), {
      below: 0,
      above: 1,
    }),
    within('slower by 10 %', 10),
    within('slower by 2 %', 2),
    within('the same', 0),
  ];
}

export interface AbRecord {
  /** The trials so far, in order. */
  read(): Trial[];
  append(trial: Trial): void;
  clear(): void;
}

/** Trials kept as lines of a file: the lab goes on where it was stopped. */
export function recordIn(file: string): AbRecord {
  return {
    read: () => {
      const lines = readIfThere(file).split('\n');
      // Without its line end the last one was cut short.
      return lines.slice(0, -1).map((line) => JSON.parse(line) as Trial);
    },
    append: (trial) => {
      mkdirSync(path.dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify(trial)}\n`);
    },
    clear: () => rmSync(file, { force: true }),
  };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export interface AbOptions {
  readonly trials: number;
  readonly restart: boolean;
  readonly write: boolean;
  readonly noise: boolean;
}

/** Null where the arguments make no sense. */
export function readAbOptions(args: readonly string[]): AbOptions | null {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const options = { trials: { type: 'string' }, restart: flag, write: flag, noise: flag } as const;
    const { values } = parseArgs({ args: [...args], options });
    const trials = Number(values.trials ?? TRIALS_OF_A_KIND * KIND_NAMES.length);
    if (!Number.isInteger(trials) || trials < 0) return null;
    return { trials, restart: values.restart, write: values.write, noise: values.noise };
  } catch {
    return null;
  }
}

/** Runs what is missing, at most as many as asked for; returns all trials, or null where some are still missing. */
export async function runAbProof(
  options: AbOptions,
  record: AbRecord,
  print: (text: string) => void,
  run: (trial: number, kind: Kind) => Promise<Trial> = runTrial,
): Promise<readonly Trial[] | null> {
  if (options.restart) record.clear();
  const done = record.read();
  const all = TRIALS_OF_A_KIND * KIND_NAMES.length;
  if (done.length > 0) print(`${done.length} of ${all} trials are done already\n`);
  for (let left = options.trials; left > 0 && done.length < all; left--) {
    const trial = done.length + 1;
    // Kinds take turns, so that a machine that changes meanwhile weighs on all alike.
    const kind = KIND_NAMES[(trial - 1) % KIND_NAMES.length]!;
    let result = await run(trial, kind);
    if (result.word === null) {
      // No decision at all: something else ran on this machine.
      print(`${trialLine(result, all).trimEnd()}; once more\n`);
      result = await run(trial, kind);
    }
    record.append(result);
    done.push(result);
    print(trialLine(result, all));
  }
  return done.length < all ? null : done;
}

export function trialLine(
  { trial, kind, word, ratio, interval, rounds, tookMs, exitCode }: Trial,
  all: number,
): string {
  const percent = (value: number) => `${value < 1 ? '' : '+'}${((value - 1) * 100).toFixed(1)} %`;
  const range = interval === null ? '' : ` (${percent(interval[0])} to ${percent(interval[1])})`;
  const found = ratio === null ? 'no value' : `${percent(ratio)}${range}`;
  const spent = `${rounds.length} rounds, ${(tookMs / 1000).toFixed(1)} s, exit ${exitCode}`;
  return `${String(trial).padStart(2)}/${all}  ${kind.padEnd(14)}  ${(word ?? 'none').padEnd(12)}  ${found}  ${spent}\n`;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
