import type { Problem } from '../errors.js';
import type { Path } from './document.js';
import { redactUrl, strike } from './redact-text.js';

export interface Finding {
  readonly path: Path;
  /** Reads on from the offending value (`is not a rate`) where `value` is said, from the key otherwise. */
  readonly message: string;
  readonly hint?: string | undefined;
  /** `key`: the key is at fault, and the value is not repeated. */
  readonly at?: 'key' | 'value' | undefined;
}

export interface Origin {
  readonly where: string;
  readonly line?: number;
  readonly column?: number;
  /** The part of the path that the origin itself stands for; not repeated in the message. */
  readonly covers: number;
}

/** Collects everything wrong with one profile, once each, and places it. */
export class ProblemList {
  readonly #findings = new Map<string, Finding>();
  readonly #broken: Path[] = [];

  get size(): number {
    return this.#findings.size;
  }

  add(finding: Finding): void {
    this.#findings.set(JSON.stringify([finding.path, finding.message]), finding);
  }

  /** Notes that nothing is known about a path: rules that rest on it stay silent. */
  markBroken(path: Path): void {
    this.#broken.push(path);
  }

  /** A rule across keys; said only when everything it rests on could be read. */
  rule(finding: Finding, restsOn: readonly Path[] = []): void {
    if ([finding.path, ...restsOn].every((path) => !this.isBroken(path))) this.add(finding);
  }

  isBroken(path: Path): boolean {
    return this.#broken.some((broken) => startsWith(path, broken) || startsWith(broken, path));
  }

  /** `raw`: what was written, before `${...}` was filled in, so that no secret is ever repeated. */
  toProblems(raw: unknown, originOf: (finding: Finding) => Origin, secrets: readonly string[]): Problem[] {
    return [...this.#findings.values()].map((finding): Problem => {
      const { covers, ...origin } = originOf(finding);
      const rest = pathText(finding.path.slice(covers));
      const value = finding.at === 'key' ? '' : `${showValue(raw, finding.path)} `;
      const message = strike(`${rest === '' ? '' : `${rest}: `}${value}${finding.message}`, secrets);
      return finding.hint === undefined
        ? { ...origin, message }
        : { ...origin, message, hint: strike(finding.hint, secrets) };
    });
  }
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((segment, index) => segment === path[index]);
}

/** `load[0].sweep.rate`. */
export function pathText(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += text === '' ? printable(segment) : `.${printable(segment)}`;
  }
  return text;
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

const SECRET_BY_NATURE: ReadonlySet<string> = new Set(['headers', 'subprotocols', 'tls', 'command']);

/** The offending value in a few characters; values that may be secrets by nature are not shown. */
function showValue(raw: unknown, path: Path): string {
  const value = valueAt(raw, path);
  const last = path[path.length - 1];
  if (typeof value === 'string') {
    if (path[0] === 'target' && SECRET_BY_NATURE.has(String(path[1]))) return '"***"';
    if (last === 'template' || last === 'message') return 'the text';
    if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return quoted(redactUrl(value));
    return quoted(value);
  }
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : String(value);
}

export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `"${printable(short)}"`;
}

/** Control characters and those that change the direction of text, escaped. */
function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
