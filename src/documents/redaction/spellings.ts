/**
 * A text read in every way that JSON, URLs and `sanitize` may have spelled it. Each reading gives plain characters and
 * where each of them stands in the text, so that a secret is looked for once in each reading, not once in each
 * spelling: the text `a\u0022%2Fb` has a reading `a"/b`.
 */

/** UTF-16 units, and the stretch of the text that spells each of them. */
export interface Spelled {
  readonly length: number;
  readonly units: Uint16Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Characters without their backslashes, which escaping adds, doubles and takes away. */
export interface Reading extends Spelled {
  /** Backslashes that stood in front of each character. */
  readonly slashes: Int32Array;
  /** The units folded: what an escape may stand for looks like the escape, `\n` like `n`, and `+` like a space. */
  readonly folded: Uint16Array;
}

const BACKSLASH = 0x5c;
const PERCENT = 0x25;

/** Control characters that have an escape of one letter. */
const LETTERS: ReadonlyMap<number, string> = new Map(
  Object.entries({ '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f', '\0': '0' }).map(([control, letter]) => [
    control.charCodeAt(0),
    letter,
  ]),
);

/** True where `unit` is a control character that `letter` stands for behind a backslash. */
export function isLetterOf(letter: number, unit: number): boolean {
  return LETTERS.get(unit)?.charCodeAt(0) === letter;
}

/** True where folding makes another character look like this one. */
export function isFoldedAway(unit: number): boolean {
  return LETTERS.has(unit);
}

/** The unit that a unit looks like once folded. */
export function folded(unit: number): number {
  if (unit === 0x2b) return 0x20;
  return LETTERS.get(unit)?.charCodeAt(0) ?? unit;
}

/** Every reading of a text; two at most where it holds neither a backslash nor a percent sign. */
export function* readingsOf(text: string): Generator<Reading> {
  const asWritten = plain(text);
  yield* unescaped(asWritten);
  const once = percentDecoded(asWritten);
  if (once === null) return;
  yield* unescaped(once);
  // A URL inside the query of another.
  const twice = percentDecoded(once);
  if (twice !== null) yield* unescaped(twice);
}

/** A secret has one reading: it is no spelling of something else. */
export function plainReading(text: string): { readonly reading: Reading; readonly slashesBehind: number } {
  return withoutBackslashes(plain(text), false);
}

function* unescaped(spelled: Spelled): Generator<Reading> {
  yield withoutBackslashes(spelled, false).reading;
  if (spelled.units.subarray(0, spelled.length).includes(BACKSLASH)) yield withoutBackslashes(spelled, true).reading;
}

function plain(text: string): Spelled {
  const { length } = text;
  const spelled = empty(length);
  for (let i = 0; i < length; i++) {
    spelled.units[i] = text.charCodeAt(i);
    spelled.from[i] = i;
    spelled.to[i] = i + 1;
  }
  return { ...spelled, length };
}

function empty(most: number) {
  return { units: new Uint16Array(most), from: new Int32Array(most), to: new Int32Array(most) };
}

/** `%2F` read as `/`; null where the text holds nothing of the kind. What is no UTF-8 stays as it is written. */
function percentDecoded(spelled: Spelled): Spelled | null {
  const { units, from, to, length } = spelled;
  const out = empty(length);
  let count = 0;
  let isOther = false;
  const put = (unit: number, start: number, end: number) => {
    out.units[count] = unit;
    out.from[count] = start;
    out.to[count++] = end;
  };
  for (let i = 0; i < length; ) {
    const [code, taken] = units[i] === PERCENT ? utf8At(spelled, i) : NOTHING;
    if (taken === 0) {
      put(units[i]!, from[i]!, to[i]!);
      i++;
      continue;
    }
    isOther = true;
    const end = to[i + taken - 1]!;
    for (const half of String.fromCodePoint(code).split('')) put(half.charCodeAt(0), from[i]!, end);
    i += taken;
  }
  return isOther ? { ...out, length: count } : null;
}

const NOTHING: readonly [code: number, taken: number] = [0, 0];

/** The character that `%XX` spell at a place, and how many units it takes; taken 0 for none. */
function utf8At({ units, length }: Spelled, at: number): readonly [code: number, taken: number] {
  const byteAt = (place: number) => (place + 2 < length && units[place] === PERCENT ? hexAt(units, place + 1, 2) : -1);
  const first = byteAt(at);
  if (first < 0) return NOTHING;
  if (first < 0x80) return [first, 3];
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (more === 0 || first > 0xf4) return NOTHING;
  let code = first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = byteAt(at + 3 * i);
    if ((next & 0xc0) !== 0x80 || next < 0) return NOTHING;
    code = (code << 6) | (next & 0x3f);
  }
  return code > 0x10ffff ? NOTHING : [code, 3 * (more + 1)];
}

/** The number that `digits` hexadecimal digits say; -1 where one of them is none. */
function hexAt(units: Uint16Array, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const unit = units[i]!;
    const lower = unit | 0x20;
    const digit = unit >= 48 && unit <= 57 ? unit - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/**
 * The characters without backslashes. `decodes`: `\u0041`, `\u{41}` and `\x41` behind one or more of them are read as
 * what they stand for. Escapes of one letter need no decoding, since both look alike once folded.
 */
function withoutBackslashes(spelled: Spelled, decodes: boolean): { reading: Reading; slashesBehind: number } {
  const { units, from, to, length } = spelled;
  const out = { ...empty(length), slashes: new Int32Array(length), folded: new Uint16Array(length) };
  let count = 0;
  let slashes = 0;
  let start = 0;
  const put = (unit: number, end: number) => {
    out.units[count] = unit;
    out.folded[count] = folded(unit);
    out.slashes[count] = slashes;
    out.from[count] = start;
    out.to[count++] = end;
  };
  for (let i = 0; i < length; ) {
    if (slashes === 0) start = from[i]!;
    const [code, taken] = decodes && slashes > 0 ? escapeAt(spelled, i) : NOTHING;
    const unit = taken > 0 ? code : units[i]!;
    const next = i + Math.max(1, taken);
    if (unit === BACKSLASH) slashes++;
    else {
      for (const half of unit > 0xffff ? String.fromCodePoint(unit).split('') : [null]) {
        put(half === null ? unit : half.charCodeAt(0), to[next - 1]!);
      }
      slashes = 0;
    }
    i = next;
  }
  return { reading: { ...out, length: count }, slashesBehind: slashes };
}

const MOST_CODE_DIGITS = 8;

/** What `u0041`, `u{41}` or `x41` behind a backslash stands for, and how many units it takes; taken 0 for none. */
function escapeAt({ units, length }: Spelled, at: number): readonly [code: number, taken: number] {
  if (units[at] === 0x78 && at + 2 < length) return taking(hexAt(units, at + 1, 2), 3);
  if (units[at] !== 0x75) return NOTHING;
  if (units[at + 1] !== 0x7b) return at + 4 < length ? taking(hexAt(units, at + 1, 4), 5) : NOTHING;
  let end = at + 2;
  while (end < length && end < at + 2 + MOST_CODE_DIGITS && units[end] !== 0x7d) end++;
  if (units[end] !== 0x7d || end >= length || end === at + 2) return NOTHING;
  const code = hexAt(units, at + 2, end - at - 2);
  return code > 0x10ffff ? NOTHING : taking(code, end + 1 - at);
}

function taking(code: number, taken: number): readonly [code: number, taken: number] {
  return code < 0 ? NOTHING : [code, taken];
}
