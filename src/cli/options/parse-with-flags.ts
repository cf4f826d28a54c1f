import type { BareUrl } from '../../app/profile-source.js';
import { readProfile } from '../../app/read-profile.js';
import type { Problem } from '../../errors.js';
import { isTextPlace, readDocument } from '../../profile/document.js';
import type { Override } from '../../profile/overrides.js';
import type { ParseContext, ProfileSource } from '../../profile/parse.js';
import { quoted } from '../../profile/problem-list.js';
import type { ParsedProfile } from '../../profile/profile.js';
import { pathSegments } from '../../profile/settings.js';
import type { Given } from './flag-values.js';

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
  return readProfile(source, { ...context, overrides: all, problems });
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
  const segments = pathSegments(path);
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
