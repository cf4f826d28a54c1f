import type { Secrets } from './interpolate.js';
import type { ProblemList } from './problem-list.js';
import type { Profile } from './profile.js';
import { urlSecrets } from './redact.js';

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
    if (!isPartOf(name, secrets.named)) continue;
    const message = 'holds a secret, and every report shows the names of loads';
    const hint = `use \${env:NAME} where it is no secret`;
    problems.rule({ path: ['load', index, 'name'], at: 'key', message, hint });
  }
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
  const names = profile.load.map(({ name }) => name);
  const isNumber = (value: string) => numbers.has(value.trim());
  const isShown = (value: string) => isNumber(value) || names.some((name) => name.includes(value));
  const secrets = new Set([...[...used].filter((value) => !isShown(value)), ...named]);
  return [...secrets].filter((value) => value !== '' && !isNumber(value));
}

function collectNumbers(value: unknown, into: Set<string>): void {
  if (typeof value === 'number') into.add(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) collectNumbers(each, into);
  }
}
