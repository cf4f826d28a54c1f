/**
 * Checks of plain data that somebody else wrote: a file that was changed by hand, an agent. This is plain code instead of a
 * schema, because a long run has a million lines.
 */
import { BUCKETS } from './buckets.js';
import { COUNTERS } from './counters.js';

/** More seconds than any run has: three years. */
export const MOST_SECONDS = 1e8;
const MOST_WORKERS = 65_536;

/** Null if the value is valid, else what is wrong. */
export type Check = (value: unknown) => string | null;
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isAmount = (value: unknown) => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isWhole = (value: unknown, most: number) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

export const text: Check = (value) => (typeof value === 'string' ? null : 'is not text');
export const amount: Check = (value) => (isAmount(value) ? null : 'is not a number from 0 to 2^53');
export const finite: Check = (value) => (Number.isFinite(value) ? null : 'is not a number');
export const upTo =
  (most: number): Check =>
  (value) =>
    isWhole(value, most) ? null : `is not a whole number from 0 to ${most}`;
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? null : check(value);
export const oneOf =
  (words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value) ? null : `is none of ${words.join(', ')}`;

/** Counts by bucket: pairs of index and count, indices rising. */
export const sparse: Check = (value) => {
  if (!Array.isArray(value) || value.length % 2 !== 0) return 'is not a list of pairs';
  let last = -1;
  for (let i = 0; i < value.length; i += 2) {
    const [index, count] = [value[i], value[i + 1]] as [unknown, unknown];
    if (!isWhole(index, BUCKETS - 1) || (index as number) <= last) return `has an invalid bucket at ${i}`;
    if (!isWhole(count, Number.MAX_SAFE_INTEGER)) return `has an invalid count at ${i + 1}`;
    last = index as number;
  }
  return null;
};

/** Builds the place from the inside out: `flow.0.second is ...`. */
function joined(place: string | number, problem: string): string {
  return problem.startsWith('.') ? `.${place}${problem}` : `.${place} ${problem}`;
}

export function each(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'is not a list';
    for (const [i, item] of value.entries()) {
      const problem = check(item);
      if (problem !== null) return joined(i, problem);
    }
    return null;
  };
}

export function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    if (!isFields(value)) return 'is not an object';
    for (const [name, check] of entries) {
      const problem = check(value[name]);
      if (problem !== null) return joined(name, problem);
    }
    return null;
  };
}

export const all = (names: readonly string[], check: Check) => Object.fromEntries(names.map((name) => [name, check]));

/** Lines of older versions have fewer numbers. */
export const counters: Check = (value) =>
  Array.isArray(value) && value.length <= COUNTERS.length && value.every(isAmount) ? null : 'is not a list of counts';
/** See `Span`. */
export const span: Check = (value) => {
  const [from, to] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  return isWhole(to, MOST_WORKERS) && isWhole(from, (to as number) - 1) ? null : 'is not two numbers of workers';
};
