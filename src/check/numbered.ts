import { formatCounted } from '../units.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { type EchoMessage, echoContent, echoMessage, numberOf } from './echo.js';
import { type Received, shown } from './received.js';

/** How every mark begins. */
const MARK = 'wsurge-';
let marks = 0;

/**
 * Numbered messages of one connection. Each has a mark that no other connection uses. By the mark a reply is told from
 * unrequested messages, and from messages of other connections that the server passes on.
 */
export class Numbered {
  readonly #context: CheckContext;
  readonly #mark = `${MARK}${++marks}-`;
  #othersCount = 0;
  #firstOther: Received | null = null;

  /** From now on the connection keeps messages with its mark, and those that `isAwaited` accepts. */
  constructor(context: CheckContext, socket: CheckSocket, isAwaited: (message: Received) => boolean = () => false) {
    this.#context = context;
    socket.keepOnly((message) => {
      if (message.data.includes(this.#mark) || isAwaited(message)) return true;
      this.#setAside(message);
      return false;
    });
  }

  message(number: number, padBytes?: number): EchoMessage {
    const pad = padBytes === undefined ? {} : { pad: 'x'.repeat(padBytes) };
    return echoMessage(this.#context.expects, { number, by: this.#mark, ...pad });
  }

  /** The number in each reply; NaN if it has none. */
  numbersIn(replies: readonly Received[]): number[] {
    return replies.map((reply) => numberOf(echoContent(this.#context.expects, reply)));
  }

  /** A remark about messages that are not replies, for the case that replies are lost; empty if there are none. */
  get othersText(): string {
    if (this.#firstOther === null) return '';
    const { data, isBinary } = this.#firstOther;
    return `; ${formatCounted(this.#othersCount, 'other message')} came: ${shown(data, isBinary)}`;
  }

  #setAside(message: Received): void {
    this.#othersCount += 1;
    this.#firstOther ??= message;
    if (message.data.includes(MARK)) this.#context.setAside?.notePassedOn(message);
    else this.#context.setAside?.learn(message);
  }
}
