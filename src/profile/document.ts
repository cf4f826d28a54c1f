import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type Scalar,
} from 'yaml';
import type { Problem } from '../errors.js';

/** The place of a value in a profile: keys and list indices from the root. */
export type Path = readonly (string | number)[];

/** A profile file as plain data, with the place of every value. JSON is read as YAML 1.2, of which it is a part. */
export interface SourceDocument {
  /** Undefined if the text could not be read as one document at all. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The place of a value or its key. If the path does not exist, the place of the nearest value around it. */
  locate(path: Path, at: 'key' | 'value'): { readonly line: number; readonly column: number };
}

const TEXT_MAX_BYTES = 4 * 1024 * 1024;
/** Deeper than any profile. The YAML composer is recursive and must be protected from deep nesting. */
const DEPTH_MAX = 64;
/** How many tokens the parser may hold open at once: a few per level. Checked while it reads. */
const OPEN_MAX = 4 * DEPTH_MAX + 16;
/** Limit on words and signs in the file. Once parsed, each takes about a thousand times its size. */
const LEXEMES_MAX = 200_000;
/** Keys that name parts of every JavaScript object. Refused everywhere. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads one YAML or JSON document. Never throws: everything wrong is among the problems. */
export function readDocument(where: string, text: string): SourceDocument {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (offset: number, message: string, hint?: string): SourceDocument => ({
    value: undefined,
    problems: [{ where, ...at(offset), message, ...(hint === undefined ? {} : { hint }) }],
    locate: () => at(0),
  });
  if (text.length > TEXT_MAX_BYTES) return refuse(0, 'the file is larger than 4 MiB', 'is this a profile?');

  const tokens = tokensOf(text, lines);
  if (!Array.isArray(tokens)) return refuse(tokens.offset, tokens.message, tokens.hint);
  const tooDeep = deeperThan(tokens, DEPTH_MAX);
  if (tooDeep !== null) return refuse(tooDeep, TOO_DEEP);
  // Duplicate keys are found below, because the library's own search takes quadratic time.
  const [document, second] = new Composer({
    version: '1.2',
    merge: false,
    prettyErrors: false,
    uniqueKeys: false,
  }).compose(tokens, true, text.length);
  if (document === undefined) return refuse(0, 'the file is empty', EMPTY_HINT);
  return new ReadDocument(where, document, second ?? null, at);
}

const EMPTY_HINT = 'a profile needs at least `load:` with one entry, e.g. `load: [{ connections: 10, rate: 100/s }]`';

