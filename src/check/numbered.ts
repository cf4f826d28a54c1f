import { formatCounted } from '../units.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { type EchoMessage, messageOn, numberOf, replyContent } from './echo.js';
import { type Received, shown } from './received.js';

/** How every mark begins. */
const MARK = 'wsurge-';
let marks = 0;

/**
 * Numbered messages of one connection. Each has a mark that no other connection uses. By the mark a reply is told from
 * unrequested messages, and from messages of other connections that the server passes on. Requests of the profile have
 * numbers of their own, by which the same is told.
 */
export class Numbered {
  readonly #context: CheckContext;
  readonly #socket: CheckSocket;
  /** By the number of each request: the number of the message that it stands for. */
  readonly #numberOf = new Map<number, number>();
  readonly #mark = `${MARK}${++marks}-`;
  #othersCount = 0;
  #firstOther: Received | null = null;

  /** From now on the connection keeps messages with its mark, and those that `isAwaited` accepts. */
  constructor(context: CheckContext, socket: CheckSocket, isAwaited: (message: Received) => boolean = () => false) {
    this.#context = context;
    this.#socket = socket;
    socket.keepOnly((message) => {
      if (message.answers !== undefined || message.data.includes(this.#mark) || isAwaited(message)) return true;
      this.#setAside(message);
      return false;
    });
  }

  message(number: number, padBytes?: number): EchoMessage {
    const pad = padBytes === undefined ? {} : { pad: 'x'.repeat(padBytes) };
    const message = messageOn(this.#context, this.#socket, { number, by: this.#mark, ...pad });
    if (this.#isAsking) this.#numberOf.set(numberOf(message.content), number);
    return message;
  }

  /** Replies in the order of the messages that they answer. Those to requests may come in any order. */
  inOrder(replies: readonly Received[]): readonly Received[] {
    if (!this.#isAsking) return replies;
    const rank = ({ answers = Number.MAX_SAFE_INTEGER }: Received) => answers;
    return [...replies].sort((one, other) => rank(one) - rank(other));
  }

  /** The number that a message was made with. */
  numberIn({ content }: EchoMessage): number {
    const number = numberOf(content);
    return this.#isAsking ? this.#numberOf.get(number)! : number;
  }

  /** The number in each reply; NaN if it has none. */
  numbersIn(replies: readonly Received[]): number[] {
    return replies.map((reply) => {
      const number = numberOf(replyContent(this.#context, reply));
      return this.#isAsking ? (this.#numberOf.get(number) ?? Number.NaN) : number;
    });
  }

  get #isAsking(): boolean {
    return this.#context.expects.requests !== null;
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
    if (this.#isAsking) this.#context.setAside?.note(message);
    else if (message.data.includes(MARK)) this.#context.setAside?.notePassedOn(message);
    else this.#context.setAside?.learn(message);
  }
}
