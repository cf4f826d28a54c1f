/**
 * Messages between machines, as request and answer only. A message without an answer may be lost on the way, so
 * nothing is ever just published.
 */
import type { WsurgeError } from '../errors.js';

/** Headers are short texts: letters, digits and `-_.:/`. The body is bytes. */
export interface BusMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type BusHandler = (message: BusMessage) => BusMessage | Promise<BusMessage>;

/** One connection to a broker. It connects anew by itself when it is cut. */
export interface Bus {
  /** The largest body of one message, bytes. */
  readonly maxPayloadBytes: number;
  /** Whether secrets may cross: the broker is on this machine, or the connection is encrypted. */
  readonly isPrivate: boolean;
  /** Why the broker is not there (103 or 104); null while it is. */
  readonly away: WsurgeError | null;
  /** How often it had to connect anew. */
  readonly reconnects: number;
  /** Asks whoever answers first. Rejects with a BusError. */
  request(subject: string, message: BusMessage, timeoutMs: number): Promise<BusMessage>;
  /** Asks all. Resolves with what they answered, once nothing has come for `quietMs`. */
  requestMany(subject: string, message: BusMessage, quietMs: number): Promise<readonly BusMessage[]>;
  /** Answers requests on a subject until the returned function is called. */
  answer(subject: string, handler: BusHandler): () => void;
  /** Resolves when the broker has heard of every `answer`, and has refused what it does not allow. */
  heard(): Promise<void>;
  close(): Promise<void>;
}

/** `nobody`: no one listens on the subject. `silence`: no answer in time. `closed`: this connection is over. */
export type BusErrorCode = 'nobody' | 'silence' | 'closed';

export class BusError extends Error {
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
