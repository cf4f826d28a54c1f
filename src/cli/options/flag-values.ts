import { type Problem, problemsError } from '../../errors.js';
import { nearest, suggest } from '../../profile/did-you-mean.js';
import type { Env } from '../../profile/interpolate.js';
import { quoted } from '../../profile/problem-list.js';
import { redactUrl } from '../../profile/redact-text.js';
import { type CommandSpec, dashed, environmentName, type Flag, type FlagTable } from '../flags/flag.js';

/** One value that the user gave, and where: `--duration` or `WSURGE_DURATION`. */
export interface Given<T> {
  readonly value: T;
  readonly origin: string;
}

/**
 * The values of a command's flags: from the command line, else from the environment. `argv`: as `splitArguments` gives
 * it. Unknown flags and superfluous arguments become problems here; wrong values do when they are read.
 */
export function readFlags<Name extends string>(
  spec: CommandSpec<Name>,
  argv: Readonly<Record<string, unknown>>,
  env: Env,
): FlagValues<Name> {
  const values = new FlagValues(spec, argv, env);
  values.refuseUnknown();
  return values;
}

/** Made by `readFlags`. Every mistake becomes one of its problems. */
export class FlagValues<Name extends string = string> {
  readonly problems: Problem[] = [];
  readonly #spec: CommandSpec<Name>;
  readonly #argv: Readonly<Record<string, unknown>>;
  readonly #env: Env;

  constructor(spec: CommandSpec<Name>, argv: Readonly<Record<string, unknown>>, env: Env) {
    this.#spec = spec;
    this.#argv = argv;
    this.#env = env;
  }