/** The parser's tokens; or, if the text exceeds a limit, why the parser was stopped. */
function tokensOf(text: string, lines: LineCounter): CST.Token[] | { offset: number; message: string; hint?: string } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    const { offset } = parser;
    if (parser.stack.length > OPEN_MAX) return { offset, message: TOO_DEEP };
    if (++lexemes > LEXEMES_MAX) {
      return { offset, message: `more than ${LEXEMES_MAX} words and signs`, hint: 'is this a profile?' };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

const TOO_DEEP = `nested deeper than ${DEPTH_MAX} levels`;

/** The offset of the first token nested deeper than `limit`, or null. Iterative: the text may be hostile. */
function deeperThan(tokens: readonly unknown[], limit: number): number | null {
  const open: { token: unknown; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (typeof token !== 'object' || token === null) continue;
    if (Array.isArray(token)) {
      for (const item of token) open.push({ token: item, depth });
      continue;
    }
    const { items, key, value, offset } = token as Record<string, unknown>;
    if (depth > limit) return typeof offset === 'number' ? offset : 0;
    const deeper = Array.isArray(items) ? depth + 1 : depth;
    open.push({ token: items, depth: deeper }, { token: key, depth }, { token: value, depth });
  }
  return null;
}

interface Place {
  readonly key: number;
  readonly value: number;
}

class ReadDocument implements SourceDocument {
  readonly value: unknown;
  readonly problems: Problem[] = [];
  readonly #where: string;
  readonly #places = new Map<string, Place>();
  readonly #at: (offset: number) => { line: number; column: number };

  constructor(
    where: string,
    document: Document.Parsed,
    second: Document.Parsed | null,
    at: (offset: number) => { line: number; column: number },
  ) {
    this.#where = where;
    this.#at = at;
    for (const error of [...document.errors, ...document.warnings]) this.#refuse(error.pos[0], ...wording(error));
    if (second !== null) {
      this.#refuse(
        second.contents?.range?.[0] ?? second.range[0],
        'a second document',
        'a profile is one document: remove `---`',
      );
    }
    const version = document.directives.yaml;
    if (version.explicit === true && version.version !== '1.2') {
      this.#refuse(0, `YAML ${version.version}`, 'profiles are YAML 1.2: remove the %YAML line');
    }
    const readable = this.problems.length === 0;
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
      if (readable) this.#refuse(0, 'the file is empty', EMPTY_HINT);
      this.value = undefined;
    } else {
      this.value = readable ? this.#plain(document.contents, []) : undefined;
    }
  }

  locate(path: Path, at: 'key' | 'value'): { line: number; column: number } {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place === undefined) continue;
      return this.#at(at === 'key' || length < path.length ? place.key : place.value);
    }
    return this.#at(0);
  }

  #refuse(offset: number, message: string, hint?: string): void {
    this.problems.push({ where: this.#where, ...this.#at(offset), message, ...(hint === undefined ? {} : { hint }) });
  }

  /** The plain data of a node. Notes the place of every value; refuses and leaves out what is not supported. */
  #plain(node: Node | null, path: Path, keyOffset?: number): unknown {
    const offset = node?.range?.[0] ?? keyOffset ?? 0;
    this.#places.set(JSON.stringify(path), { key: keyOffset ?? offset, value: offset });
    if (node === null) return null;
    if (isAlias(node)) {
      this.#refuse(offset, `the alias *${node.source}`, 'aliases are not supported: write the value out');
      return undefined;
    }
    if (isSeq(node)) return node.items.map((item, index) => this.#plain(item as Node | null, [...path, index]));
    if (isMap(node)) return this.#mapping(node.items, path);
    if (!isScalar(node)) return null;
    return isTextPlace(path) ? asWritten(node) : node.value;
  }

  #mapping(items: readonly { key: unknown; value: unknown }[], path: Path): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const pair of items) {
      const key = pair.key as Node | null;
      const offset = key?.range?.[0] ?? 0;
      const name = key !== null && isScalar(key) ? String(asWritten(key) ?? '') : null;
      if (name === null) this.#refuse(offset, 'a key that is not plain text');
      else if (FORBIDDEN_KEYS.has(name)) this.#refuse(offset, `the key "${name}" is not allowed`);
      else if (name === '<<') this.#refuse(offset, 'merge keys (<<) are not supported', 'write the keys out');
      else if (seen.has(name)) this.#refuse(offset, 'this key appears twice', 'keep one of them');
      else {
        seen.add(name);
        const value = this.#plain(pair.value as Node | null, [...path, name], offset);
        if (value !== undefined) plain[name] = value;
      }
    }
    return plain;
  }
}

/** Whether a path leads to the value of a label or header: text that must be kept exactly. */
export function isTextPlace(path: Path): boolean {
  const [first, second] = path;
  return (path.length === 2 && first === 'labels') || (path.length === 3 && first === 'target' && second === 'headers');
}

/** The value as written, so that `1.10` and `0123` do not become the numbers 1.1 and 123. Null stays null. */
function asWritten({ value, source }: Scalar): unknown {
  return value === null || typeof value === 'string' ? value : (source ?? value);
}

/** The library's message, with a next step for common mistakes. */
function wording(error: { code: string; message: string }): [string, string?] {
  if (error.code === 'TAB_AS_INDENT') return ['a tab used as indentation', 'indent with spaces'];
  if (error.code === 'TAG_RESOLVE_FAILED') return ['tags (!name) are not supported', 'write plain values'];
  if (error.code === 'BAD_ALIAS') return ['this is an alias (*name)', 'put text that starts with * in quotes'];
  // Leave out what the library quotes from the text: it may be a secret.
  const message = error.message.replaceAll(/\s+/g, ' ').replace(/: ".*$/, '');
  return [`not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`];
}
