/**
 * The conservation laws for the counters of one phase, of one worker or of all: no sent message may vanish, and none
 * may be counted twice. A violation is a bug of wsurge, never of the target, and makes the cell invalid.
 */
import { PHASES, type Phase } from '../plan/cell.js';
import { MODELS, type ModelFacts } from '../plan/models.js';
import type { Match, Model } from '../profile/profile.js';
import type { LawViolation } from './cell-result.js';
import type { CounterName } from './counters.js';
import type { SecondResult } from './second-result.js';

export interface LawInput {
  /** What the counters belong to, for the message: `c100-r1000, measure, worker 1`. */
  readonly where: string;
  readonly model: Model;
  readonly match: Match;
  readonly counters: Readonly<Record<CounterName, number>>;
  /** Samples recorded in the histograms. */
  readonly lagCount: number;
  readonly serviceCount: number;
  readonly responseCount: number;
  /** Of a request: how many of its messages have a wait, and whether they need what another reply brings. */
  readonly waits?: { readonly wait: number; readonly waitAndService: number; readonly needed: boolean };
  /** Of a request: recorded deliver times. */
  readonly deliverCount?: number;
  /** Payload bytes of the messages in `sent`, and the fewest and most bytes of one; null if unknown. */
  readonly sentBytes: number;
  readonly messageBytes: readonly [least: number, most: number] | null;
  /** In-flight slots counted from the table itself. Absent if the counters do not cover the same time as the table. */
  readonly inFlightOccupied?: number;
  readonly interrupted: boolean;
  /** Where replies are matched: messages that have none of their own. Absent for none. */
  readonly silent?: { readonly planned: number; readonly sent: number };
}

export interface ConnectionLawInput {
  readonly where: string;
  readonly attempts: number;
  readonly opened: number;
  readonly failed: number;
  readonly abandoned: number;
  readonly closedClean: number;
  readonly closedDirty: number;
  readonly openAtEnd: number;
}

/** What a received message is. */
const RECEIVED = [
  ...(['answered', 'late', 'duplicated', 'unexpected', 'misdelivered', 'duties', 'counted', 'trailers'] as const),
  ...(['delivered', 'deliveredLate', 'redelivered', 'replayed'] as const),
] as const;

function sumOf(counters: LawInput['counters'], names: readonly CounterName[]): number {
  return names.reduce((sum, name) => sum + counters[name], 0);
}

/** Messages that were sent and never answered, not even late. */
export function lostOf(counters: Readonly<Record<CounterName, number>>): number {
  return counters.timedOut - counters.late + counters.lostOnClose + counters.inFlightAtEnd;
}

/** All violated message laws; empty if there are none. */
export function checkLaws(input: LawInput): LawViolation[] {
  const c = input.counters;
  const laws = new Laws(input.where);
  planLaws(laws, input);
  laws.equal(
    'sent = answered + timedOut + lostOnClose + inFlightAtEnd + unmatched',
    c.sent,
    c.answered + c.timedOut + c.lostOnClose + c.inFlightAtEnd + c.unmatched,
  );
  if (!input.interrupted) laws.equal('inFlightAtEnd = 0 unless interrupted', c.inFlightAtEnd, 0);
  if (input.match === 'none') laws.equal('unmatched = sent (match: none)', c.unmatched, c.sent);
  else laws.equal('unmatched = sent of requests without a reply', c.unmatched, input.silent?.sent ?? 0);
  laws.equal('unawaited = planned of requests without a reply', c.unawaited, input.silent?.planned ?? 0);
  if (input.match !== 'none' && MODELS[input.model].sends) {
    laws.equal(`received = ${RECEIVED.join(' + ')}`, c.received, sumOf(c, RECEIVED));
  }
  laws.atMost('deliveredLate <= missed', c.deliveredLate, c.missed);
  if (input.deliverCount !== undefined) laws.equal('deliver.count = delivered', input.deliverCount, c.delivered);
  laws.atMost('late <= timedOut', c.late, c.timedOut);
  laws.atMost('reordered <= answered', c.reordered, c.answered);
  laws.atMost('corrupted <= answered', c.corrupted, c.answered);
  laws.atMost('failed <= answered', c.failed, c.answered);
  laws.equal('lag.count = sent', input.lagCount, c.sent);
  laws.equal('service.count = answered', input.serviceCount, c.answered);
  if (MODELS[input.model].headline === 'response') {
    laws.equal('response.count = answered', input.responseCount, c.answered);
  } else laws.equal(`response.count = 0 (${input.model} model)`, input.responseCount, 0);
  if (input.waits !== undefined) {
    const { wait, waitAndService, needed } = input.waits;
    laws.equal(needed ? 'wait.count = sent' : 'wait.count = 0 (it needs nothing)', wait, needed ? c.sent : 0);
    laws.equal('waitAndService.count = answered, or 0', waitAndService, needed ? c.answered : 0);
  }
  if (input.messageBytes !== null) bytesLaws(laws, c.sent, input.sentBytes, input.messageBytes);
  if (input.inFlightOccupied !== undefined) {
    laws.equal(
      'occupied in-flight slots = sent - answered - timedOut - lostOnClose - unmatched',
      input.inFlightOccupied,
      c.sent - c.answered - c.timedOut - c.lostOnClose - c.unmatched,
    );
  }
  return laws.broken;
}

