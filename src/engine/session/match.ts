import { includes } from '../../dialect/subset.js';
import type { WireMatch, WireMembers, WirePath } from '../../dialect/wire.js';
import { JsonMembers, standsAt } from './json-members.js';
import type { MemberScans, WantedMember } from './member-scans.js';
import { Needle } from './needle.js';

/** A match that is ready to be asked about messages in place. */
export class Match {
  readonly #binary: boolean;
  readonly #starts: Buffer | null;
  readonly #has: readonly Needle[];
  readonly #members: WantedMembers | null;
  readonly #inside: { readonly member: Places; readonly members: WantedMembers } | null;
  readonly #json: { readonly at: WirePath; readonly subset: unknown } | null;

  /**
   * `fill`: fills in the tokens of its texts. `scans`: shared with others that look at the same messages; whoever shares
   * them begins them.
   */
  constructor(match: WireMatch, fill: (text: string) => string = (text) => text, scans: MemberScans | null = null) {
    const { binary = false, starts, has = [], members, inside, json } = match;
    // JSON behind `starts` does not begin where that of others does.
    const shared = starts === undefined ? scans : null;
    this.#binary = binary;
    this.#starts = starts === undefined ? null : Buffer.from(fill(starts));
    this.#has = has.map((part) => new Needle(fill(part)));
    this.#members = members === undefined ? null : new WantedMembers(members, fill, shared);
    this.#inside =
      inside === undefined
        ? null
        : { member: new Places([inside.member], shared), members: new WantedMembers(inside.members, fill, null) };
    this.#json = json === undefined ? null : { at: json.at, subset: JSON.parse(fill(json.subset)) };
  }

  /** Where the JSON of a message begins: at its start, or at the first bracket behind `starts`. */
  jsonAt(bytes: Buffer, start: number, end: number): number {
    if (this.#starts === null) return start;
    let at = start + this.#starts.length;
    while (at < end && bytes[at] !== OPEN_BRACKET && bytes[at] !== OPEN_BRACE) at++;
    return at;
  }

  /** `isBinary`: the message came in a binary frame. */
  fits(bytes: Buffer, start: number, end: number, isBinary = false): boolean {
    if (this.#binary && !isBinary) return false;
    if (!this.#begins(bytes, start, end)) return false;
    for (let i = 0; i < this.#has.length; i++) if (!this.#has[i]!.occursIn(bytes, start, end)) return false;
    if (this.#members !== null && !this.#members.areIn(bytes, this.jsonAt(bytes, start, end), end)) return false;
    if (this.#inside !== null && !this.#isInside(this.#inside, bytes, start, end)) return false;
    return this.#json === null || this.#hasJson(this.#json, bytes, start, end);
  }

  #begins(bytes: Buffer, start: number, end: number): boolean {
    const starts = this.#starts;
    return starts === null || (start + starts.length <= end && standsAt(starts, bytes, start));
  }

  #isInside(
    { member, members }: { readonly member: Places; readonly members: WantedMembers },
    ...[bytes, start, end]: [Buffer, number, number]
  ): boolean {
    const found = member.look(bytes, this.jsonAt(bytes, start, end), end);
    return found.from[0]! >= 0 && members.areIn(bytes, found.from[0]!, found.to[0]!);
  }

  #hasJson({ at, subset }: { readonly at: WirePath; readonly subset: unknown }, ...of: [Buffer, number, number]) {
    const [bytes, start, end] = of;
    const value = valueAt(jsonOf(bytes, this.jsonAt(bytes, start, end), end), at);
    if (value === undefined) return false;
    return includes(typeof value === 'string' && typeof subset !== 'string' ? parsed(value) : value, subset);
  }
}

/** Where members of a message are: found by a look of its own, or by one that others share. */
class Places {
  readonly #own: JsonMembers | null;
  readonly #shared: readonly WantedMember[];
  /** Of what is shared, the part that was wanted here. */
  readonly #found: { readonly from: Int32Array; readonly to: Int32Array };

  constructor(names: readonly string[], scans: MemberScans | null) {
    this.#own = scans === null ? new JsonMembers(names) : null;
    this.#shared = scans?.want(names) ?? [];
    this.#found = { from: new Int32Array(names.length), to: new Int32Array(names.length) };
  }

  /** Begin and end of each, in the order of the names; -1 for not there. Valid until the next look. */
  look(bytes: Buffer, start: number, end: number): { readonly from: Int32Array; readonly to: Int32Array } {
    if (this.#own !== null) {
      this.#own.find(bytes, start, end);
      return this.#own;
    }
    const { from, to } = this.#found;
    for (let i = 0; i < this.#shared.length; i++) {
      const { scan, number } = this.#shared[i]!;
      const members = scan.of(bytes, start, end);
      from[i] = members.from[number]!;
      to[i] = members.to[number]!;
    }
    return this.#found;
  }
}

/** Members of an object, or elements of an array, and what each must be. */
class WantedMembers {
  readonly #places: Places;
  /** Null: anything but `null`. */
  readonly #wanted: readonly (Buffer | null)[];
  /** True for a text that is only the beginning. */
  readonly #isBeginning: readonly boolean[];

  constructor(wanted: WireMembers, fill: (text: string) => string, scans: MemberScans | null) {
    const texts = Object.values(wanted);
    this.#places = new Places(Object.keys(wanted), scans);
    this.#isBeginning = texts.map((text) => text?.endsWith('*') ?? false);
    this.#wanted = texts.map((text) => (text === null ? null : Buffer.from(fill(text.replace(/\*$/, '')))));
  }

  areIn(bytes: Buffer, start: number, end: number): boolean {
    const { from, to } = this.#places.look(bytes, start, end);
    for (let i = 0; i < this.#wanted.length; i++) {
      if (from[i]! < 0 || !this.#isThere(i, bytes, from[i]!, to[i]! - from[i]!)) return false;
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
