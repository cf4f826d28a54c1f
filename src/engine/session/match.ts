import { includes } from '../../dialect/subset.js';
import type { WireMatch, WirePath } from '../../dialect/wire.js';
import { JsonMembers, standsAt } from './json-members.js';

/** A match that is ready to be asked about messages in place. */
export class Match {
  readonly #starts: Buffer | null;
  readonly #has: readonly Buffer[];
  readonly #members: JsonMembers | null;
  readonly #wanted: readonly (Buffer | null)[];
  readonly #json: { readonly at: WirePath; readonly subset: unknown } | null;

  /** `fill`: fills in the tokens of its texts. */
  constructor({ starts, has = [], members, json }: WireMatch, fill: (text: string) => string = (text) => text) {
    this.#starts = starts === undefined ? null : Buffer.from(fill(starts));
    this.#has = has.map((part) => Buffer.from(fill(part)));
    const names = Object.keys(members ?? {});
    this.#members = names.length === 0 ? null : new JsonMembers(names);
    this.#wanted = Object.values(members ?? {}).map((text) => (text === null ? null : Buffer.from(fill(text))));
    this.#json = json === undefined ? null : { at: json.at, subset: JSON.parse(fill(json.subset)) };
  }

  /** Where the JSON of a message begins. */
  jsonAt(start: number): number {
    return start + (this.#starts?.length ?? 0);
  }

  fits(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#begins(bytes, start, end)) return false;
    for (const part of this.#has) if (bytes.subarray(start, end).indexOf(part) < 0) return false;
    if (this.#members !== null && !this.#hasMembers(this.#members, bytes, start, end)) return false;
    return this.#json === null || this.#hasJson(this.#json, bytes, start, end);
  }

  #begins(bytes: Buffer, start: number, end: number): boolean {
    const starts = this.#starts;
    return starts === null || (start + starts.length <= end && standsAt(starts, bytes, start));
  }

  #hasMembers(members: JsonMembers, bytes: Buffer, start: number, end: number): boolean {
    if (!members.find(bytes, this.jsonAt(start), end)) return false;
    for (let i = 0; i < this.#wanted.length; i++) {
      const from = members.from[i]!;
      if (from < 0) return false;
      const wanted = this.#wanted[i]!;
      const length = members.to[i]! - from;
      const isThere = wanted === null ? !isNull(bytes, from) : length === wanted.length && standsAt(wanted, bytes, from);
      if (!isThere) return false;
    }
    return true;
  }

  #hasJson({ at, subset }: { readonly at: WirePath; readonly subset: unknown }, ...of: [Buffer, number, number]) {
    const value = valueAt(jsonOf(of[0], this.jsonAt(of[1]), of[2]), at);
    return value !== undefined && includes(value, subset);
  }
}

const NULL = Buffer.from('null');

function isNull(bytes: Buffer, at: number): boolean {
  return standsAt(NULL, bytes, at);
}

/** The JSON from `start` to `end`; undefined if it is none. */
export function jsonOf(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined; // No JSON: it holds nothing that is looked for.
  }
}

/** The value at a path; undefined if it leads nowhere. */
export function valueAt(value: unknown, path: WirePath): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at === 'string') at = parsed(at);
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** Some protocols put JSON into a string of JSON. A path goes on through it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