/** All violated connection laws. */
export function checkConnectionLaws(input: ConnectionLawInput): LawViolation[] {
  const laws = new Laws(input.where);
  laws.equal('attempts = opened + failed + abandoned', input.attempts, input.opened + input.failed + input.abandoned);
  laws.equal(
    'opened = closedClean + closedDirty + openAtEnd',
    input.opened,
    input.closedClean + input.closedDirty + input.openAtEnd,
  );
  return laws.broken;
}

/** The bytes of every sent message are counted in the same phase as the message. */
function bytesLaws(laws: Laws, sent: number, bytes: number, [least, most]: readonly [number, number]): void {
  if (least === most) return laws.equal('bytes.sent = sent x size', bytes, sent * least);
  laws.atMost('sent x smallest size <= bytes.sent', sent * least, bytes);
  laws.atMost('bytes.sent <= sent x largest size', bytes, sent * most);
}

/** Every planned message is accounted for. Which laws hold depends on when the model plans a message. */
function planLaws(laws: Laws, { model, counters }: LawInput): void {
  PLAN_LAWS[MODELS[model].planLaw](laws, counters, model);
}

type PlanLaws = (laws: Laws, counters: LawInput['counters'], model: Model) => void;

const PLAN_LAWS: Readonly<Record<ModelFacts['planLaw'], PlanLaws>> = {
  due: (laws, c) =>
    laws.equal(
      'planned = sent + dropped + backpressure + notConnected + blocked + unsentAtStop + lostWithWorker',
      c.planned,
      c.sent + c.dropped + c.backpressure + c.notConnected + c.blocked + c.unsentAtStop + c.lostWithWorker,
    ),
  sent: (laws, c, model) =>
    laws.equal(
      `planned = sent + notConnected + blocked + unsentAtStop + lostWithWorker (${model} model)`,
      c.planned,
      c.sent + c.notConnected + c.blocked + c.unsentAtStop + c.lostWithWorker,
    ),
  silent: (laws, c, model) => {
    laws.equal(`planned = 0 (${model})`, c.planned, 0);
    laws.equal(`sent = 0 (${model})`, c.sent, 0);
  },
};

class Laws {
  readonly broken: LawViolation[] = [];
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  equal(law: string, left: number, right: number): void {
    if (left !== right) this.broken.push({ law, left, right, where: this.#where });
  }

  atMost(law: string, left: number, right: number): void {
    if (left > right) this.broken.push({ law, left, right, where: this.#where });
  }
}

/** The seconds of a result add up to its totals, and none has more answers than messages. */
export function checkSeconds(
  where: string,
  seconds: readonly SecondResult[],
  totalsOf: (phase: Phase) => Readonly<Record<CounterName, number>>,
): LawViolation[] {
  return PHASES.flatMap((phase) => {
    const totals = totalsOf(phase);
    return (['planned', 'sent', 'answered', 'received'] as const).flatMap((name) => {
      const left = seconds.reduce((sum, second) => sum + (second.phase === phase ? second[name] : 0), 0);
      const place = `${where}, ${phase}, ${name}`;
      return left === totals[name]
        ? []
        : [{ law: 'sum over seconds = total', left, right: totals[name], where: place }];
    });
  }).concat(overfullSecond(where, seconds));
}

/** The first second with more answers than messages. Its quantiles would count messages that never were. */
function overfullSecond(where: string, seconds: readonly SecondResult[]): LawViolation[] {
  const found = seconds.find(({ planned, answered }) => answered > planned);
  if (found === undefined) return [];
  const { phase, second, answered, planned } = found;
  const place = `${where}, ${phase}, second ${second}`;
  return [{ law: 'answered <= planned, in every second', left: answered, right: planned, where: place }];
}
