import { nearest } from '../../profile/did-you-mean.js';
import type { CommandSpec, Flag } from '../flags/flag.js';

/**
 * Splits a command line into flags and positional arguments, by the table of its command. Values stay text and nothing
 * is refused here: `FlagValues` judges. A flag given several times becomes a list, a flag without its value `''`, a
 * switch a boolean. An unknown flag keeps the name as typed, and takes a value if the flag with the nearest name does.
 */
export function splitArguments(words: readonly string[], spec: CommandSpec): Readonly<Record<string, unknown>> {
  return new Splitter(words, spec).split();
}

const NEGATIVE = /^-\d/;

class Splitter {
  readonly #words: string[];
  readonly #spec: CommandSpec;
  readonly #given = new Map<string, unknown[]>();
  readonly #positional: string[] = [];

  constructor(words: readonly string[], spec: CommandSpec) {
    this.#words = [...words];
    this.#spec = spec;
  }

  split(): Readonly<Record<string, unknown>> {
    while (this.#words.length > 0) this.#take(this.#words.shift()!);
    const flags = [...this.#given].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
    return Object.fromEntries([...flags, ...this.#named()]);
  }

  #take(word: string): void {
    if (word === '--') this.#positional.push(...this.#words.splice(0));
    else if (word.startsWith('--')) this.#takeLong(word.slice(2));
    else if (word.startsWith('-') && word.length > 1) this.#takeShort(word.slice(1));
    else this.#positional.push(word);
  }

  /** `name`, `name=value` or `no-name`. */
  #takeLong(text: string): void {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    const { flags } = this.#spec;
    if (at < 0 && !Object.hasOwn(flags, name) && name.startsWith('no-') && Object.hasOwn(flags, name.slice(3))) {
      return this.#keep(name.slice(3), false);
    }
    this.#takeValue(name, this.#flag(name), at < 0 ? null : text.slice(at + 1));
  }

  /** `c`, `c5`, `c=5`, or switches in a row: `qc5`. */
  #takeShort(letters: string): void {
    const [letter = '', rest = ''] = [letters[0], letters.slice(1)];
    const name = this.#named1(letter);
    const flag = Object.hasOwn(this.#spec.flags, name) ? this.#spec.flags[name]! : null;
    if (flag?.type === 'switch' && rest !== '' && !rest.startsWith('=')) {
      this.#keep(name, true);
      return this.#takeShort(rest);
    }
    this.#takeValue(name, flag, rest === '' ? null : rest.replace(/^=/, ''));
  }

  /** The long name of a letter, or the letter if there is none. */
  #named1(letter: string): string {
    return Object.entries(this.#spec.flags).find(([, { alias }]) => alias === letter)?.[0] ?? letter;
  }

  /** The flag of that name, or else the one that was probably meant. */
  #flag(name: string): Flag | null {
    const { flags } = this.#spec;
    if (Object.hasOwn(flags, name)) return flags[name]!;
    const meant = nearest(name, Object.keys(flags));
    return meant === null ? null : flags[meant]!;
  }

  #takeValue(name: string, flag: Flag | null, attached: string | null): void {
    if (flag?.type === 'switch') return this.#keep(name, attached === null ? true : (asSwitch(attached) ?? attached));
    if (attached !== null) return this.#keep(name, attached);
    if (flag?.greedy) return this.#takeAll(name);
    const next = this.#words[0];
    const isNumber = next !== undefined && /^\d/.test(next);
    const takes = flag?.type === 'port' ? isNumber : next !== undefined && !isFlag(next);
    this.#keep(name, takes ? this.#words.shift()! : '');
  }

  #takeAll(name: string): void {
    const end = this.#words.findIndex(isFlag);
    const values = this.#words.splice(0, end < 0 ? this.#words.length : end);
    for (const value of values.length === 0 ? [''] : values) this.#keep(name, value);
  }

  #keep(name: string, value: unknown): void {
    const values = this.#given.get(name);
    if (values === undefined) this.#given.set(name, [value]);
    else values.push(value);
  }

  /** Positional arguments by name; `_` holds those that are too many. */
  #named(): [string, unknown][] {
    const left = [...this.#positional];
    const named: [string, unknown][] = this.#spec.positionals.flatMap(({ name, many }): [string, unknown][] => {
      if (many) return [[name, left.splice(0)]];
      const word = left.shift();
      return word === undefined ? [] : [[name, word]];
    });
    return [...named, ['_', left]];
  }
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word.length > 1 && !NEGATIVE.test(word);
}

function asSwitch(text: string): boolean | null {
  return text === 'true' ? true : text === 'false' ? false : null;
}
