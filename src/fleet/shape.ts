/**
 * Schemas of what comes over the bus. They name every key of their type: a key that is added to the type and not to its
 * schema does not compile. Bounds keep numbers in what the other code counts on.
 */
import { z } from 'zod';

/** A schema for each key of a type. */
export type Shape<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

/** An object of these keys and no others. */
export function like<T>(shape: Shape<T>): z.ZodType<T> {
  return z.strictObject(shape) as unknown as z.ZodType<T>;
}

/** The longest time that a timer waits, ms: above, Node calls at once. */
const TIME_MAX_MS = 2 ** 31 - 1;

export const text = z.string();
export const texts = z.array(z.string());
export const flag = z.boolean();
export const yes = z.literal(true);
export const number = z.number();
export const byName = z.record(z.string(), z.string());
export const share = z.number().gt(0).max(1);
/** Ms. */
export const time = (least = 0) => z.number().min(least).max(TIME_MAX_MS);
/** A whole number. */
export const count = (least: number, most = Number.MAX_SAFE_INTEGER) => z.number().int().min(least).max(most);
/** A second. */
export const rate = (least: number, most: number) => z.number().min(least).max(most);

/** What is wrong with the first part that does not fit, without its value: it may be a secret. */
export function problemIn({ issues }: z.ZodError): string {
  const issue = deepest(issues[0]!);
  const place = issue.path.map(String).join('.').slice(0, 100) || 'it';
  switch (issue.code) {
    case 'too_big':
      return `${place} is more than ${issue.maximum}`;
    case 'too_small':
      return `${place} is less than ${issue.minimum}`;
    case 'unrecognized_keys':
      return `${place} has a key that nobody knows`;
    default:
      return `${place} is missing, or is of another kind`;
  }
}

/** Of a value that may be one of several: what is wrong with the first of these. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors[0]?.[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}
