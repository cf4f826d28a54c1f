/**
 * The entries of a truth log, one a line. Connections are numbered from 0 in the order in which their upgrades were
 * decided, refused ones included. All times are microseconds of the machine's monotonic clock; in a file they are whole
 * numbers.
 */
export type TruthEntry = TruthStart | TruthOpen | TruthRefused | TruthMessage | TruthDelivery | TruthClose;

export const TRUTH_VERSION = 1;

/** The first entry. The periods of stalls, freezes and the like count from `startUs`. */
export interface TruthStart {
  readonly kind: 'start';
  readonly version: typeof TRUTH_VERSION;
  readonly startUs: number;
  readonly faults: readonly string[];
  readonly seed: number;
  readonly engine: string;
  readonly pid: number;
}

export interface TruthOpen {
  readonly kind: 'open';
  readonly connection: number;
  /** When the upgrade request was read. */
  readonly inUs: number;
  /** Just before the 101 was written. */
  readonly outUs: number;
}

export interface TruthRefused {
  readonly kind: 'refused';
  readonly connection: number;
  readonly inUs: number;
  /** The HTTP status of the answer, or `cut` or `hang`. */
  readonly how: number | 'cut' | 'hang';
}

export type Did =
  | 'echo'
  | 'dropped'
  | 'duplicated'
  /** Sent right after the reply to a later message of its connection. */
  | 'swapped'
  | 'altered'
  | 'misdelivered'
  /** Not answered, because its connection or the server ended first. */
  | 'closed';

/** One echoed message. Messages with another answer (`ping`, `stats`, errors, ...) have no entry. */
export interface TruthMessage {
  readonly kind: 'message';
  readonly connection: number;
  /** The number of the message on its connection, from 0. All messages count. */
  readonly ordinal: number;
  /** The number in the message: JSON field `sequence`, or the ten digits at the start of a binary message. */
  readonly sequence: number | null;
  /** At the first line of the message handler. */
  readonly inUs: number;
  /** Just before the reply was handed to the socket; null if there was no reply. */
  readonly outUs: number | null;
  readonly did: Did;
  /** Just before the second reply, if the message was answered twice; else null. */
  readonly copyUs: number | null;
  /** The connection that received the reply; null if none did. */
  readonly to: number | null;
}

export type DeliveryDid =
  | 'delivered'
  | 'dropped'
  | 'duplicated'
  /** Not sent, because its room is stuck. */
  | 'stuck'
  /** Not sent, because the connection that it was for, or the server, ended first. */
  | 'closed';

/** One message to a room and one connection that it is for. */
export interface TruthDelivery {
  readonly kind: 'delivery';
  /** The connection that sent it, and the number of the message there, from 0. */
  readonly connection: number;
  readonly ordinal: number;
  /** As in a `message` entry. */
  readonly sequence: number | null;
  readonly room: string;
  /** The connection that it is for. */
  readonly to: number;
  /** When the message came in. */
  readonly inUs: number;
  /** Just before it was handed to the socket; null if it was not. */
  readonly outUs: number | null;
  readonly did: DeliveryDid;
  /** Just before it was handed to the socket again, if it was; else null. */
  readonly copyUs: number | null;
}

export interface TruthClose {
  readonly kind: 'close';
  readonly connection: number;
  readonly atUs: number;
}

export type TruthSink = (entry: TruthEntry) => void;
