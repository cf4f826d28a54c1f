import type { WireMatch, WirePath } from '../../dialect/wire.js';
import { includes } from '../matching/echo-check.js';
import { standsAt } from './json-members.js';
import { MemberScans, type WantedMember } from './member-scans.js';
import { Needle } from './needle.js';

/** A match that is ready to be asked about messages in place. */
export class Match {
  readonly #starts: Buffer | null;
  readonly #has: readonly Needle[];
  readonly #members: readonly WantedMember[];
  /** Null if others share its scans and begin them. */
  readonly #own: MemberScans | null;
  readonly #wanted: readonly (Buffer | null)[];
  readonly #json: JsonPart | null;

  /**
   * `fill`: fills in the tokens of its texts. `scans`: shared with others that look at the same messages; whoever shares
   * them begins them.
   */
  constructor(
    { starts, has = [], members, json }: WireMatch,
    fill: (text: string) => string = (text) => text,
    scans: MemberScans | null = null,
  ) {
    this.#starts = starts === undefined ? null : Buffer.from(fill(starts));
    this.#has = has.map((part) => new Needle(fill(part)));
    const names = Object.keys(members ?? {});
    this.#own = scans === null && names.length > 0 ? new MemberScans() : null;
    const offset = this.#starts?.length ?? 0;
    this.#members = names.length === 0 ? [] : (scans ?? this.#own!).want(names, offset);
    this.#wanted = Object.values(members ?? {}).map((text) => (text === null ? null : Buffer.from(fill(text))));
    this.#json = json === undefined ? null : { at: json.at, subset: JSON.parse(fill(json.subset)) };
  }

  /** Where the JSON of a message begins. */
  jsonAt(start: number): number {
    return start + (this.#starts?.length ?? 0);
  }

  fits(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#begins(bytes, start, end)) return false;
    for (let i = 0; i < this.#has.length; i++) if (!this.#has[i]!.occursIn(bytes, start, end)) return false;
    if (this.#members.length > 0 && !this.#hasMembers(bytes, start, end)) return false;
    return this.#json === null || this.#hasJson(this.#json, bytes, start, end);
  }

  #begins(bytes: Buffer, start: number, end: number): boolean {
    const starts = this.#starts;
    return starts === null || (start + starts.length <= end && standsAt(starts, bytes, start));
  }

  #hasMembers(bytes: Buffer, start: number, end: number): boolean {
    this.#own?.begin();
    for (let i = 0; i < this.#members.length; i++) {
      const { scan, number } = this.#members[i]!;
      const { from, to } = scan.of(bytes, start, end);
      const at = from[number]!;
      if (at < 0) return false;
      const length = to[number]! - at;
      const wanted = this.#wanted[i]!;
      const isThere = wanted === null ? !isNull(bytes, at, length) : is(wanted, bytes, at, length);
      if (!isThere) return false;
    }
    return true;
  }

  #hasJson({ at, subset }: JsonPart, bytes: Buffer, start: number, end: number): boolean {
    const value = valueAt(jsonOf(bytes, this.jsonAt(start), end), at);
    return value !== undefined && includes(value, subset);
  }
}

interface JsonPart {
  readonly at: WirePath;
  readonly subset: unknown;
}

const NULL = Buffer.from('null');

function isNull(bytes: Buffer, at: number, length: number): boolean {
  return is(NULL, bytes, at, length);
}

function is(wanted: Buffer, bytes: Buffer, at: number, length: number): boolean {
  return length === wanted.length && standsAt(wanted, bytes, at);
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
