import { type Content, contentOf, messageWith, repeats } from './echo-form.js';
import type { Expectations } from './expectations.js';
import type { Unasked } from './look/heard.js';
import { hasShape, outlineOf, type Shape, shapeOf } from './look/shape.js';
import { type Received, shown } from './received.js';

/** Messages that no check asked for, in all checks together. They are counted and never taken for a reply. */
export class SetAside {
  readonly #shapes: Shape[];
  readonly #greetings: number;
  #count = 0;
  #first: string | null = null;
  #passedOn: string | null = null;

  /** `unasked`: the unrequested messages of the first look. */
  constructor(unasked: Pick<Unasked, 'greetings' | 'shapes'> | null) {
    this.#greetings = unasked?.greetings ?? 0;
    this.#shapes = distinct(unasked?.shapes ?? []);
  }

  get count(): number {
    return this.#count;
  }

  /** The first one, as text for people; null if there was none. */
  get first(): string | null {
    return this.#first;
  }

  /** Recognises such messages on one connection; null if the server never sends any. */
  sorting(expects: Expectations): Sorting | null {
    return this.#greetings === 0 && this.#shapes.length === 0 ? null : new Sorting(this, this.#greetings, expects);
  }

  isKnown(message: Received): boolean {
    if (this.#shapes.length === 0) return false;
    const outline = outlineOf(message);
    return this.#shapes.some((shape) => hasShape(shape, outline));
  }

  note({ data, isBinary }: Received): void {
    this.#count += 1;
    this.#first ??= shown(data, isBinary);
  }

  /** The first message of one wsurge connection that arrived on another; null if there was none. */
  get passedOn(): string | null {
    return this.#passedOn;
  }

  notePassedOn(message: Received): void {
    this.note(message);
    this.#passedOn ??= shown(message.data, message.isBinary);
  }

  /** From now on messages like this one are recognised. */
  learn(message: Received): void {
    this.note(message);
    if (this.#shapes.length < MOST_SHAPES && !this.isKnown(message)) this.#shapes.push(shapeOf(message, []));
  }
}

const MOST_SHAPES = 50;

function distinct(shapes: readonly Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [`${shape.head}\n${shape.tail}`, shape])).values()].slice(0, MOST_SHAPES);
}

/** A reply with other spacing or order of keys is compared with this many of the last messages. */
const MOST_COMPARED = 256;

/** Remembers what one connection sent, so that an echo of it is never set aside. */
export class Sorting {
  readonly #all: SetAside;
  readonly #expects: Expectations;
  readonly #sent = new Set<string>();
  #greetingsLeft: number;

  constructor(all: SetAside, greetings: number, expects: Expectations) {
    this.#all = all;
    this.#greetingsLeft = greetings;
    this.#expects = expects;
  }

  sent(data: string | Buffer): void {
    if (typeof data === 'string') this.#sent.add(data);
  }

  /** Is this a message that nobody asked for? If so, counts it. */
  takes(message: Received): boolean {
    if (this.#isEcho(message)) return false;
    if (this.#greetingsLeft > 0) this.#greetingsLeft -= 1;
    else if (!this.#all.isKnown(message)) return false;
    this.#all.note(message);
    return true;
  }

  #isEcho({ data, isBinary }: Received): boolean {
    const { echo } = this.#expects;
    if (echo === null || isBinary || this.#sent.size === 0) return false;
    const reply = data.toString('utf8');
    const content = contentOf(echo, reply);
    if (content !== undefined && this.#sent.has(messageWith(echo, content as Content))) return true;
    if (echo.carrier !== null) return false;
    if (this.#sent.has(reply)) return true;
    return [...this.#sent].slice(-MOST_COMPARED).some((sent) => repeats(echo, null, sent, reply));
  }
}
