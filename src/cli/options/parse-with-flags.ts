import type { Problem } from '../../errors.js';
import { isTextPlace, readDocument } from '../../profile/document.js';
import { isModel, MODEL_KEYS } from '../../profile/models.js';
import type { Override } from '../../profile/overrides.js';
import { type ParseContext, type ProfileSource, parseProfile } from '../../profile/parse.js';
import { quoted } from '../../profile/problem-list.js';
import type { ParsedProfile } from '../../profile/profile.js';
import type { Given } from './flag-values.js';
import type { BareUrl } from './run-options.js';

/** What is changed about a profile, in this order. */
export interface Changes {
  readonly overrides: readonly Override[];
  /** The values of `--set`. */
  readonly sets: readonly Given<string>[];
  readonly changes: readonly Override[];
}

/** Reads a profile with all changes. Throws one `profileError` with everything that is wrong with either. */
export function parseWithFlags(
  source: ProfileSource | BareUrl,
  { overrides, sets, changes }: Changes,
  context: Omit<ParseContext, 'overrides' | 'problems'>,
): ParsedProfile {
  const problems: Problem[] = [];
  const all = [...overrides];
  for (const set of sets) {
    const read = readSet(set);
    if ('kind' in read) all.push(read);
    else problems.push(read);
  }
  all.push(...changes);
  if (source.kind !== 'url') return parseProfile(source, { ...context, overrides: all, problems });
  const target: Override = { kind: 'target', value: source.url, origin: 'URL' };
  return parseProfile(bareRun(all), { ...context, overrides: [target, ...all], problems });
}

/** `run <url>` without a profile: 10 connections, 100 messages per second in total, unless flags say otherwise. */
function bareRun(overrides: readonly Override[]): ProfileSource {
  const given = (key: string) =>
    overrides.find((override) => {
      if (override.kind !== 'set') return false;
      const [list, entry, ...rest] = override.path;
      return list === 'load' && (entry === '0' || entry === 'load') && rest.join('.') === key;
    })?.value;
  const says = (axis: string) => given(axis) !== undefined || given(`sweep.${axis}`) !== undefined;
  const model = given('model');
  const paced = says('rate') || says('ratePerConnection') || (isModel(model) && MODEL_KEYS[model].noRate !== null);
  const load = {
    name: 'load',
    ...(says('connections') ? {} : { connections: 10 }),
    ...(paced ? {} : { rate: '100/s' }),
  };
  return { kind: 'flags', value: { load: [load] } };
}

function readSet({ value, origin }: Given<string>): Override | Problem {
  // The path ends at the first equals sign outside a selector's braces.
  const [whole] = /^(?:[^={]|\{[^{}]*\})*/.exec(value)!;
  const path = whole.trim();
  if (path === '' || value[whole.length] !== '=') {
    return {
      where: origin,
      message: `${quoted(value.split('=')[0]!)} is not a setting`,
      hint: 'write it like --set load.NAME.rate=500/s',
    };
  }
  const written = value.slice(whole.length + 1);
  const where = `${origin} ${path}`;
  const segments = (path.match(/(?:[^.{}]+|\{[^{}]*\})+|(?<=\.)(?=\.|$)/g) ?? []).map((segment) => segment.trim());
  if (isTextPlace(segments) && !/^\s*[[{"']/.test(written))
    return { kind: 'set', path: segments, value: written, origin: where };
  if (!/^\s*[[{"']|^\s*(-?\d+(\.\d+)?|true|false|null)\s*$/.test(written))
    return { kind: 'set', path: segments, value: written, origin: where };
  const { value: read, problems } = readDocument(where, written);
  const [problem] = problems;
  if (problem !== undefined) {
    return {
      where,
      message: problem.message,
      hint: problem.hint ?? 'put text that starts with [, { or a quote in quotes',
    };
  }
  return { kind: 'set', path: segments, value: read, origin: where };
}
