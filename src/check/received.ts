/** One message as it came. */
export interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** `performance.now()` when it was complete, ms. */
  readonly atMs: number;
}

export interface Closed {
  /** 1006 where no close frame came, 1005 where it had no code. */
  readonly code: number;
  readonly reason: string;
  /** A close frame came. */
  readonly clean: boolean;
  readonly atMs: number;
}

const SHOWN_BYTES = 120;

/** The first bytes of a message for people: text as it is, binary in hexadecimal. */
export function shown(data: Buffer | string, isBinary = false): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const size = bytes.length > SHOWN_BYTES ? ` ... (${bytes.length} bytes)` : '';
  const head = bytes.subarray(0, isBinary ? SHOWN_BYTES / 4 : SHOWN_BYTES);
  return `${isBinary ? `binary ${head.toString('hex')}` : head.toString('utf8')}${size}`;
}

/** `closed with 1001 "going away"`, `not closed`. */
export function shownClose(closed: Closed | null): string {
  if (closed === null) return 'not closed';
  return `closed with ${closed.code}${closed.reason === '' ? '' : ` "${closed.reason}"`}${closed.clean ? '' : ', no close frame'}`;
}
