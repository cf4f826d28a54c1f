/** Numbers of charts: columns of equal length, null where there is nothing to show. */
export type Numbers = readonly (number | null)[];

/** Three decimals are more than any chart shows. */
export function short(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(3));
}
