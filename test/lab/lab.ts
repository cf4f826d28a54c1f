import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { noiseFrom, noiseText } from './ab-noise.js';
import { AB_USAGE, abFindings, abProof, readAbOptions, recordIn, runAbProof } from './ab-proof.js';
import { accuracyPage, type Outcome, type Setting, sectionIn, withOutcome } from './accuracy-page.js';
import { experiments } from './catalogue.js';
import { dailyUse } from './daily-use.js';
import { dayMain } from './day.js';
import type { Experiment, Floor, Lab } from './experiment.js';
import { fanOut } from './fan-out.js';
import { measureFloor } from './floor.js';
import { hostileMain } from './hostile/hostile.js';
import { searches } from './searches.js';
import { soakMain } from './soak.js';
import { terminalTable } from './table.js';
import { readStudyOptions, runStudy, VERDICT_USAGE, verdictFindings, verdictStudy } from './verdict-study.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const USAGE = `npm run lab [-- OPTIONS] [L1 L2 ...]
  capacity     searches of which the answer is known, and many connections, C1 to C4: about 15 minutes, not part of the whole
  daily        a nightly gate and the capacity of busy servers, D1 and D2: about 25 minutes, not part of the whole
  fanout       messages to many from a hub that writes down each send, F1 to F3: about six minutes, not part of the whole
  hostile [WORD...]    every hostile server, client, file, signal and machine, one line each; WORD picks some
  soak [--minutes N]   whether the memory of a long run grows (default 30)
  day          a day of four workers, made up, written and reported: time, heap and size of the page
  --list       what there is, and run nothing
  --repeat N   everything N times; fails where any run does
  --runs N     L8: short runs of each kind (default 3)
  --write      write ACCURACY.md, where all experiments ran and passed; of those that are no part of the whole, their sections
