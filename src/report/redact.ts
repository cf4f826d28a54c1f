/**
 * Strikes secrets out of everything that is written or printed: as they are, and as JSON strings, URLs, `sanitize` and
 * base64 would spell them.
 */

const STRUCK = '***';
/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST = 4;
/** JSON inside JSON inside JSON: every round doubles the backslashes. */
const MOST_BACKSLASHES = 8;
const ESCAPE = `\\\\{1,${MOST_BACKSLASHES}}`;
/** A piece of base64 this long does not turn up by chance. */
const SHORTEST_BASE64_CORE = 8;

export class Redactor {
  readonly #patterns: readonly RegExp[];

  /** `secrets` shorter than 4 characters are ignored. */
  constructor(secrets: readonly string[]) {
    const spellings = new Set<string>();
    for (const secret of [...secrets, ...secrets.map((secret) => secret.trim())]) {
      if (secret.length < SHORTEST) continue;
      spellings.add(plainPattern(secret));
      for (const pattern of base64Patterns(secret)) spellings.add(pattern);
    }
    this.#patterns = [...spellings].map((pattern) => new RegExp(pattern, 'g'));
  }

  /** `text` with every secret replaced by `***`. */
  text(text: string): string {
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

  #deep(value: unknown, keep: ReadonlySet<string>): unknown {
    if (typeof value === 'string') return keep.has(value) ? value : this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#deep(item, keep));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [keep.has(key) ? key : this.text(key), this.#deep(item, keep)]),
    );
  }

  /** All secrets found anywhere; overlapping ones go as one, so that none leaves the rest of another behind. */
  #strike(text: string): string {
    const ranges: [from: number, to: number][] = [];
    for (const pattern of this.#patterns) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        ranges.push([match.index, match.index + match[0].length]);
        pattern.lastIndex = match.index + 1;
      }
    }
    if (ranges.length === 0) return text;
    ranges.sort((a, b) => a[0] - b[0]);
    let out = '';
    let end = 0;
    for (const [from, to] of ranges) {
      if (from >= end && (from > end || out === '')) out += text.slice(end, from) + STRUCK;
      end = Math.max(end, to);
    }
    return out + text.slice(end);
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** The secret with each character in any of its spellings: itself, `\n`, `\\x0a`, `\u000a`, `\u{a}`, `%0A`. */
function plainPattern(secret: string): string {
  // Runs of backslashes double at every round of JSON, so a run stands for itself and all longer ones.
  return secret.replace(/\\+|[^\\]/gsu, (part) =>
    part.startsWith('\\')
      ? `(?:\\\\{${part.length},${part.length * MOST_BACKSLASHES}}|(?:%5[cC]|${ESCAPE}(?:u00|x)5[cC]){${part.length}})`
      : spellingsOf(part),
  );
}

const JSON_LETTERS: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  '\0': '0',
};

function spellingsOf(character: string): string {
  const all = [...character].flatMap((whole) => (whole.length === 1 ? [whole] : [whole.charAt(0), whole.charAt(1)]));
  const units = all.map((unit) => `${ESCAPE}u${anyCase(hex(unit.charCodeAt(0), 4))}`).join('');
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => `%${anyCase(hex(byte, 2))}`).join('');
  const code = character.codePointAt(0) ?? 0;
  const spellings = [
    `\\\\{0,${MOST_BACKSLASHES}}${literal(character)}`,
    units,
    bytes,
    `${ESCAPE}u\\{0*${anyCase(code.toString(16))}\\}`,
  ];
  if (code <= 0xff) spellings.push(`${ESCAPE}x${anyCase(hex(code, 2))}`);
  const letter = JSON_LETTERS[character];
  if (letter !== undefined) spellings.push(`${ESCAPE}${letter}`);
  if (character === ' ') spellings.push('\\+');
  return `(?:${spellings.join('|')})`;
}

function literal(character: string): string {
  return /[\w\s]/.test(character) || character.length > 1 ? character : `\\u${hex(character.charCodeAt(0), 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function anyCase(text: string): string {
  return text.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/**
 * Base64 and base64url of the secret alone, and the characters that are the same wherever it stands inside a longer text,
 * as the password in a Basic header does.
 */
function base64Patterns(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const patterns = [`${base64Spellings(bytes.toString('base64').replace(/=+$/, ''))}(?:=|%3[dD]){0,2}`];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    if (to - from >= SHORTEST_BASE64_CORE) patterns.push(base64Spellings(encoded.slice(from, to)));
  }
  return patterns;
}

function base64Spellings(base64: string): string {
  return base64.replaceAll('+', '(?:[-+]|%2[bB])').replaceAll('/', '(?:[_/]|\\\\/|%2[fF])');
}
