/** The answer of a capacity search in one line, and its exit code. */
import { EXIT, type ExitCode } from '../errors.js';
import type { CellResult } from '../metrics/cell-result.js';
import type { Range } from '../stats/intervals.js';
import { formatCount, formatMs } from '../units.js';
import { limitText, messageCostText, rangeText, type StepBlame, type StepJudgement } from './capacity-step.js';
import type { TargetStatus } from './verdict.js';

/** `agent_gone`: an agent that made a part of the load did not stay. */
export type AnswerEnd = 'found' | 'max' | 'first' | 'gone' | 'unsure' | 'stopped' | 'agent_gone';

/** What the search found: how it ended, and the steps that decide the answer. */
export interface Found {
  readonly end: AnswerEnd;
  readonly confirmed: boolean;
  /** The step that passed at the answer, and the one that failed above it. */
  readonly passed: JudgedStep | null;
  readonly failed: JudgedStep | null;
  /** The last step of all. */
  readonly last: JudgedStep | null;
  /** What became of the agent that did not stay; null if all did. */
  readonly left: string | null;
}

export interface JudgedStep {
  readonly connections: number;
  readonly ratePerSecond: number | null;
  readonly result: CellResult;
  readonly judgement: StepJudgement;
}

export interface Asked {
  readonly axis: 'connections' | 'subscribers' | 'rate' | 'both';
  /** Of `subscribers`: how many rooms share the connections; null if all are in one. */
  readonly rooms: number | null;
  /** Messages per second on each connection; null if the total rate does not grow with the connections. */
  readonly ratePerConnection: number | null;
  /** The quantity that the SLO limits: `p99`, `mean`, `last delivery p99`, ... */
  readonly quantile: string;
  /** Connections, or messages per second; null without `--require`. */
  readonly require: number | null;
  /** Why the search may go no higher, and how to lift that if this machine is the reason. */
  readonly max: { readonly text: string; readonly fix: string | null };
}

export interface Answer {
  readonly connections: number | null;
  readonly ratePerSecond: number | null;
  readonly atLeast: boolean;
  readonly value: { readonly us: number | null; readonly ci: Range | null };
  readonly limitedBy: { readonly by: StepBlame; readonly text: string; readonly fix: string | null } | null;
  readonly target: TargetStatus;
  readonly text: string;
  readonly exitCode: ExitCode;
}

export function answerOf(found: Found, asked: Asked): Answer {
  const { passed, failed, end } = found;
  const limitedBy = limitOf(found, asked);
  const isCut = end === 'max' || end === 'gone' || end === 'stopped' || end === 'agent_gone';
  const atLeast = passed !== null && (isCut || limitedBy?.by !== 'target');
  return {
    connections: passed?.connections ?? null,
    ratePerSecond: passed?.ratePerSecond ?? null,
    atLeast,
    value: { us: passed?.judgement.value.us ?? null, ci: passed?.judgement.value.ci ?? null },
    limitedBy,
    target: end === 'gone' ? 'down' : (failed?.judgement.target ?? passed?.judgement.target ?? 'ok'),
    text: textOf(found, asked, atLeast, limitedBy),
    exitCode: exitOf(found, asked, limitedBy?.by ?? null),
  };
}

type Limit = Answer['limitedBy'];

function limitOf({ end, failed, last, left }: Found, { max }: Asked): Limit {
  if (end === 'agent_gone') return { by: 'client', text: left ?? 'an agent is gone', fix: AGENT_FIX };
  if (end === 'max') return max.fix === null ? null : { by: 'client', text: max.text, fix: max.fix };
  const step = end === 'gone' ? last : failed;
  if (step === null) return null;
  const { by, fix } = step.judgement;
  return by === null ? null : { by, text: limitText(step.result, step.judgement), fix };
}

const AGENT_FIX = 'see why it ended (wsurge agents lists who is there), and search again';

function textOf(found: Found, asked: Asked, atLeast: boolean, limit: Limit): string {
  const { end, passed, confirmed } = found;
  if (passed === null) return nothingText(found, asked, limit);
  const cost = messageCostText(passed.result);
  const head = `${atLeast ? '>= ' : ''}${loadText(passed, asked)}${valueText(passed, asked)}`;
  const unsure = end === 'unsure' ? '; it did not hold every time it was run' : '';
  const once = `${confirmed || end === 'unsure' ? '' : '; measured once'}${cost === null ? '' : `; ${cost}`}`;
  switch (end) {
    case 'gone':
      return `${head} so far; then the target went down: ${limit?.text ?? 'no connection opened any more'}`;
    case 'stopped':
      return `${head} so far; the search was stopped`;
    case 'agent_gone':
      return `${head} so far; the search ended: ${limit?.text}`;
    case 'max':
      return `${head}, ${limit === null ? asked.max.text : `the generator is the limit: ${limit.text}; ${limit.fix}`}${once}`;
    default:
      if (limit?.by === 'client')
        return `${head}, the generator is the limit: ${limit.fix ?? limit.text}${unsure}${once}`;
      if (limit?.by === 'samples') return `${head}, not decided above that: ${limit.text}${unsure}${once}`;
      return `${head}, limited by: ${limit?.text ?? 'nothing that was seen'}${unsure}${once}`;
  }
}