${AB_USAGE}${VERDICT_USAGE}`;
const FLAGS = {
  list: { type: 'boolean' },
  write: { type: 'boolean' },
  repeat: { type: 'string' },
  runs: { type: 'string' },
} as const;
const DEFAULT_RUNS = 3;
const LOAD_BEFORE = os.loadavg()[0]!;
/** What is measured apart from the others, by the word that stands for all of it. */
const GROUPS: Readonly<Record<string, readonly Experiment[]>> = {
  capacity: searches,
  daily: dailyUse,
  fanout: fanOut,
};
const APART = Object.values(GROUPS).flat();
/** Sections of ACCURACY.md that a run of the other experiments leaves as they are. E1 is kept by hand. */
const MEASURED_APART = [abProof.id, 'V1', 'E1', ...APART.map(({ id }) => id)];

interface Options {
  readonly ids: readonly string[];
  readonly list: boolean;
  readonly write: boolean;
  readonly repeat: number;
  readonly runs: number;
}

/** The accuracy lab: runs experiments one after the other and returns the exit code, 1 where anything is out of bounds. */
export async function main(args: readonly string[], print: (text: string) => void): Promise<number> {
  if (args[0] === 'ab') return await abMain(args.slice(1), print);
  if (args[0] === 'verdict') return await studyMain(args.slice(1), print);
  if (args[0] === 'hostile') return await hostileMain(args.slice(1), print);
  if (args[0] === 'soak') return await soakMain(args.slice(1), print);
  if (args[0] === 'day') return await dayMain(print);
  const options = read(args);
  if (options === null) {
    print(USAGE);
    return 1;
  }
  const chosen = chosenBy(options.ids);
  if (options.list) {
    for (const { id, title } of chosen) print(`${id.padEnd(4)} ${title}\n`);
    return 0;
  }
  let outcomes: Outcome[] = [];
  let failed = 0;
  for (let round = 1; round <= options.repeat; round++) {
    if (options.repeat > 1) print(`run ${round} of ${options.repeat}\n\n`);
    outcomes = await runAll(chosen, labWith(options.runs), print);
    const wrong = outcomes.filter(({ findings }) => findings.some(({ within }) => !within));
    const names = wrong.map(({ experiment }) => experiment.id).join(', ');
    print(
      `${outcomes.length - wrong.length} of ${outcomes.length} within bounds${names === '' ? '' : `; not ${names}`}\n`,
    );
    failed += wrong.length;
  }
  if (failed > 0) return 1;
  if (options.write && options.ids.length > 0) {
    for (const outcome of outcomes) writePage((page) => withOutcome(page, outcome, settingOf()));
  } else if (options.write)
    writePage((page) => {
      const apart = MEASURED_APART.flatMap((id) => sectionIn(page, id) ?? []);
      return accuracyPage(outcomes, settingOf()) + apart.map((section) => `\n${section}\n`).join('');
    });
  return 0;
}

function writePage(change: (page: string) => string): void {
  const file = `${ROOT}/ACCURACY.md`;
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** The proof of `wsurge ab`: too long to be one experiment among the others, so it can be stopped and goes on. */
async function abMain(args: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readAbOptions(args);
  if (options === null) {
    print(USAGE);
    return 1;
  }
  const startMs = performance.now();
  const trials = await runAbProof(options, recordIn(`${ROOT}/results/lab-ab.ndjson`), print);
  if (trials === null) {
    print('not all trials are done: the next call goes on here\n');
    return 0;
  }
  if (options.noise) writeFileSync(`${ROOT}/test/lab/ab-noise.json`, noiseText(noiseFrom(trials, settingOf())));
  const findings = abFindings(trials);
  print(terminalTable(abProof, findings, performance.now() - startMs));
  if (findings.some(({ within }) => !within)) return 1;
  if (options.write) writePage((page) => withOutcome(page, { experiment: abProof, findings }, settingOf()));
  return 0;
}

/** The word on a run against the truth: too long to be one experiment among the others. */
async function studyMain(args: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readStudyOptions(args);
  if (options === null) {
    print(USAGE);
    return 1;
  }
  const startMs = performance.now();
  const runs = await runStudy(options, print);
  const [experiment, findings] = [verdictStudy(runs), verdictFindings(runs)];
  print(terminalTable(experiment, findings, performance.now() - startMs));
  if (findings.some(({ within }) => !within)) return 1;
  if (options.write) writePage((page) => withOutcome(page, { experiment, findings }, settingOf()));
  return 0;
}

/** The word of a group stands for all of it; without a word it is everything that is in none. */
function chosenBy(ids: readonly string[]): Experiment[] {
  if (ids.length === 0) return [...experiments];
  const isChosen = ({ id }: Experiment) => ids.includes(id);
  const apart = Object.entries(GROUPS).flatMap(([word, group]) =>
    ids.includes(word) ? group : group.filter(isChosen),
  );
  return [...experiments.filter(isChosen), ...apart];
}

/** null where the arguments make no sense. */
function read(args: readonly string[]): Options | null {
  try {
    const { values, positionals: ids } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
    const { list = false, write = false } = values;
    const [repeat, runs] = [Number(values.repeat ?? 1), Number(values.runs ?? DEFAULT_RUNS)];
    const known = ids.every((wanted) => wanted in GROUPS || [...experiments, ...APART].some(({ id }) => id === wanted));
    const counts = [repeat, runs].every((count) => Number.isInteger(count) && count >= 1);
    // A page of some of the experiments would look like one of all; what is measured apart has sections of its own.
    const isWritten = !write || ids.length === 0 || chosenBy(ids).every((each) => APART.includes(each));
    return known && counts && isWritten ? { ids, list, write, repeat, runs } : null;
  } catch {
    return null;
  }
}

async function runAll(chosen: readonly Experiment[], lab: Lab, print: (text: string) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const experiment of chosen) {
    const startMs = performance.now();
    const findings = await experiment.run(lab);
    print(terminalTable(experiment, findings, performance.now() - startMs));
    outcomes.push({ experiment, findings });
  }
  return outcomes;
}

function labWith(runs: number): Lab {
  let floor: Promise<Floor> | null = null;
  return {
    runs,
    floor: () => {
      floor ??= measureFloor();
      return floor;
    },
  };
}

function settingOf(): Setting {
  const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string };
  return {
    version,
    date: new Date().toISOString().slice(0, 10),
    cpu: os.cpus()[0]?.model ?? 'unknown processor',
    cores: os.cpus().length,
    kernel: os.release(),
    node: process.version.slice(1),
    load: LOAD_BEFORE,
  };
}
