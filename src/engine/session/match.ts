import { includes } from '../../dialect/subset.js';
import type { WireMatch, WireMembers, WirePath } from '../../dialect/wire.js';
import { bodyAt, headerAt, lineEnd, lineStart } from './heads.js';
import { type JsonMembers, standsAt } from './json-members.js';
import { Layout } from './layout.js';
import { MemberScans, type WantedMember } from './member-scans.js';
import { Needle } from './needle.js';

/** A match that is ready to be asked about messages in place. */
export class Match {
  readonly #binary: boolean;
  readonly #starts: Buffer | null;
  readonly #layout: Layout | null;
  readonly #has: readonly Needle[];
  readonly #headers: WantedHeaders | null;
  readonly #members: WantedMembers | null;
  readonly #inside: { readonly member: MembersOf; readonly members: WantedMembers } | null;
  readonly #json: JsonPart | null;

  /**
   * `fill`: fills in the tokens of its texts. `scans`: shared with others that look at the same messages; whoever shares
   * them begins them.
   */
  constructor(match: WireMatch, fill: (text: string) => string = (text) => text, scans: MemberScans | null = null) {
    const { binary = false, starts, bytes, layout, has = [], headers, members, inside, json } = match;
    // Only messages that are JSON from their start on are looked through for all who share.
    const isJson = starts === undefined && headers === undefined && layout === undefined;
    const shared = isJson ? scans : null;
    this.#binary = binary;
    this.#starts = beginningOf(starts, bytes, fill);
    this.#layout = layout === undefined ? null : new Layout(layout);
    this.#has = has.map((part) => new Needle(fill(part)));
    this.#headers = headers === undefined ? null : new WantedHeaders(headers, fill);
    this.#members = members === undefined ? null : new WantedMembers(members, fill, shared);
    this.#inside =
      inside === undefined
        ? null
        : { member: new MembersOf([inside.member], shared), members: new WantedMembers(inside.members, fill, null) };
    this.#json = json === undefined ? null : { at: json.at, subset: JSON.parse(fill(json.subset)) };
  }

