import type { Problem } from '../errors.js';
import type { Path } from './document.js';
import { redactUrl, strike } from './redact-text.js';

export interface Finding {
  readonly path: Path;
  /** Follows the offending value (`is not a rate`) if `at` is `value`, else the key. */
  readonly message: string;
  readonly hint?: string | undefined;
  /** `key`: the key is at fault, and its value is not repeated. */
  readonly at?: 'key' | 'value' | undefined;
}

export interface Origin {
  readonly where: string;
  readonly line?: number;
  readonly column?: number;
  /** The first part of the path is said by the origin already: this many segments are not repeated. */
  readonly covers: number;
}

/** Collects all problems of a profile, each once, with its place. */
export class ProblemList {
  readonly #findings = new Map<string, Finding>();
  readonly #broken: Path[] = [];

  get size(): number {
    return this.#findings.size;
  }

  add(finding: Finding): void {
    this.#findings.set(JSON.stringify([finding.path, finding.message]), finding);
  }

  /** Notes that a path could not be read. Rules that depend on it are skipped. */
  markBroken(path: Path): void {
    this.#broken.push(path);
  }

  /** Reports a problem across keys, unless a path that it depends on could not be read. */
  rule(finding: Finding, restsOn: readonly Path[] = []): void {
    if ([finding.path, ...restsOn].every((path) => !this.isBroken(path))) this.add(finding);
  }

  isBroken(path: Path): boolean {
    return this.#broken.some((broken) => startsWith(path, broken) || startsWith(broken, path));
  }

  /** `raw`: the profile as written, before `${...}` was filled in, so that no secret is repeated. */
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

/** The offending value, shortened. Values that may be secrets are not shown. */
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

/** Escapes control characters and characters that change the direction of text. */
function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
