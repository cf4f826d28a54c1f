import { JsonMembers } from './json-members.js';

/** Where a wanted member is found in a message: the scan that it belongs to, and its number there. */
export interface WantedMember {
  readonly scan: MemberScan;
  readonly number: number;
}

/**
 * One look through the JSON of a message for everything that anybody wants to know of it: each rule and the number of
 * the reply ask for members, and each message is read once. `begin` must be called for every message. A message whose
 * JSON does not begin at its start is not its matter.
 */
export class MemberScans {
  readonly #object = new MemberScan();
  readonly #array = new MemberScan();

  /** The next message. */
  begin(): void {
    this.#object.begin();
    this.#array.begin();
  }

  /** Asks for members of an object, or for elements of an array. To be called before the first message. */
  want(names: readonly string[]): readonly WantedMember[] {
    const scan = names.every((name) => /^\d+$/.test(name)) ? this.#array : this.#object;
    return names.map((name) => ({ scan, number: scan.want(name) }));
  }
}

export class MemberScan {
  readonly #names: string[] = [];
  #members = new JsonMembers([]);
  #isDone = false;

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
      this.#members.find(bytes, start, end);
      this.#isDone = true;
    }
    return this.#members;
  }
}
