import { parseArgs } from 'node:util';
import { automaticPacing } from '../../src/plan/pacing.js';
import { Rng } from '../../src/stats/rng.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import { isBracketRight, isFalseAlarm, isMiss, type JudgedRun, judgedRun } from './judged-run.js';
import { besideSpinners } from './spinners.js';
import { runTapped } from './tapped-run.js';

export const VERDICT_USAGE = `npm run lab -- verdict [OPTIONS]     the word on 60 runs against what is true of them: about ten minutes
  --seed N     the order of the runs (default 1)
  --write      put the outcome into ACCURACY.md, where all is within bounds
`;

const SERVERS: Readonly<Record<string, string>> = {
  echo: 'null',
  exponential: 'delay:exp(10ms)',
  'two peaks': 'delay:bimodal(2ms,200ms,0.5%)',
  stall: 'stall:100ms/1s',
  queue: 'queue:exp(0.05ms)',
};
const RATES = [500, 2000, 8000];
const NEIGHBOURS = [0, 1, 2, 3];
const DURATION_MS = 6000;
/** Of all runs, as a share. */
const FALSE_ALARMS = 0.05;
/**
 * Of all printed brackets, as a share. The server writes its log before it sends: where it loses the processor in between,
 * a reply leaves later than the log says, and a right bracket lies above that truth.
 */
const WRONG_BRACKETS = 0.02;

/** One run of the study. */
export interface StudyCase {
  readonly server: string;
  /** Messages a second. */
  readonly rate: number;
  /** Programs that never rest, beside the generator and the server. */
  readonly neighbours: number;
}

export interface StudyRun extends StudyCase, JudgedRun {}

/** What the study says of itself in ACCURACY.md, with the shares that were VALID. */
export function verdictStudy(runs: readonly StudyRun[]): Omit<Experiment, 'run'> {
  const shares = NEIGHBOURS.map((neighbours) => {
    const beside = runs.filter((run) => run.neighbours === neighbours);
    const count = (word: JudgedRun['word']) => beside.filter((run) => run.word === word).length;
    return `${neighbours}: ${count('valid')} VALID, ${count('degraded')} DEGRADED, ${count('invalid')} INVALID`;
  });
  return {
    id: 'V1',
    title: 'The word on a run, and what is true of it',
    truth:
      `Five servers with a time of their own (${Object.keys(SERVERS).join(', ')}), at 500, 2,000 and 8,000 messages a second, beside 0 to 3 programs that never rest: ${runs.length} runs in a random order. ` +
      'The truth is the time from the sending, as a tap on the connections saw it, to the leaving of the reply, as the server logged it. ' +
      'A miss is a VALID run with the truth of a printed quantile outside its bracket by more than 10 % and 0.5 ms, or a figure over the truth by more than 50 % and 5 ms. ' +
      'A false alarm is a run with another word although every bracket is right and as narrow as asked for (20 % or 1 ms). ' +
      'Of all brackets, whatever the word, one in fifty may lie beside the truth: the server logs a reply just before it sends it, and may lose the processor in between. ' +
      `By the number of busy programs: ${shares.join('; ')}. DEGRADED and INVALID are no faults here: their brackets really are that wide.`,
  };
}

export function verdictFindings(runs: readonly StudyRun[]): Finding[] {
  const count = (is: (run: StudyRun) => boolean) => runs.filter(is).length;
  const lines = (is: (run: StudyRun) => boolean) => runs.filter(is).map(studyLine).join('') || null;
  const figures = runs.flatMap(({ quantiles }) => quantiles);
  const wrong = figures.filter((quantile) => !isBracketRight(quantile)).length;
  const hasWrong = (run: StudyRun) => run.quantiles.some((quantile) => !isBracketRight(quantile));
  const allowedWrong = { below: 0, above: Math.floor(WRONG_BRACKETS * figures.length) };
  const allowed = { below: 0, above: Math.floor(FALSE_ALARMS * runs.length) };
  return [
    finding('false alarms', 'runs', 0, count(isFalseAlarm), allowed, lines(isFalseAlarm)),
    ...Object.keys(SERVERS).map((server) =>
      exactly(
        `${server}: misses`,
        'runs',
        0,
        count((run) => run.server === server && isMiss(run)),
      ),
    ),
    finding(
      'brackets beside the truth, whatever the word',
      `of ${figures.length}`,
      0,
      wrong,
      allowedWrong,
      lines(hasWrong),
    ),
  ];
}

/** One run as a line of text. */
function studyLine(run: StudyRun): string {
  const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);
  const quantiles = run.quantiles.map(
    ({ name, bracket: [low, high], truth }) => `${name} ${ms(low)}-${ms(high)} (${ms(truth)})`,
  );
  const [why = ''] = run.reasons.map((reason) => `  ${reason.split(':')[0]}`);
  const mark = isMiss(run) ? '  MISS' : isFalseAlarm(run) ? '  FALSE ALARM' : '';
  const what = `${run.server.padEnd(11)} ${String(run.rate).padStart(4)}/s beside ${run.neighbours}`;
  return `${what}  ${run.word.padEnd(8)}  ${quantiles.join('  ')}${why}${mark}\n`;
}

export interface StudyOptions {
  readonly seed: number;
  readonly write: boolean;
}

/** Null where the arguments make no sense. */
export function readStudyOptions(args: readonly string[]): StudyOptions | null {
  try {
    const options = { seed: { type: 'string' }, write: { type: 'boolean', default: false } } as const;
    const { values } = parseArgs({ args: [...args], options });
    const seed = Number(values.seed ?? 1);
    return Number.isInteger(seed) ? { seed, write: values.write } : null;
  } catch {
    return null;
  }
}

/** All cases, in an order of chance: a machine that changes meanwhile weighs on all alike. */
export function studyCases(seed: number): StudyCase[] {
  const cases = Object.keys(SERVERS).flatMap((server) =>
    RATES.flatMap((rate) => NEIGHBOURS.map((neighbours) => ({ server, rate, neighbours }))),
  );
  const rng = new Rng(seed);
  for (let last = cases.length - 1; last > 0; last--) {
    const other = rng.below(last + 1);
    [cases[last], cases[other]] = [cases[other]!, cases[last]!];
  }
  return cases;
}

export async function runStudy(
  { seed }: StudyOptions,
  print: (text: string) => void,
  run: (each: StudyCase) => Promise<StudyRun> = runOne,
): Promise<StudyRun[]> {
  const runs: StudyRun[] = [];
  for (const each of studyCases(seed)) {
    const done = await run(each);
    runs.push(done);
    print(`${String(runs.length).padStart(2)}  ${studyLine(done)}`);
  }
  return runs;
}

async function runOne(each: StudyCase): Promise<StudyRun> {
  const { server, rate, neighbours } = each;
  const cell = cellWith({
    connections: { from: 50, to: 50 },
    rate: { from: rate, to: rate },
    durationMs: DURATION_MS,
  });
  // As `auto` chooses with the server on the same two cores.
  const pacing = automaticPacing(rate, 0, 1);
  const tapped = await besideSpinners(neighbours, () => runTapped(cell, { faults: SERVERS[server]!, pacing }));
  return { ...each, ...judgedRun(tapped.result, tapped.messages) };
}
