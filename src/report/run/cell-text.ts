/** A quantile as a table shows it: a number, a bracket, a bound, or `n/a` with its reason. At most 9 characters. */
import type {
  Bracket,
  CellResult,
  FlowResult,
  QuantileGap,
  QuantileName,
  Quantiles,
} from '../../metrics/cell-result.js';
import { latencyText, NOT_AVAILABLE, shortLatencyText } from '../../text/number-text.js';
import { formatCount } from '../../units.js';
import { BRACKET_SHARE } from '../../verdict/limits.js';

export interface LatencyCell {
  readonly text: string;
  /** Why there is no number; null where there is one. */
  readonly gap: string | null;
}

/** The headline of a flow: response time, or service time in the closed model, where response is undefined. */
export function headlineOf(flow: Pick<FlowResult, 'latencyUs'>): Quantiles | null {
  return flow.latencyUs.response ?? flow.latencyUs.service;
}

/**
 * A quantile of the headline. The target's own quantile lies in its bracket, which is shown where its ends differ by more
 * than a fifth of the upper one. Without brackets (a null twin, a result of an older version) the service time is its lower end.
 */
export function headlineCell(
  flow: Pick<FlowResult, 'latencyUs'>,
  name: QuantileName,
  brackets?: CellResult['brackets'],
): LatencyCell {
  const headline = headlineOf(flow);
  const [low, high] = brackets?.quantiles[name] ?? measuredBracket(flow, name) ?? [0, 0];
  if (high - low > BRACKET_SHARE * high) {
    return { text: `${shortLatencyText(low)}–${shortLatencyText(high)}`, gap: null };
  }
  return quantileCell(headline, name);
}

function measuredBracket({ latencyUs }: Pick<FlowResult, 'latencyUs'>, name: QuantileName): Bracket | null {
  const { response, service } = latencyUs;
  if (response === null || service === null || !isPlain(response, name) || !isPlain(service, name)) return null;
  return [service[name]!, response[name]!];
}

/** One quantile of one distribution. */
export function quantileCell(quantiles: Quantiles | null, name: QuantileName): LatencyCell {
  if (quantiles === null) return { text: NOT_AVAILABLE, gap: gapText('undefined_here', 0, 0) };
  const us = quantiles[name];
  if (us === null || !Number.isFinite(us)) {
    const reason = quantiles.reasons[name] ?? 'no_samples';
    return { text: NOT_AVAILABLE, gap: gapText(reason, quantiles.count, quantiles.censored) };
  }
  if (quantiles.atLeast.includes(name)) return { text: `>= ${latencyText(us)}`, gap: null };
  if (quantiles.atMost.includes(name)) return { text: `<= ${latencyText(us)}`, gap: null };
  return { text: latencyText(us), gap: null };
}

/** The largest value, or a lower bound of it if messages stayed unanswered. At most 7 characters. */
export function maxCell(quantiles: Quantiles | null): LatencyCell {
  if (quantiles === null) return { text: NOT_AVAILABLE, gap: gapText('undefined_here', 0, 0) };
  const timedOut = Math.max(0, ...quantiles.atLeast.map((name) => quantiles[name] ?? 0));
  const most = Math.max(quantiles.max ?? 0, timedOut);
  if (most === 0) return { text: NOT_AVAILABLE, gap: gapText('no_samples', quantiles.count, quantiles.censored) };
  if (quantiles.censored > 0) return { text: `>= ${shortLatencyText(most)}`, gap: null };
  return { text: latencyText(most), gap: null };
}

/** The 95 % interval of a quantile, `0.70–0.75`; `n/a` where there is none. */
export function intervalCell(quantiles: Quantiles | null, name: QuantileName): string {
  const interval = quantiles?.ci[name];
  if (interval === undefined) return NOT_AVAILABLE;
  return `${latencyText(interval[0])}–${latencyText(interval[1])}`;
}

function isPlain(quantiles: Quantiles, name: QuantileName): boolean {
  return quantiles[name] !== null && !quantiles.atLeast.includes(name) && !quantiles.atMost.includes(name);
}

function gapText(reason: QuantileGap, count: number, censored: number): string {
  const all = count + censored;
  switch (reason) {
    case 'few_samples':
      return `n too small (${formatCount(all)})`;
    case 'unanswered':
      return `${percent(censored, all)} % unanswered`;
    case 'no_samples':
      return 'no samples';
    case 'undefined_here':
      return 'not defined where replies are not matched, or for ramps';
  }
}

function percent(part: number, whole: number): string {
  if (whole === 0) return '0';
  const value = (part / whole) * 100;
  return value < 9.95 ? String(Number(value.toPrecision(2))) : value.toFixed(0);
}
