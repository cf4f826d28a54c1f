import type { Problem } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import type { Env } from '../profile/interpolate.js';
import { quoted } from '../profile/problem-list.js';
import { redactUrl } from '../profile/redact.js';
import { environmentName, type RunFlag } from './run-flags.js';

/** One value the user gave, and how they would name its source: `--duration` or `WSURGE_DURATION`. */
export interface Given<T> {
  readonly value: T;
  readonly origin: string;
}

/** A command's name and every flag it knows. */
export interface CommandFlags<Name extends string> {
  readonly command: string;
  readonly flags: Readonly<Record<Name, RunFlag>>;
  /** Flags that the command reads by itself. */
  readonly ownFlags?: readonly string[];
}

/** What was given on the command line, else in the environment; every slip becomes a problem. */
export class FlagValues<Name extends string = string> {
  readonly problems: Problem[] = [];
  readonly #argv: Readonly<Record<string, unknown>>;
  readonly #env: Env;
  readonly #known: CommandFlags<Name>;

  constructor(argv: Readonly<Record<string, unknown>>, env: Env, known: CommandFlags<Name>) {
    this.#argv = argv;
    this.#env = env;
    this.#known = known;
    this.#refuseUnknown();
  }

  refuse(where: string, message: string, hint?: string): void {
    this.problems.push({ where, message, ...(hint === undefined ? {} : { hint }) });
  }

  text(name: Name): Given<string> | null {
    const values = this.#given(name);
    if (values.length > 1) this.refuse(`--${name}`, `is given ${values.length} times`, 'give it once');
    return values[0] ?? null;
  }

  list(name: Name): Given<string>[] {
    return this.#given(name);
  }

  /** True, false, or null where it was not given. */
  switch(name: Name): Given<boolean> | null {
    const raw = Object.hasOwn(this.#argv, name) ? this.#argv[name] : undefined;
    const last: unknown = Array.isArray(raw) ? raw[raw.length - 1] : raw;
    if (typeof last === 'boolean') return { value: last, origin: `--${name}` };
    if (last !== undefined) this.refuse(`--${name}`, 'takes no value');
    const origin = environmentName(name);
    const text = this.#env[origin];
    if (text === undefined || text === '') return null;
    const known = { 1: true, true: true, 0: false, false: false }[text.toLowerCase()];
    if (known === undefined) this.refuse(origin, `${quoted(text)} is not true or false`);
    return known === undefined ? null : { value: known, origin };
  }

  /** A port; 0, a free one, where none is named; null where the flag was not given. */
  port(name: Name): number | null {
    const raw = Object.hasOwn(this.#argv, name) ? this.#argv[name] : undefined;
    const given = raw === '' ? { value: '0', origin: `--${name}` } : this.text(name);
    if (given === null) return null;
    const port = /^\d{1,5}$/.test(given.value) ? Number(given.value) : Number.NaN;
    if (port <= 65_535) return port;
    this.refuse(
      given.origin,
      `${quoted(given.value)} is no port`,
      `0 to 65535, or --${name} alone, last, for a free one`,
    );
    return null;
  }

  /** Positional arguments after the command; the first is the profile or URL. */
  positional(): string | null {
    const { profile, _ } = this.#argv;
    const words = Array.isArray(_) ? _.map(String) : [];
    const rest = words[0] === this.#known.command ? words.slice(1) : words;
    const all = [...(typeof profile === 'string' && profile !== '' ? [profile] : []), ...rest];
    for (const word of all.slice(1))
      this.refuse(quoted(redactUrl(word)), 'is one argument too many', 'give one profile or one URL');
    return all[0] ?? null;
  }

  #given(name: Name): Given<string>[] {
    const origin = `--${name}`;
    const raw = Object.hasOwn(this.#argv, name) ? this.#argv[name] : undefined;
    if (raw !== undefined && raw !== null) {
      const values: unknown[] = Array.isArray(raw) ? raw : [raw];
      const given = values.map(String).map((value) => ({ value, origin }));
      if (!values.some((value) => value === '' || typeof value === 'boolean')) return given;
      this.refuse(origin, 'needs a value');
      return [];
    }
    const text = this.#env[environmentName(name)];
    return text === undefined || text === '' ? [] : [{ value: text, origin: environmentName(name) }];
  }

  #refuseUnknown(): void {
    const known = new Set(['_', '$0', 'profile', 'help', 'h', 'version', 'v']);
    const { command, flags, ownFlags = [] } = this.#known;
    const names = Object.keys(flags) as Name[];
    for (const name of ownFlags) for (const spelling of [name, camelCase(name)]) known.add(spelling);
    for (const name of names) {
      const { alias } = flags[name];
      for (const spelling of [name, camelCase(name), ...(alias === undefined ? [] : [alias])]) known.add(spelling);
    }
    const unknown = Object.keys(this.#argv).filter((key) => !known.has(key));
    // yargs gives `--dry-rum` as `dryRum` too.
    const once = unknown.filter((key) => !unknown.some((other) => other !== key && camelCase(other) === key));
    for (const key of once) {
      const flag = key.length === 1 ? `-${key}` : `--${key}`;
      const help = `wsurge ${command} --help lists them`;
      const near = key.length === 1 ? help : suggest(key, [...names, ...ownFlags]);
      this.refuse(flag, `is not a flag of ${command}`, near.startsWith('one of') ? help : near.replace('"', '"--'));
    }
  }
}

function camelCase(name: string): string {
  return name.replace(/-+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
