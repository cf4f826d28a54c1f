import { JsonMembers } from './json-members.js';

/** Where a wanted member is found in a message: the scan it belongs to, and its number there. */
export interface WantedMember {
  readonly scan: MemberScan;
  readonly number: number;
}

/**
 * One look through the JSON of a message for everything that anybody wants to know of it: each rule and the number of
 * the reply ask for members, and each message is read once. `begin` must be called for every message.
 */
export class MemberScans {
  readonly #scans: MemberScan[] = [];

  /** The next message. */
  begin(): void {
    for (let i = 0; i < this.#scans.length; i++) this.#scans[i]!.begin();
  }

  /** Asks for members of JSON that begins `offset` bytes into a message. To be called before the first message. */
  want(names: readonly string[], offset = 0): readonly WantedMember[] {
    const isArray = names.every(isIndex);
    let scan = this.#scans.find((each) => each.offset === offset && each.isArray === isArray);
    if (scan === undefined) {
      scan = new MemberScan(offset, isArray);
      this.#scans.push(scan);
    }
    const found = scan;
    return names.map((name) => ({ scan: found, number: found.want(name) }));
  }
}

export class MemberScan {
  readonly offset: number;
  readonly isArray: boolean;
  readonly #names: string[] = [];
  #members = new JsonMembers([]);
  #isDone = false;

  constructor(offset: number, isArray: boolean) {
    this.offset = offset;
    this.isArray = isArray;
  }

  want(name: string): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    this.#members = new JsonMembers([...this.#names, name]);
    return this.#names.push(name) - 1;
  }

  begin(): void {
    this.#isDone = false;
  }

  /** What is found in the message from `start` to `end`. */
  of(bytes: Buffer, start: number, end: number): JsonMembers {
    if (!this.#isDone) {
      this.#members.find(bytes, start + this.offset, end);
      this.#isDone = true;
    }
    return this.#members;
  }
}

function isIndex(name: string): boolean {
  return /^\d+$/.test(name);
}
