/** Looks into replies to requests. */
export interface ReplyCheck {
  /**
   * False if the reply to a request does not hold what it must. Captures what the request captures; `nowUs` is when the
   * reply came.
   */
  accepts(message: AnsweredMessage, reply: Buffer, nowUs: number): boolean;
}

/** A message whose reply is looked into. Its connection is numbered within the worker. */
export interface AnsweredMessage {
  readonly connection: number;
  readonly ordinal: number;
  readonly request: number;
  readonly sequence: number;
}

/** The counter of a message that nothing explains: `counted`, `duties`, or still `unexpected`. */
export type Unexplained = (connection: number, bytes: Buffer, start: number, end: number) => number;
