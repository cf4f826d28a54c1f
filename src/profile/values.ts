import { z } from 'zod';
import * as scalars from './scalars.js';

/** The scalar values of `scalars.ts` as parts of the zod schema. */

/** A scalar as a part of the schema. */
export function leaf<T, Written>({ json, read }: scalars.Scalar<T, Written>): z.ZodType<T, Written> {
  const schema = z
    .unknown()
    .transform((value, context): T => {
      const reading = read(value);
      if ('value' in reading) return reading.value;
      const { refused, hint, wrongType } = reading;
      context.addIssue({ code: 'custom', message: refused, params: { hint, wrongType: wrongType === true } });
      return z.NEVER;
    })
    .meta({ ...json });
  // zod sees that anything may be written; the scalar knows what is accepted.
  return schema as unknown as z.ZodType<T, Written>;
}

export const duration = (text: string, bounds: scalars.Bounds) => leaf(scalars.duration(text, bounds));
export const durationOrOff = (text: string, bounds: scalars.Bounds) => leaf(scalars.durationOrOff(text, bounds));
export const count = (text: string, bounds: scalars.Bounds) => leaf(scalars.count(text, bounds));
export const countOrAuto = (text: string, bounds: scalars.Bounds) => leaf(scalars.countOrAuto(text, bounds));
export const bytes = (text: string, bounds: scalars.Bounds) => leaf(scalars.bytes(text, bounds));
export const weight = (text: string) => leaf(scalars.weight(text));
export const rate = (text: string, bounds: scalars.Bounds) => leaf(scalars.rate(text, bounds));
export const share = (text: string) => leaf(scalars.share(text));
export const json = (text: string) => leaf(scalars.json(text));
export const flag = (text: string) => leaf(scalars.flag(text));
export const text = (description: string, rules?: scalars.TextRules) => leaf(scalars.text(description, rules));
export const scalarText = (text: string, max: number) => leaf(scalars.scalarText(text, max));
export const choice = <const T extends string>(text: string, values: readonly T[]) =>
  leaf(scalars.choice(text, values));

/** A mapping with exactly these keys. The error for an unknown key lists the known ones. */
export function mapping<T extends z.core.$ZodLooseShape>(description: string, shape: T) {
  const known = Object.keys(shape).join(' ');
  return z
    .strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : 'is not a mapping') })
    .meta({ description });
}
