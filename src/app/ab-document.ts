import { EXCLUDED_MAX, excludedRounds, type Round, wholeRounds } from '../campaign/ab-rounds.js';
import { comparisonDocument, sideOf } from '../documents/comparison-document.js';
import type { ComparisonDocument } from '../documents/comparison-schema.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import type { RoundsLeft } from '../report/comparison/rounds.js';
import { plural } from '../report/shared/verdict-line.js';
import { medianOf } from '../stats/moments.js';
import { sanitize } from '../text/sanitize.js';
import { formatDuration } from '../units.js';
import type { Side } from '../verdict/compare/compared-run.js';
import { pairedCells } from '../verdict/compare/paired-cells.js';
import type { AbTurn } from './ab-turn.js';
import type { AbTask, Build } from './tasks.js';

const MOST_TEXT = 1000;

/** How far a comparison has come. */
export interface AbState {
  readonly task: AbTask;
  readonly turns: readonly AbTurn[];
  readonly seed: number;
  readonly createdAt: Date;
  readonly isInterrupted: boolean;
  /** What became of the agent that did not stay, which ended the comparison; null if none did. */
  readonly left: string | null;
  readonly redactor: Redactor;
}

/** The rounds of which both turns were measured. */
function roundsOf({ turns, seed }: AbState): Round<AbTurn>[] {
  return wholeRounds(turns, seed);
}

/** The last look that was reached; 0 where none was. */
function lastLook({ task }: AbState, rounds: number): number {
  return Math.max(0, ...task.looks.filter((look) => look <= rounds));
}

/** The comparison between two looks: the figures of all rounds so far, and no verdict. */
export function standing(state: AbState): ComparisonDocument {
  return documentOf(state, roundsOf(state), false);
}

/** The comparison at its end: judged at the last look, and with the exit code that follows. */
export function finalDocument(state: AbState): ComparisonDocument {
  const rounds = roundsOf(state);
  const look = lastLook(state, rounds.length);
  const document = look === 0 ? documentOf(state, rounds, false) : documentOf(state, rounds.slice(0, look), true);
  return { ...document, outcome: outcomeOf(state, document.outcome) };
}

type Stopped = NonNullable<NonNullable<ComparisonDocument['rounds']>['stopped']>;

function stoppedBy(state: AbState): Stopped {
  const { turns, isInterrupted, left, task } = state;
  if (isInterrupted) return 'interrupted';
  if (left !== null) return 'agent_gone';
  if (turns.some(({ ended }) => ended !== null)) return 'ended';
  if (excludedRounds(turns).length >= EXCLUDED_MAX) return 'excluded';
  return roundsOf(state).length >= task.looks.at(-1)! ? 'last' : 'settled';
}

/** What is still to come, in time by the turns so far; null where every round is done. */
export function roundsLeft({ task, turns, seed }: AbState): RoundsLeft | null {
  const done = wholeRounds(turns, seed).length;
  const look = task.looks.find((each) => each >= done);
  if (look === undefined) return null;
  const turnMs = medianOf(turns.map(({ tookMs }) => tookMs));
  return { toLook: look - done, look, last: task.looks.at(-1)!, turnMs };
}

type Outcome = ComparisonDocument['outcome'];

const END_TEXT = { died: 'it died under load', gone: 'it took no more connections' } as const;

/** The outcome of the whole comparison: the verdict on the figures, and deaths, failures and interrupts on top of it. */
function outcomeOf(state: AbState, judged: Outcome): Outcome {
  const last = state.turns.find(({ ended }) => ended !== null);
  const ended = last === undefined ? null : { side: last.turn.side, round: last.turn.round, how: last.ended!.how };
  const failure = judged.regressions.length > 0 ? null : failureOfB(state);
  const codes: ExitCode[] = [];
  if (state.isInterrupted) codes.push(EXIT.interrupted);
  if (state.left !== null) codes.push(EXIT.invalid);
  // A server that ended decides the exit code, even if too few rounds are left to judge the figures.
  if (ended === null) codes.push(judged.exitCode as ExitCode);
  if (ended !== null || failure !== null) codes.push(EXIT.failed);
  const exitCode = worstExit(codes);
  return {
    ...judged,
    // If A ended, there is nothing to compare B with.
    word: ended?.side === 'a' ? 'INVALID' : failure !== null ? 'REGRESSED' : judged.word,
    regressions: failure === null ? judged.regressions : [failure],
    ...{ exitCode, passed: exitCode === EXIT.passed, ended },
  };
}

/**
 * B ended, also in a turn that could not be measured; or it fails in at least half of its turns while A never does: gates
 * and thresholds alike.
 */