/** For a search without a step that passed. */
function nothingText({ end, failed, last }: Found, asked: Asked, limit: Limit): string {
  const first = failed ?? last;
  const at = first === null ? '' : ` at ${stepText(first, asked)}`;
  const why = limit?.text ?? first?.judgement.why ?? 'nothing was measured';
  if (end === 'gone') return `no answer: the target went down${at}: ${why}`;
  if (end === 'stopped') return 'no answer: no step passed before it was stopped';
  if (end === 'agent_gone') return `no answer: no step passed before the search ended: ${limit?.text}`;
  if (limit?.by === 'client') return `no answer: the generator is the limit even${at}: ${why}; ${limit.fix ?? ''}`;
  if (limit?.by === 'samples') return `no answer: there was nothing to judge by${at}: ${why}`;
  return `no capacity: the SLO fails even${at}: ${why}`;
}

/**
 * `1,240 connections at 1/s each`, `12,500 msg/s on 100 connections`, or `310 subscribers in a room (4 rooms, 1,240
 * connections) at 20/s in total`; with the deliveries a second if messages reach others.
 */
function loadText(step: JudgedStep, asked: Asked): string {
  const { fanout = [] } = step.result;
  const perSecond = fanout.reduce((sum, each) => sum + each.perSecond.delivered, 0);
  const deliveries = fanout.length === 0 ? '' : ` (${rateText(perSecond)} deliveries/s)`;
  return `${askedText(step, asked)}${deliveries}`;
}

function askedText(step: JudgedStep, asked: Asked): string {
  const { axis, ratePerConnection } = asked;
  const connections = peopleText(step, asked);
  const { ratePerSecond } = step;
  if (axis === 'rate' || axis === 'both') return `${rateText(ratePerSecond ?? 0)} msg/s on ${connections}`;
  if (ratePerSecond === null) return `${connections} in a closed loop`;
  if (ratePerSecond === 0) return `${connections} without messages`;
  return ratePerConnection === null
    ? `${connections} at ${rateText(ratePerSecond)}/s in total`
    : `${connections} at ${rateText(ratePerConnection)}/s each`;
}

function stepText(step: JudgedStep, asked: Asked): string {
  const { ratePerSecond } = step;
  const rate = ratePerSecond === null ? '' : ` and ${rateText(ratePerSecond)} msg/s`;
  return `${peopleText(step, asked)}${rate}`;
}

/** `1,240 connections`, `1,240 subscribers`, or `310 subscribers in a room (4 rooms, 1,240 connections)`. */
function peopleText({ connections }: JudgedStep, { axis, rooms }: Asked): string {
  const counted = (count: number, one: string) => `${formatCount(count)} ${count === 1 ? one : `${one}s`}`;
  if (axis !== 'subscribers') return counted(connections, 'connection');
  if (rooms === null) return counted(connections, 'subscriber');
  const where = `(${counted(rooms, 'room')}, ${counted(connections, 'connection')})`;
  return `${counted(connections / rooms, 'subscriber')} in a room ${where}`;
}

function rateText(perSecond: number): string {
  return perSecond < 10 ? String(Number(perSecond.toPrecision(3))) : formatCount(perSecond);
}

function valueText({ judgement }: JudgedStep, { quantile }: Asked): string {
  const { us, ci } = judgement.value;
  return us === null ? '' : `, ${quantile} ${formatMs(us)} ms${ci === null ? '' : ` ${rangeText(ci)}`}`;
}

/**
 * 0 if `--require` is met. Otherwise 98 if the generator or too few messages ended the search, 99 if the target takes
 * too little. A search that lost an agent is not done: 98.
 */
function exitOf({ end, passed }: Found, asked: Asked, by: StepBlame | null): ExitCode {
  if (end === 'stopped') return EXIT.interrupted;
  if (end === 'agent_gone') return EXIT.invalid;
  const { require } = asked;
  const level = passed === null ? null : levelOf(passed, asked);
  if (require !== null && level !== null && level >= require && end !== 'gone' && end !== 'unsure') return EXIT.passed;
  if (by === 'client' || by === 'samples' || end === 'unsure') return EXIT.invalid;
  if (end === 'gone' || level === null) return EXIT.failed;
  // `--max` lies below `--require`: whether the target takes that much is not known.
  if (require !== null) return end === 'max' ? EXIT.invalid : EXIT.failed;
  return EXIT.passed;
}

/** What `--require` is compared with. */
function levelOf({ connections, ratePerSecond }: JudgedStep, { axis, rooms }: Asked): number | null {
  if (axis === 'rate' || axis === 'both') return ratePerSecond;
  return axis === 'subscribers' ? connections / (rooms ?? 1) : connections;
}
