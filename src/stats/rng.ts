/**
 * Seeded random numbers: the same seed gives the same numbers on every machine. For plans and resampling, never for
 * secrets. Generator: xoshiro128** by David Blackman and Sebastiano Vigna
 * (https://prng.di.unimi.it/xoshiro128starstar.c, public domain), its state filled by a 32-bit SplitMix.
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: any integer; only its low 32 bits count. */
  constructor(seed: number) {
    this.#a = mix(seed + 0x9e3779b9);
    this.#b = mix(seed + 0x3c6ef372);
    this.#c = mix(seed + 0xdaa66d2b);
    this.#d = mix(seed + 0x78dde6e4);
  }

  /** The next integer, 0 to 2^32 - 1. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled;
  }

  /** The next number in [0, 1), with 53 random bits. */
  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** The next whole number in [0, bound), bound <= 2^32. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}

/**
 * One 32-bit seed from several names and numbers. Their order and boundaries count: ('ab', 'c') differs from ('a',
 * 'bc').
 */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = FNV_OFFSET;
  for (const part of parts) {
    if (typeof part === 'number' && part === (part | 0)) {
      hash = mixIn(hash, part);
      continue;
    }
    // Strings, and numbers beyond 32 bits by their decimal text: FNV-1a over UTF-16 units.
    const text = String(part);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = mix(hash ^ 0x5bd1e995);
  }
  return hash >>> 0;
}

/** The same as `seedOf(a, b, c)` of whole numbers of 32 bits, for where it is needed for every message. */
export function seedOfNumbers(a: number, b: number, c: number): number {
  return mixIn(mixIn(mixIn(FNV_OFFSET, a), b), c) >>> 0;
}

function mixIn(hash: number, part: number): number {
  return mix(hash ^ Math.imul(part, 0x9e3779b1));
}

const FNV_OFFSET = 0x811c9dc5;

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit moves every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
