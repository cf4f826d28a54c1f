/** Facts of a cell that several judges need. */
import { type CellResult, QUANTILES, type QuantileName, type Quantiles } from '../metrics/cell-result.js';
import { formatMs } from '../units.js';

/** The real length of the measure phase, ms; 0 if it was never reached. */
export function measuredMs(cell: CellResult): number {
  const measure = cell.phases.find(({ name }) => name === 'measure');
  return measure === undefined ? 0 : measure.toMs - measure.fromMs;
}

/** True if messages reached others, or were to. */
export function hasFanout({ fanout }: CellResult): boolean {
  return fanout !== undefined && fanout.length > 0;
}

/** A quantile that is a plain number, microseconds; null if it is a bound or a gap. */
export function plain(quantiles: Quantiles, name: QuantileName): number | null {
  return quantiles.atLeast.includes(name) || quantiles.atMost.includes(name) ? null : quantiles[name];
}

/** `p99_9` as people write it: `p99.9`. */
export function quantileText(name: QuantileName): string {
  return name.replace('_', '.');
}

/** The quantile that results keep; undefined for others, like p97. */
export function keptQuantile(q: number): QuantileName | undefined {
  return (Object.keys(QUANTILES) as QuantileName[]).find((name) => QUANTILES[name] === q);
}

/**
 * A time past its limit as text, with enough digits to differ from it: `2.003` beside a limit of `2.00`. Without the
 * unit.
 */
export function pastMs(us: number, limitUs: number): string {
  const text = formatMs(us);
  return text === formatMs(limitUs) ? (us / 1000).toFixed(3) : text;
}

/**
 * A share as text, with enough digits to differ from its limit: `3.03 %`, `90.1 %`. Not `formatPercent`, which gives
 * more decimals below 1 % and fewer above 100 %.
 */
export function percent(share: number): string {
  const value = share * 100;
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}