  /** Notes a problem. A flag that is read for two purposes has its problem once. */
  refuse(where: string, message: string, hint?: string): void {
    if (this.problems.some((known) => known.where === where && known.message === message)) return;
    this.problems.push({ where, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Throws one WsurgeError (104) with all problems, if there are any. */
  throwIfWrong(): void {
    const { name } = this.#spec;
    if (this.problems.length > 0) throw problemsError(`${name}_options`, this.problems, `wsurge ${name} --help`);
  }

  text(name: Name): Given<string> | null {
    const values = this.#given(name);
    if (values.length > 1) this.refuse(`--${name}`, `is given ${values.length} times`, 'give it once');
    return values[0] ?? null;
  }

  /** A flag whose value is one of a few words. Null if the flag was not given, or after refusing another word. */
  choice<Word extends string>(name: Name, words: readonly Word[], refusal: string): Word | null {
    const given = this.text(name);
    if (given === null) return null;
    const word = words.find((known) => known === given.value);
    if (word === undefined) this.refuse(given.origin, `${quoted(given.value)} ${refusal}`, suggest(given.value, words));
    return word ?? null;
  }

  list(name: Name): Given<string>[] {
    return this.#given(name);
  }

  /** True, false, or null where it was not given. */
  switch(name: Name): Given<boolean> | null {
    const raw = this.#raw(name);
    const last: unknown = Array.isArray(raw) ? raw[raw.length - 1] : raw;
    if (typeof last === 'boolean') return { value: last, origin: `--${name}` };
    if (last !== undefined) this.refuse(`--${name}`, 'takes no value');
    const variable = this.#variable(name);
    if (variable === null) return null;
    const known = { 1: true, true: true, 0: false, false: false }[variable.value.toLowerCase()];
    if (known === undefined) this.refuse(variable.origin, `${quoted(variable.value)} is not true or false`);
    return known === undefined ? null : { value: known, origin: variable.origin };
  }

  /** The state of a switch; its default from the table if it was not given. */
  isOn(name: Name): boolean {
    return this.switch(name)?.value ?? this.#flag(name)?.default === 'on';
  }

  /** A port. 0, for a free port, if the flag has no value; null if the flag was not given. */
  port(name: Name): number | null {
    const given = this.#raw(name) === '' ? { value: '0', origin: `--${name}` } : this.text(name);
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

  /** Whether the command line or a variable sets this flag. */
  isGiven(name: Name): boolean {
    return this.#raw(name) !== undefined || this.#variable(name) !== null;
  }

  /** A positional argument; null where it was left out. */
  word(name: string): string | null {
    const value = this.#argv[name];
    return typeof value === 'string' && value !== '' ? value : null;
  }

  /** A positional argument that must be one of a few words. Null after refusing another word, or none. */
  wordOf<Word extends string>(
    name: string,
    words: readonly Word[],
    refusals: { readonly missing: string; readonly unknown: string },
  ): Word | null {
    const given = this.word(name);
    const word = words.find((known) => known === given);
    if (given === null) this.refuse(`wsurge ${this.#spec.name}`, refusals.missing, `one of: ${words.join(', ')}`);
    else if (word === undefined) this.refuse(quoted(given), refusals.unknown, suggest(given, words));
    return word ?? null;
  }

  /** All values of a positional argument that takes many. */
  words(name: string): string[] {
    const value = this.#argv[name];
    return value === undefined ? [] : [value].flat().map(String);
  }

  #raw(name: Name): unknown {
    const isAsked = this.#flag(name) !== null && Object.hasOwn(this.#argv, name);
    return isAsked ? (this.#argv[name] ?? undefined) : undefined;
  }

  /**
   * Null if the command has no such flag. The code that reads the flags of `run` also serves commands that refuse some
   * of them.
   */
  #flag(name: Name): Flag | null {
    return Object.hasOwn(this.#spec.flags, name) ? this.#spec.flags[name] : null;
  }

  #given(name: Name): Given<string>[] {
    const origin = `--${name}`;
    const raw = this.#raw(name);
    if (raw !== undefined) {
      const values: unknown[] = Array.isArray(raw) ? raw : [raw];
      const given = values.map(String).map((value) => ({ value, origin }));
      if (!values.some((value) => value === '' || typeof value === 'boolean')) return given;
      this.refuse(origin, 'needs a value');
      return [];
    }
    const variable = this.#variable(name);
    return variable === null ? [] : [variable];
  }

  #variable(name: Name): Given<string> | null {
    const flag = this.#flag(name);
    if (flag === null || flag.variable === false || this.#spec.variables === false) return null;
    const origin = environmentName(name);
    const value = this.#env[origin];
    return value === undefined || value === '' ? null : { value, origin };
  }

  refuseUnknown(): void {
    const { name: command, flags, positionals, refused = {} } = this.#spec;
    const known = new Set(['_', ...Object.keys(flags), ...positionals.map(({ name }) => name)]);
    const help = `wsurge ${command} --help lists them`;
    for (const [name, value] of Object.entries(this.#argv)) {
      if (known.has(name) || value === undefined) continue;
      const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
      if (why !== undefined) this.refuse(dashed(name), `does not go with ${command}: ${why}`);
      else this.refuse(dashed(name), `is not a flag of ${command}`, suggestedFlag(name, flags) ?? help);
    }
    const isOne = positionals.some(({ isProfile }) => isProfile);
    for (const word of this.words('_')) {
      const hint = isOne ? 'give one profile or one URL' : `wsurge ${command} --help shows what it takes`;
      this.refuse(quoted(redactUrl(word)), 'is one argument too many', hint);
    }
  }
}

function suggestedFlag(typed: string, flags: FlagTable): string | null {
  if (typed.length === 1) return null;
  const near = nearest(typed, Object.keys(flags));
  return near === null ? null : `did you mean "--${near}"?`;
}

/** Each problem once. A command that reads its flags with two readers (ab, capacity) finds some problems twice. */
export function uniqueProblems(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** A remark about switches that change nothing; null if none is given. */
export function needlessNote<Name extends string>(
  values: FlagValues<Name>,
  names: readonly Name[],
  why: string,
): string | null {
  const given = names.filter((name) => values.isGiven(name)).map((name) => `--${name}`);
  if (given.length === 0) return null;
  return `${given.join(' and ')} ${given.length === 1 ? 'is' : 'are'} not needed: ${why}`;
}
