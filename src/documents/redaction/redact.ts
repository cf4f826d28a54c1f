import { ANCHOR_UNITS, SecretIndex } from './secret-index.js';
import { folded, isFoldedAway, isLetterOf, plainReading, type Reading, readingsOf } from './spellings.js';

/**
 * Strikes secrets out of everything that is written or printed: as they are, and as JSON strings, URLs, `sanitize` and
 * base64 spell them. Its time grows with the length of the text alone. No secret becomes part of an error or of a
 * pattern that could be quoted.
 */

const STRUCK = '***';
/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST = 4;
/** A piece of base64 this long does not turn up by chance. */
const SHORTEST_BASE64_CORE = 8;

type Range = [from: number, to: number];

/** A secret as it is compared with what was found: its characters, and the backslashes before and behind them. */
interface Plain {
  readonly units: Uint16Array;
  readonly slashes: Int32Array;
  readonly slashesBehind: number;
  /** True if the secret has characters that look like others once folded or without backslashes. */
  readonly isSpecial: boolean;
}

export class Redactor {
  readonly #plain = new SecretIndex<Plain>();
  readonly #base64 = new SecretIndex<{ readonly isWhole: boolean }>();
  /** Secrets of nearly nothing but backslashes, in each spelling that is looked for. */
  readonly #short: string[] = [];

  /** `secrets` shorter than 4 characters are ignored. */
  constructor(secrets: readonly string[]) {
    const all = new Set([...secrets, ...secrets.map((secret) => secret.trim())]);
    for (const secret of all) if (secret.length >= SHORTEST) this.#add(secret);
    this.#short.sort((a, b) => b.length - a.length);
  }

  /** `text` with every secret replaced by `***`. */
  text(text: string): string {
    if (!this.#mayHoldSome(text)) return text;
    let current = text;
    // What is left after a strike may spell another secret; every strike shortens the text, so this ends.
    for (;;) {
      const next = this.#strike(current);
      if (next === current) return current;
      current = next;
    }
  }

  /** A copy of plain data with secrets struck out of all strings and keys; a string equal to a word in `keep` stays. */
  json<T>(value: T, keep: ReadonlySet<string> = NOTHING): T {
    return this.#deep(value, keep) as T;
  }

  #add(secret: string): void {
    // Also as URLs spell it: behind a stray percent sign its beginning could be read as part of an escape.
    for (const spelled of new Set([secret, ...urlForms(secret)])) {
      const { reading, slashesBehind } = plainReading(spelled);
      if (reading.length >= ANCHOR_UNITS)
        this.#plain.add(reading.folded.slice(0, reading.length), plainOf(reading, slashesBehind));
    }
    if (plainReading(secret).reading.length < ANCHOR_UNITS) {
      const json = JSON.stringify(secret).slice(1, -1);
      this.#short.push(secret, json, JSON.stringify(json).slice(1, -1));
    }
    for (const { text, isWhole } of base64Forms(secret)) this.#base64.add(base64Units(unitsOf(text)), { isWhole });
  }

  #deep(value: unknown, keep: ReadonlySet<string>): unknown {
    if (typeof value === 'string') return keep.has(value) ? value : this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#deep(item, keep));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [keep.has(key) ? key : this.text(key), this.#deep(item, keep)]),
    );
  }

  /** A quick test: false for nearly every text without a secret. */
  #mayHoldSome(text: string): boolean {
    if (text.length < SHORTEST || (this.#plain.isEmpty && this.#short.length === 0)) return false;
    if (text.includes('\\') || text.includes('%')) return true;
    return this.#plain.mayOccur(text, folded) || this.#base64.mayOccur(text, base64Unit);
  }

  /** Strikes all secrets that are found. Overlapping ones are struck as one, so that no rest of either stays. */
  #strike(text: string): string {
    const ranges: Range[] = [];
    for (const reading of text.length < SHORTEST ? [] : readingsOf(text)) {
      this.#findPlain(reading, text, ranges);
      this.#findBase64(reading, ranges);
    }
    for (const secret of this.#short) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
        ranges.push([at, at + secret.length]);
    }
    return ranges.length === 0 ? text : withoutRanges(text, ranges);
  }

  #findPlain(reading: Reading, text: string, ranges: Range[]): void {
    if (this.#plain.isEmpty) return;
    const controls = controlsBefore(reading);
    this.#plain.search(reading.folded, reading.length, (secret, at, length) => {
      const mayDiffer = secret.isSpecial || controls[at + length]! > controls[at]!;
      if (mayDiffer && !spells(reading, at, secret)) return;
      const to = reading.to[at + length - 1]!;
      const end = secret.slashesBehind === 0 ? to : slashesEnd(reading, at + length, to, secret.slashesBehind, text);
      if (end !== null) ranges.push([reading.from[at]!, end]);
    });
  }

  #findBase64(reading: Reading, ranges: Range[]): void {
    if (this.#base64.isEmpty) return;
    const { units, length, from, to } = reading;
    this.#base64.search(base64Units(units.subarray(0, length)), length, ({ isWhole }, at, size) => {
      let end = at + size;
      for (let padding = 0; isWhole && padding < 2 && end < length && units[end] === EQUALS; padding++) end++;
      ranges.push([from[at]!, to[end - 1]!]);
    });
  }
}

