/**
 * What a truth log holds, one entry a line. Connections are numbered from 0 in the order in which their upgrades were
 * let in, refused ones included. All instants are microseconds of the machine's monotonic clock, whole in a file.
 */
export type TruthEntry = TruthStart | TruthOpen | TruthRefused | TruthMessage | TruthClose;

export const TRUTH_VERSION = 1;

/** The first entry. Stalls, freezes and the like count their periods from `startUs`. */
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
  /** The line before the 101 was written. */
  readonly outUs: number;
}

export interface TruthRefused {
  readonly kind: 'refused';
  readonly connection: number;
  readonly inUs: number;
  /** The HTTP status it got, `cut` or `hang`. */
  readonly how: number | 'cut' | 'hang';
}

export type Did =
  | 'echo'
  | 'dropped'
  | 'duplicated'
  /** Left right after the reply to a later message of its connection. */
  | 'swapped'
  | 'altered'
  | 'misdelivered'
  /** Not answered, because its connection or the server ended before. */
  | 'closed';

/** One echoed message. Those that are answered otherwise (`ping`, `stats`, errors, ...) have no entry. */
export interface TruthMessage {
  readonly kind: 'message';
  readonly connection: number;
  /** Which message of its connection it is, from 0, all messages counted. */
  readonly ordinal: number;
  /** The number it carries: JSON field `sequence`, or the ten digits a binary message begins with. */
  readonly sequence: number | null;
  /** First line of the message handler. */
  readonly inUs: number;
  /** The line before the reply was handed to the socket; null where none was. */
  readonly outUs: number | null;
  readonly did: Did;
  /** The same for the second reply of a duplicated one; else null. */
  readonly copyUs: number | null;
  /** The connection that got the reply; null where none did. */
  readonly to: number | null;
}

export interface TruthClose {
  readonly kind: 'close';
  readonly connection: number;
  readonly atUs: number;
}

export type TruthSink = (entry: TruthEntry) => void;
