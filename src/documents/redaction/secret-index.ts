/**
 * Finds any of many patterns in a text, in time that grows with the text and not with the number or length of the
 * patterns. Four units in a row point to the patterns that begin so; whether one of these stands there is told by
 * hashes of the whole (Rabin and Karp), at the same cost for four characters and for a million.
 */

/** A pattern has at least this many units. */
export const ANCHOR_UNITS = 4;

/** Prime below 2^31. With bases below 2^21 every product in `step` stays a whole number below 2^53. */
const PRIME = 2_147_483_647;
const BASES = [1_000_003, 1_315_423] as const;
/** The second hash gives the lower 22 bits of a key, the first its upper 31. */
const LOWER = 2 ** 22;

/** Found at `at`, counted in units of what was searched; `length` units long. */
export type Found<T> = (pattern: T, at: number, length: number) => void;

export class SecretIndex<T> {
  /** By anchor, then length, then hash of the whole. */
  readonly #byAnchor = new Map<number, Map<number, Map<number, T[]>>>();
  /** 1 where some anchor has these upper 16 bits: nearly every place of a text is done with after one look. */
  readonly #filter = new Uint8Array(65_536);

  get isEmpty(): boolean {
    return this.#byAnchor.size === 0;
  }

  add(units: Uint16Array, pattern: T): void {
    const anchor = anchorAt(units, 0);
    this.#filter[anchor >>> 16] = 1;
    const byHash = child(child(this.#byAnchor, anchor), units.length);
    const key = new Hashes(units, units.length).key(0, units.length);
    const same = byHash.get(key);
    if (same === undefined) byHash.set(key, [pattern]);
    else same.push(pattern);
  }

  /** False where no pattern stands in the text as it is; `unitOf` gives the unit to search for each of its own. */
  mayOccur(text: string, unitOf: (unit: number) => number): boolean {
    let [a, b, c] = [0, unitOf(text.charCodeAt(0)), unitOf(text.charCodeAt(1))];
    let d = unitOf(text.charCodeAt(2));
    for (let at = 3; at < text.length; at++) {
      [a, b, c, d] = [b, c, d, unitOf(text.charCodeAt(at))];
      if (this.#filter[mixed(a, b, c, d) >>> 16] === 1) return true;
    }
    return false;
  }

  /** Calls back for every pattern in the first `length` units, overlapping ones too. */
  search(units: Uint16Array, length: number, found: Found<T>): void {
    let hashes: Hashes | null = null;
    for (let at = 0; at + ANCHOR_UNITS <= length; at++) {
      const anchor = anchorAt(units, at);
      if (this.#filter[anchor >>> 16] === 0) continue;
      const byLength = this.#byAnchor.get(anchor);
      if (byLength === undefined) continue;
      hashes ??= new Hashes(units, length);
      for (const [size, byHash] of byLength) {
        if (at + size > length) continue;
        for (const pattern of byHash.get(hashes.key(at, size)) ?? []) found(pattern, at, size);
      }
    }
  }
}

function child<V>(map: Map<number, Map<number, V>>, key: number): Map<number, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

function anchorAt(units: Uint16Array, at: number): number {
  return mixed(units[at]!, units[at + 1]!, units[at + 2]!, units[at + 3]!);
}

function mixed(a: number, b: number, c: number, d: number): number {
  const sum = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^ Math.imul(d, 0x27d4eb2f);
  return Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) >>> 0;
}

/** Hashes of every stretch of some units, each at a fixed cost once the hashes of all beginnings are known. */
class Hashes {
  readonly #prefixes: readonly [Int32Array, Int32Array];
  readonly #powers: readonly [Int32Array, Int32Array];

  constructor(units: Uint16Array, length: number) {
    const tables = BASES.map((base) => {
      const prefix = new Int32Array(length + 1);
      const power = new Int32Array(length + 1);
      power[0] = 1;
      for (let i = 0; i < length; i++) {
        prefix[i + 1] = (prefix[i]! * base + units[i]! + 1) % PRIME;
        power[i + 1] = (power[i]! * base) % PRIME;
      }
      return { prefix, power };
    });
    this.#prefixes = [tables[0]!.prefix, tables[1]!.prefix];
    this.#powers = [tables[0]!.power, tables[1]!.power];
  }

  key(at: number, length: number): number {
    return this.#hash(0, at, length) * LOWER + (this.#hash(1, at, length) % LOWER);
  }

  #hash(table: 0 | 1, at: number, length: number): number {
    const prefix = this.#prefixes[table];
    const before = product(prefix[at]!, this.#powers[table][length]!);
    return (prefix[at + length]! - before + PRIME) % PRIME;
  }
}

/** a b mod PRIME without leaving the whole numbers: the first factor goes in halves. */
function product(a: number, b: number): number {
  const upper = Math.floor(a / 65_536);
  return (((upper * b) % PRIME) * 65_536 + (a - upper * 65_536) * b) % PRIME;
}