function failureOfB({ turns }: AbState): Outcome['regressions'][number] | null {
  const end = turns.find(({ turn, ended }) => turn.side === 'b' && ended !== null);
  if (end !== undefined) return { what: END_TEXT[end.ended!.how], cell: `round ${end.turn.round}` };
  const of = (side: Side) => turns.filter(({ turn, invalid }) => turn.side === side && invalid === null);
  const failed = of('b').filter(({ failures }) => failures.length > 0);
  if (failed.length === 0 || failed.length < of('b').length / 2) return null;
  // Before the first turn of A nothing is known of A, so B cannot be called worse.
  if (of('a').length === 0 || of('a').some(({ failures }) => failures.length > 0)) return null;
  return { what: failed[0]!.failures[0]!, cell: `${failed.length} of ${plural(of('b').length, 'turn')}` };
}

function documentOf(state: AbState, rounds: readonly Round<AbTurn>[], decides: boolean): ComparisonDocument {
  const { task, turns, seed, createdAt, redactor } = state;
  const { builds, metrics } = task;
  // What a server printed may hold anything.
  const safe = (text: string) => sanitize(redactor.text(text), MOST_TEXT);
  const runs = (side: Side) =>
    rounds.map((round) => ({ source: round[side].folder, run: round[side].run, resamples: new Map() }));
  return comparisonDocument({
    createdAt,
    toolVersion: toolVersion(),
    method: 'rounds',
    a: sideOf(safe(builds.a.name), runs('a')),
    b: sideOf(safe(builds.b.name), runs('b')),
    noise: { source: 'rounds', text: 'how much A differs from one round to the next' },
    forced: false,
    differences: [],
    onlyInA: [],
    onlyInB: [],
    warnings: [...warningsOf(state, rounds.length)].map(safe),
    rounds: {
      valid: rounds.length,
      excluded: excludedRounds(turns).map(({ number, reason }) => ({ number, reason: safe(reason) })),
      seed,
      orders: rounds.map(({ order }) => order.join('')),
      most: task.looks.at(-1)!,
      stopped: stoppedBy(state),
    },
    runs: { a: rounds.map(({ a }) => a.run), b: rounds.map(({ b }) => b.run) },
    cells: pairedCells(
      rounds.map(({ a, b }) => ({ a: a.run, b: b.run })),
      metrics,
      decides,
    ),
    metrics,
  });
}

/** The words for a build whose server, or a process that its server started, had to be killed. */
export function killedText({ parsed }: Build): string {
  const { target } = parsed.profile;
  const later = target.kind === 'command' ? ` ${formatDuration(target.stopTimeoutMs)} later` : '';
  return `did not end on SIGTERM and was killed${later}`;
}

/** What a reader should know before believing the comparison. */
function* warningsOf({ task, turns, isInterrupted, left }: AbState, rounds: number): Generator<string> {
  const { isAa, builds, looks } = task;
  if (isAa) yield 'A against A: both sides are one build. Whatever is found different here is noise of this machine.';
  if (builds.a.kind === 'url') {
    yield 'The servers were not restarted between rounds: heap and caches from earlier rounds are part of the figures.';
  }
  for (const { turn, ended } of turns) {
    if (ended === null) continue;
    const how = ended.how === 'died' ? 'died' : 'was gone';
    yield `Build ${turn.side.toUpperCase()} ${how} in round ${turn.round}: it ${ended.text}`;
  }
  for (const side of ['a', 'b'] as const) {
    const own = turns.filter(({ turn }) => turn.side === side);
    const failed = own.find(({ failures }) => failures.length > 0);
    if (failed !== undefined) {
      const many = own.filter(({ failures }) => failures.length > 0).length;
      yield `Build ${side.toUpperCase()} failed in ${many} of ${plural(own.length, 'turn')}, first in round ${failed.turn.round}: ${failed.failures[0]}.`;
    }
    const killed = own.filter(({ wasKilled }) => wasKilled).length;
    if (killed > 0) {
      yield `Build ${side.toUpperCase()} ${killedText(builds[side])}, in ${plural(killed, 'turn')}.`;
    }
  }
  const repeated = turns.filter(({ invalid }) => invalid !== null);
  if (repeated.length > 0) {
    const [first] = repeated;
    yield `${plural(repeated.length, 'turn')} ${repeated.length === 1 ? 'was' : 'were'} disturbed on this machine and not used, first in round ${first!.turn.round}: ${first!.invalid}.`;
  }
  for (const { number, reason } of excludedRounds(turns)) yield `Round ${number} is left out: ${reason}.`;
  if (isInterrupted) yield `Interrupted after ${plural(rounds, 'round')}.`;
  if (left !== null) yield `The comparison ended after ${plural(rounds, 'round')}: ${left}.`;
  if (rounds < looks[0]!) {
    yield `${plural(rounds, 'valid round')}, but the first look is at ${looks[0]}: nothing is judged on fewer.`;
  }
}
