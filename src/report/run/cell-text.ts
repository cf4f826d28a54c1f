/** What stands in one cell of a table: a number, a bracket, a bound, or `n/a` with its reason. */
import type {
  Bracket,
  CellResult,
  FlowResult,
  QuantileGap,
  QuantileName,
  Quantiles,
} from '../../metrics/cell-result.js';
import { headlineOf } from '../../metrics/flow.js';
import { latencyText, NOT_AVAILABLE, shortLatencyText } from '../../text/number-text.js';
import { formatCount, formatPercent } from '../../units.js';
import { BRACKET_SHARE } from '../../verdict/limits.js';

/** How a text that is no plain number is to be read. */
export type Sign = 'bracket' | 'atLeast' | 'atMost';

export interface CellText {
  readonly text: string;
  /** Why there is no number; null where there is one. */
  readonly gap: string | null;
  /** Absent for a plain number. */
  readonly sign?: Sign;
}

export const NOT_MEASURED: CellText = { text: NOT_AVAILABLE, gap: 'not measured' };

/** A number by itself; null where it was not measured. */
export function figure(value: number | null, textOf: (value: number) => string): CellText {
  return value === null || !Number.isFinite(value) ? NOT_MEASURED : { text: textOf(value), gap: null };
}

/**
 * A quantile of the headline, at most 9 characters. The target's own quantile lies in its bracket, which is shown where
 * its ends differ by more than a fifth of the upper one. Without brackets (a null twin, a result of an older version)
 * the service time is its lower end.
 */
export function headlineCell(
  flow: Pick<FlowResult, 'latencyUs'>,
  name: QuantileName,
  brackets?: CellResult['brackets'],
): CellText {
  const headline = headlineOf(flow);
  const [low, high] = brackets?.quantiles[name] ?? measuredBracket(flow, name) ?? [0, 0];
  if (high - low > BRACKET_SHARE * high) {
    return { text: `${shortLatencyText(low)}–${shortLatencyText(high)}`, gap: null, sign: 'bracket' };
  }
  return quantileCell(headline, name);
}

function measuredBracket({ latencyUs }: Pick<FlowResult, 'latencyUs'>, name: QuantileName): Bracket | null {
  const { response, service } = latencyUs;
  if (response === null || service === null || !isPlain(response, name) || !isPlain(service, name)) return null;
  return [service[name]!, response[name]!];
}

/** One quantile of one distribution, at most 9 characters. `without`: what is said of those that have no time. */
export function quantileCell(quantiles: Quantiles | null, name: QuantileName, without = 'unanswered'): CellText {
  if (quantiles === null) return { text: NOT_AVAILABLE, gap: gapText('undefined_here', 0, 0) };
  const us = quantiles[name];
  if (us === null || !Number.isFinite(us)) {
    const reason = quantiles.reasons[name] ?? 'no_samples';
    return { text: NOT_AVAILABLE, gap: gapText(reason, quantiles.count, quantiles.censored, without) };
  }
  if (quantiles.atLeast.includes(name)) return { text: `>= ${latencyText(us)}`, gap: null, sign: 'atLeast' };
  if (quantiles.atMost.includes(name)) return { text: `<= ${latencyText(us)}`, gap: null, sign: 'atMost' };
  return { text: latencyText(us), gap: null };
}

/** The largest value, or a lower bound of it if messages stayed unanswered. At most 7 characters. */
export function maxCell(quantiles: Quantiles | null): CellText {
  if (quantiles === null) return { text: NOT_AVAILABLE, gap: gapText('undefined_here', 0, 0) };
  const timedOut = Math.max(0, ...quantiles.atLeast.map((name) => quantiles[name] ?? 0));
  const most = Math.max(quantiles.max ?? 0, timedOut);
  if (most === 0) return { text: NOT_AVAILABLE, gap: gapText('no_samples', quantiles.count, quantiles.censored) };
  if (quantiles.censored > 0) return { text: `>= ${shortLatencyText(most)}`, gap: null, sign: 'atLeast' };
  return { text: latencyText(most), gap: null };
}

/** The 95 % interval of a quantile, `0.70–0.75`; `n/a` where there is none. */
export function intervalCell(quantiles: Quantiles | null, name: QuantileName): CellText {
  const interval = quantiles?.ci[name];
  if (interval === undefined) return NOT_MEASURED;
  return { text: `${latencyText(interval[0])}–${latencyText(interval[1])}`, gap: null };
}

function isPlain(quantiles: Quantiles, name: QuantileName): boolean {
  return quantiles[name] !== null && !quantiles.atLeast.includes(name) && !quantiles.atMost.includes(name);
}

function gapText(reason: QuantileGap, count: number, censored: number, without = 'unanswered'): string {
  const all = count + censored;
  switch (reason) {
    case 'few_samples':
      return `n too small (${formatCount(all)})`;
    case 'unanswered':
      return `${formatPercent(all === 0 ? 0 : censored / all, 2)} ${without}`;
    case 'no_samples':
      return 'no samples';
    case 'undefined_here':
      return 'not defined where replies are not matched, or for ramps';
  }
}