const NOTHING: ReadonlySet<string> = new Set();
const EQUALS = 0x3d;
const SPACE = 0x20;
const PLUS = 0x2b;

function plainOf(reading: Reading, slashesBehind: number): Plain {
  const units = reading.units.slice(0, reading.length);
  const slashes = reading.slashes.slice(0, reading.length);
  const isSpecial = slashes.some((count) => count > 0) || units.some((unit) => unit === PLUS || isFoldedAway(unit));
  return { units, slashes, slashesBehind, isSpecial };
}

/** How many characters before each place are folded into others. */
function controlsBefore({ units, length }: Reading): Int32Array {
  const before = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) before[i + 1] = before[i]! + (isFoldedAway(units[i]!) ? 1 : 0);
  return before;
}

/** Whether the secret itself is there, and not only a text that looks like it once folded and without backslashes. */
function spells(reading: Reading, at: number, { units, slashes }: Plain): boolean {
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    const there = reading.units[at + i]!;
    const escapes = reading.slashes[at + i]!;
    if (escapes < slashes[i]!) return false;
    if (there === unit || (unit === SPACE && there === PLUS)) continue;
    if (escapes === slashes[i]! || !isLetterOf(there, unit)) return false;
  }
  return true;
}

/** Where the backslashes end that belong to the end of a secret; null where they are too few. */
function slashesEnd(reading: Reading, next: number, from: number, wanted: number, text: string): number | null {
  if (next < reading.length) {
    // The backslashes before the next character begin where that character's stretch does.
    if (reading.slashes[next]! < wanted) return null;
    return Math.max(from, lastBackslash(text, from, reading.to[next]!));
  }
  const end = lastBackslash(text, from, text.length);
  return end > from ? end : null;
}

/** The end of the last spelling of a backslash between two places. */
function lastBackslash(text: string, from: number, to: number): number {
  let end = from;
  for (const { index, 0: spelled } of text.slice(from, to).matchAll(/\\+(?:u005c|x5c)|\\|%(?:25)?5c/gi)) {
    end = from + index + spelled.length;
  }
  return end;
}

function withoutRanges(text: string, ranges: Range[]): string {
  ranges.sort((a, b) => a[0] - b[0]);
  let out = '';
  let end = 0;
  for (const [from, to] of ranges) {
    if (from >= end && (from > end || out === '')) out += text.slice(end, from) + STRUCK;
    end = Math.max(end, to);
  }
  return out + text.slice(end);
}

function unitsOf(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** base64url written as base64. */
function base64Units(units: Uint16Array): Uint16Array {
  return units.map(base64Unit);
}

function base64Unit(unit: number): number {
  return unit === 0x2d ? PLUS : unit === 0x5f ? 0x2f : unit;
}

/** The secret in a URL, with capital and with small hexadecimal digits. */
function urlForms(secret: string): string[] {
  // Half of a surrogate pair has no form in a URL.
  const upper = encodeURIComponent(Buffer.from(secret, 'utf8').toString('utf8'));
  return [upper, upper.replace(/%../g, (byte) => byte.toLowerCase())];
}

/**
 * Base64 of the secret alone, and the characters that are the same wherever it stands inside a longer text, as the
 * password in a Basic header does.
 */
function base64Forms(secret: string): { text: string; isWhole: boolean }[] {
  const bytes = Buffer.from(secret, 'utf8');
  const forms = [{ text: bytes.toString('base64').replace(/=+$/, ''), isWhole: true }];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    if (to - from >= SHORTEST_BASE64_CORE) forms.push({ text: encoded.slice(from, to), isWhole: false });
  }
  return forms;
}
