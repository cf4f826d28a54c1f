import { standsAt } from './json-members.js';

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const CONTENT_LENGTH = Buffer.from('content-length:');
/** A length with more digits fits into no message. */
const MOST_DIGITS = 10;
const NOT_THERE = -1;
const FIRST_BYTES = 256;

/** Why no further message can be found in what a connection receives: one is too large. */
export type HeadedTrouble = 'message_size';

type Each = (bytes: Buffer, from: number, to: number) => void;

/**
 * Messages with a head of lines, ended by NUL (`heads.ts`), on one connection. They begin in one frame and end in a
 * later one, or share one. A message that lies in one frame is handed on in place; of one that does not, the bytes are
 * kept until it is whole.
 *
 *     frames     | MESSAGE LF LF hel |  | lo NUL LF RECEIPT LF rec |  | eipt-id:7 LF LF NUL |
 *     messages     MESSAGE LF LF hello   RECEIPT LF receipt-id:7 LF LF
 *
 * A frame of line ends alone is a message of its own, a heartbeat, unless a message is not whole yet.
 */
export class HeadedMessages {
  readonly #mostBytes: number;
  /** What came of the message that is not whole: its first `#keptBytes`. */
  #kept: Buffer = Buffer.alloc(0);
  #keptBytes = 0;
  readonly #end = new MessageEnd();
  #isBroken = false;

  /** `mostBytes`: a longer message is trouble, and is not waited for. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes of a message that is not whole. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /**
   * Calls `each` with every message that the bytes of a frame make whole. Null, or why it goes no further: then the
   * connection must end, and later frames are left alone.
   */
  take(bytes: Buffer, start: number, end: number, each: Each): HeadedTrouble | null {
    if (this.#isBroken) return null;
    if (this.#keptBytes === 0) {
      const from = messageStart(bytes, start, end);
      // Line ends alone: a heartbeat.
      if (from === end && end > start) each(bytes, start, end);
      return this.#split(bytes, from, end, each);
    }
    this.#keep(bytes, start, end);
    const [kept, size] = [this.#kept, this.#keptBytes];
    const to = this.#end.find(kept, 0, size);
    if (to === NOT_THERE) return this.#trouble(size);
    // What is handed on may lie in these bytes, so that the next message is kept in others.
    this.#kept = Buffer.alloc(0);
    this.#keptBytes = 0;
    this.#end.begin();
    if (to > 0) each(kept, 0, to);
    return this.#split(kept, messageStart(kept, to + 1, size), size, each);
  }

  /** Hands on what is whole from `start` on, where a message begins, and keeps the rest. */
  #split(bytes: Buffer, start: number, end: number, each: Each): HeadedTrouble | null {
    for (let from = start; from < end; ) {
      const to = this.#end.find(bytes, from, end);
      if (to === NOT_THERE) {
        this.#keep(bytes, from, end);
        return this.#trouble(end - from);
      }
      this.#end.begin();
      if (to > from) each(bytes, from, to);
      from = messageStart(bytes, to + 1, end);
    }
    return null;
  }

  #trouble(size: number): HeadedTrouble | null {
    this.#isBroken = Math.max(size, this.#end.leastBytes) > this.#mostBytes;
    return this.#isBroken ? 'message_size' : null;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const wanted = this.#keptBytes + to - from;
    if (this.#kept.length < wanted) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * wanted));
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptBytes, from, to);
    this.#keptBytes = wanted;
  }
}

/** Where the next message begins, behind the line ends that may follow a message; `end` if none does. */
function messageStart(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === LF || bytes[i] === CR)) i++;
  return i;
}

/**
 * Finds where a message ends: at its NUL. Its body may hold NUL if `content-length` says how long the body is; a length
 * behind which no NUL stands is not believed. However often a message is looked at while it grows, no byte of it is
 * looked at twice. Places count from the start of the message.
 */
class MessageEnd {
  /** Up to here it has been looked through. */
  #at = 0;
  /** Where the line begins that `#at` is in; not there in the command, which is no header. */
  #lineAt = NOT_THERE;
  /** Where the body begins; not there in the head. */
  #bodyAt = NOT_THERE;
  #length = NOT_THERE;

  /** Another message begins. */
  begin(): void {
    this.#at = 0;
    this.#lineAt = NOT_THERE;
    this.#bodyAt = NOT_THERE;
    this.#length = NOT_THERE;
  }

  /** How many bytes the message has at the least, as far as it is known. */
  get leastBytes(): number {
    return this.#bodyAt === NOT_THERE || this.#length === NOT_THERE ? 0 : this.#bodyAt + this.#length;
  }

  /** Where the message that begins at `from` has its NUL; -1 if that is not known yet. */
  find(bytes: Buffer, from: number, end: number): number {
    if (this.#bodyAt === NOT_THERE) {
      const to = this.#headEnd(bytes, from, end);
      if (to !== NOT_THERE) return to;
      if (this.#bodyAt === NOT_THERE) return NOT_THERE;
    }
    if (this.#length !== NOT_THERE) {
      const counted = from + this.#bodyAt + this.#length;
      if (counted >= end) return NOT_THERE;
      if (bytes[counted] === NUL) return counted;
      this.#length = NOT_THERE;
    }
    const found = bytes.subarray(from + this.#at, end).indexOf(NUL);
    if (found >= 0) return from + this.#at + found;
    this.#at = end - from;
    return NOT_THERE;
  }

  /** The NUL of a message without a body; -1 if its head goes on, or has ended: then `#bodyAt` is set. */
  #headEnd(bytes: Buffer, from: number, end: number): number {
    for (let i = from + this.#at; i < end; i++) {
      const byte = bytes[i];
      if (byte === NUL) return i;
      if (byte !== LF) continue;
      const at = this.#lineAt === NOT_THERE ? NOT_THERE : from + this.#lineAt;
      this.#lineAt = i + 1 - from;
      if (at === NOT_THERE) continue;
      if (i === at || (i === at + 1 && bytes[at] === CR)) {
        this.#bodyAt = i + 1 - from;
        this.#at = this.#bodyAt;
        return NOT_THERE;
      }
      if (this.#length === NOT_THERE && at + CONTENT_LENGTH.length < i && standsAt(CONTENT_LENGTH, bytes, at)) {
        this.#length = lengthAt(bytes, at + CONTENT_LENGTH.length, i);
      }
    }
    this.#at = end - from;
    return NOT_THERE;
  }
}

/** The number that stands there; -1 for none. */
function lengthAt(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  let i = at;
  for (; i < end && i < at + MOST_DIGITS; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return i === at ? NOT_THERE : value;
}