  /**
   * Where the JSON of a message begins: at its start, at the first bracket behind `starts`, with its body, or at its
   * content.
   */
  jsonAt(bytes: Buffer, start: number, end: number): number {
    if (this.#headers !== null) return bodyAt(bytes, start, end);
    if (this.#layout !== null) return this.#layout.fits(bytes, start, end) ? this.#layout.contentAt : end;
    if (this.#starts === null) return start;
    let at = start + this.#starts.length;
    while (at < end && bytes[at] !== OPEN_BRACKET && bytes[at] !== OPEN_BRACE) at++;
    return at;
  }

  /** `isBinary`: the message came in a binary frame. */
  fits(bytes: Buffer, start: number, end: number, isBinary = false): boolean {
    if (this.#binary && !isBinary) return false;
    if (!this.#begins(bytes, start, end)) return false;
    if (this.#headers !== null && !this.#headers.areIn(bytes, start, end)) return false;
    if (this.#layout !== null && !this.#layout.fits(bytes, start, end)) return false;
    for (let i = 0; i < this.#has.length; i++) if (!this.#has[i]!.occursIn(bytes, start, end)) return false;
    if (this.#members !== null && !this.#members.areIn(bytes, this.jsonAt(bytes, start, end), end)) return false;
    if (this.#inside !== null && !this.#isInside(this.#inside.member, this.#inside.members, bytes, start, end))
      return false;
    return this.#json === null || this.#hasJson(this.#json, bytes, start, end);
  }

  #begins(bytes: Buffer, start: number, end: number): boolean {
    const starts = this.#starts;
    return starts === null || (start + starts.length <= end && standsAt(starts, bytes, start));
  }

  #isInside(member: MembersOf, members: WantedMembers, bytes: Buffer, start: number, end: number): boolean {
    member.read(bytes, this.jsonAt(bytes, start, end), end);
    return member.from(0) >= 0 && members.areIn(bytes, member.from(0), member.to(0));
  }

  #hasJson({ at, subset }: JsonPart, bytes: Buffer, start: number, end: number): boolean {
    const value = valueAt(jsonOf(bytes, this.jsonAt(bytes, start, end), end), at);
    if (value === undefined) return false;
    return includes(typeof value === 'string' && typeof subset !== 'string' ? parsed(value) : value, subset);
  }
}

function beginningOf(
  starts: string | undefined,
  bytes: string | undefined,
  fill: (text: string) => string,
): Buffer | null {
  if (bytes !== undefined) return Buffer.from(fill(bytes), 'latin1');
  return starts === undefined ? null : Buffer.from(fill(starts));
}

interface JsonPart {
  readonly at: WirePath;
  readonly subset: unknown;
}

/** Headers of the head of a message, and what each must be. */
class WantedHeaders {
  readonly #lines: readonly Buffer[];
  /** Null: anything. */
  readonly #wanted: readonly (Buffer | null)[];

  constructor(wanted: NonNullable<WireMatch['headers']>, fill: (text: string) => string) {
    this.#lines = Object.keys(wanted).map(lineStart);
    this.#wanted = Object.values(wanted).map((text) => (text === null ? null : Buffer.from(fill(text))));
  }

  areIn(bytes: Buffer, start: number, end: number): boolean {
    for (let i = 0; i < this.#lines.length; i++) {
      const at = headerAt(this.#lines[i]!, bytes, start, end);
      if (at < 0) return false;
      const wanted = this.#wanted[i]!;
      if (wanted === null) continue;
      if (lineEnd(bytes, at, end) - at !== wanted.length || !standsAt(wanted, bytes, at)) return false;
    }
    return true;
  }
}

/** Members of the message that was read last, each by its place in the list of those that are wanted. */
class MembersOf {
  readonly #members: readonly WantedMember[];
  /** Null if others share its scans and begin them. */
  readonly #own: MemberScans | null;
  #found: JsonMembers | null = null;

  constructor(names: readonly string[], shared: MemberScans | null) {
    this.#own = shared === null ? new MemberScans() : null;
    this.#members = (shared ?? this.#own!).want(names);
  }

  read(bytes: Buffer, start: number, end: number): void {
    this.#own?.begin();
    this.#found = this.#members[0]!.scan.of(bytes, start, end);
  }

  /** Where it begins; -1 if it is not there. */
  from(place: number): number {
    return this.#found!.from[this.#members[place]!.number]!;
  }

  to(place: number): number {
    return this.#found!.to[this.#members[place]!.number]!;
  }
}

/** Members of an object, or elements of an array, and what each must be. */
class WantedMembers {
  readonly #members: MembersOf;
  /** Null: anything but `null`. */
  readonly #wanted: readonly (Buffer | null)[];
  /** True for a text that is only the beginning. */
  readonly #isBeginning: readonly boolean[];

  constructor(wanted: WireMembers, fill: (text: string) => string, shared: MemberScans | null) {
    const texts = Object.values(wanted);
    this.#members = new MembersOf(Object.keys(wanted), shared);
    this.#isBeginning = texts.map((text) => text?.endsWith('*') ?? false);
    this.#wanted = texts.map((text) => (text === null ? null : Buffer.from(fill(text.replace(/\*$/, '')))));
  }

  areIn(bytes: Buffer, start: number, end: number): boolean {
    const members = this.#members;
    members.read(bytes, start, end);
    for (let i = 0; i < this.#wanted.length; i++) {
      const from = members.from(i);
      if (from < 0 || !this.#isThere(i, bytes, from, members.to(i) - from)) return false;
    }
    return true;
  }

  #isThere(index: number, bytes: Buffer, from: number, length: number): boolean {
    const wanted = this.#wanted[index]!;
    if (wanted === null) return length !== NULL.length || !standsAt(NULL, bytes, from);
    if (this.#isBeginning[index]! ? length < wanted.length : length !== wanted.length) return false;
    return standsAt(wanted, bytes, from);
  }
}

const NULL = Buffer.from('null');
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

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
