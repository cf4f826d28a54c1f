/**
 * Brackets of the target's own quantiles: from the part that the way back cannot explain, up to the reported latency.
 */
import { type Bracket, type Brackets, QUANTILES, type QuantileName } from './cell-result.js';
import { Totals } from './histogram.js';
import { type Censored, quantileAt } from './quantiles.js';
import { longestQuantile, type Noise, noiseOf, ownQuantile, Survival, slowestOf } from './target-latency.js';

/** With fewer check messages too little is known about the way back. */
export const FEWEST_CHECKS = 100;

/** The instrument checks of all workers together. Workers have equal shares of the load and of the checks. */
export interface Check {
  /** What the way back added to each message. */
  readonly added: Totals;
  /** Messages without a reply. */
  readonly missed: number;
}

/**
 * Latencies of messages with matched replies. `headline`: as reported (response time; service time in the closed
 * model).
 */
interface Latencies {
  readonly headline: Totals;
  /** Where a message had to wait for what another reply brought, with that wait: it is the target's, too. */
  readonly service: Totals;
}

/**
 * The brackets over all messages of a measure phase. A ramp has brackets, too, although it has no row of percentiles.
 */
export function bracketsOf({ headline, service }: Latencies, censored: Censored, check: Check | null): Brackets {
  const checks = check?.added.count ?? 0;
  const unknown = unknownBecause(check);
  const unanswered = censored.timedOut + censored.otherCensored;
  const messages = service.count + unanswered;
  const noise = check === null || unknown !== null ? null : noiseOf(check.added.sparse(), messages);
  const own = lowerEnds(service, unanswered, noise);
  const quantiles: Partial<Record<QuantileName, Bracket>> = {};
  for (const name of Object.keys(QUANTILES) as QuantileName[]) {
    const high = quantileAt(headline, censored, QUANTILES[name]);
    if (high.kind === 'value') quantiles[name] = [Math.min(own(QUANTILES[name]), high.us), high.us];
  }
  return {
    checks,
    missed: check?.missed ?? 0,
    unknown,
    addedHistogram: check === null || checks === 0 ? null : check.added.encode(),
    quantiles,
  };
}

/** How the ways back are part of a time. */
export interface WaysBack {
  /** Each of the times ended with the slowest of so many independent ways back; absent for one. */
  readonly draws?: number | undefined;
  /** The times share the fate of so many messages; absent if each is one of its own. */
  readonly messages?: number | undefined;
}

/**
 * The lower end by quantile, from the result of a cell alone. If the way back is unknown, it is the service time
 * itself.
 */
export function lowerEndsOf(
  service: Totals,
  unanswered: number,
  brackets: Brackets | undefined,
  { draws = 1, messages = service.count + unanswered }: WaysBack = {},
): (q: number) => number {
  const noise = knownNoise(brackets, messages);
  return lowerEnds(service, unanswered, noise === null ? null : slowestOf(noise, draws));
}

/** The upper end by quantile of a time whose start may have been noted late, by one way back. */
export function upperEndsOf(
  measured: Totals,
  unanswered: number,
  brackets: Brackets | undefined,
  { messages = measured.count + unanswered }: Pick<WaysBack, 'messages'> = {},
): (q: number) => number {
  const survival = new Survival(measured.sparse(), unanswered);
  const noise = knownNoise(brackets, messages);
  return (q) => (noise === null ? survival.at(1 - q) : longestQuantile(survival, noise, q));
}

function knownNoise(brackets: Brackets | undefined, messages: number): Noise | null {
  const known = brackets !== undefined && brackets.unknown === null ? brackets.addedHistogram : null;
  return known === null ? null : noiseOf(Totals.decode(known).sparse(), messages);
}

function lowerEnds(service: Totals, unanswered: number, noise: Noise | null): (q: number) => number {
  const survival = new Survival(service.sparse(), unanswered);
  if (noise === null) return (q) => survival.at(1 - q);
  return (q) => Math.round(ownQuantile(survival, noise, q));
}

function unknownBecause(check: Check | null): Brackets['unknown'] {
  if (check === null) return 'off';
  if (check.added.count === 0) return 'none_came_back';
  return check.added.count < FEWEST_CHECKS ? 'too_few' : null;
}
