import type { Path } from './document.js';
import type { Secrets } from './interpolate.js';
import type { ProblemList } from './problem-list.js';
import type { Profile, TalkSpec } from './profile.js';
import { urlSecrets } from './redact.js';
import type { ProfileInput } from './schema.js';

/** Shorter values occur everywhere. */
const SHORTEST = 4;

/** Adds the secret parts of a URL that was filled in. Refuses a secret in a name, because every report shows names. */
export function judgeSecrets(profile: Profile, writtenUrl: unknown, secrets: Secrets, problems: ProblemList): void {
  const { target } = profile;
  if (target.kind !== 'embedded' && typeof writtenUrl === 'string' && writtenUrl.includes('${')) {
    for (const part of urlSecrets(target.url)) if (!part.includes('{{')) secrets.used.add(part);
  }
  if (target.proxy !== null) for (const part of urlSecrets(target.proxy)) secrets.used.add(part);
  for (const [index, { name }] of profile.load.entries()) {
    judgeName(name, 'loads', ['load', index, 'name'], secrets, problems);
  }
}

/** Refuses a secret in a name, because every report shows names. */
function judgeName(name: string, of: string, path: Path, secrets: Secrets, problems: ProblemList): void {
  if (!isPartOf(name, secrets.named)) return;
  const message = `holds a secret, and every report shows the names of ${of}`;
  problems.rule({ path, at: 'key', message, hint: `use \${env:NAME} where it is no secret` });
}

/** The same for the names of steps, rules and requests, where they were written. */
export function judgeTalkNames(input: ProfileInput, secrets: Secrets, problems: ProblemList): void {
  const judge = (at: Path, words: Pick<ProfileInput, 'session' | 'when' | 'requests'>) => {
    const named = { session: 'steps', when: 'rules', requests: 'requests' } as const;
    for (const [list, of] of Object.entries(named)) {
      for (const [index, entry] of (words[list as keyof typeof named] ?? []).entries()) {
        for (const key of ['name', 'count'] as const) {
          const name = (entry as { readonly [key in 'name' | 'count']?: string | undefined })[key];
          if (name !== undefined) judgeName(name, of, [...at, list, index, key], secrets, problems);
        }
      }
    }
  };
  judge([], input);
  for (const [index, entry] of input.load.entries()) judge(['load', index], entry);
}

function isPartOf(text: string, secrets: Iterable<string>): boolean {
  return [...secrets].some((secret) => secret.length >= SHORTEST && text.includes(secret));
}

/**
 * The values to strike out of every output. Numbers and names of the loads are kept, even if the same value is also in
 * a header: otherwise tables, cell ids and file names would become useless.
 */
export function secretsOf(profile: Profile, { used, named }: Secrets): string[] {
  const numbers = new Set<string>();
  collectNumbers(profile.load, numbers);
  const names = profile.load.flatMap(({ name, talk }) => [name, ...namesOf(talk)]);
  const isNumber = (value: string) => numbers.has(value.trim());
  const isShown = (value: string) => isNumber(value) || names.some((name) => name.includes(value));
  const secrets = new Set([...[...used].filter((value) => !isShown(value)), ...named]);
  return [...secrets].filter((value) => value !== '' && !isNumber(value));
}

function namesOf(talk: TalkSpec | null): string[] {
  if (talk === null) return [];
  return [...talk.session, ...talk.when, ...talk.requests].flatMap(({ name }) => (name === null ? [] : [name]));
}

function collectNumbers(value: unknown, into: Set<string>): void {
  if (typeof value === 'number') into.add(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) collectNumbers(each, into);
  }
}
