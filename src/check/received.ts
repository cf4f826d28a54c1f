import { formatCount } from '../units.js';

/** One received message. */
export interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** `performance.now()` when it was complete, ms. */
  readonly atMs: number;
  /** The number of the request that it answers; absent if the profile has none, or if it answers none. */
  readonly answers?: number;
  /** It is a reply that says no, by a rule of the profile. */
  readonly fails?: boolean;
  /** It has the number of a request that another connection sent. */
  readonly isAnothers?: boolean;
}

export interface Closed {
  /** 1006 if no close frame came, 1005 if it had no code. */
  readonly code: number;
  readonly reason: string;
  /** A close frame came. */
  readonly clean: boolean;
  readonly atMs: number;
}

const SHOWN_BYTES = 120;
/** Bytes to read beyond those shown, so that the last character is complete. */
const SPARE_BYTES = 80;
const CHARACTERS = new Intl.Segmenter();

/** The first bytes of a message for people: text as it is and in whole characters, binary in hexadecimal. */
export function shown(data: Buffer | string, isBinary = false): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const size = bytes.length > SHOWN_BYTES ? ` ... (${formatCount(bytes.length)} bytes)` : '';
  if (isBinary) return `binary ${bytes.subarray(0, SHOWN_BYTES / 4).toString('hex')}${size}`;
  return `${size === '' ? bytes.toString('utf8') : headOf(bytes.subarray(0, SHOWN_BYTES + SPARE_BYTES).toString('utf8'), SHOWN_BYTES)}${size}`;
}

/** As many whole characters (as people see them) as fit into that many bytes. */
export function headOf(text: string, mostBytes: number): string {
  let head = '';
  let length = 0;
  for (const { segment } of CHARACTERS.segment(text)) {
    length += Buffer.byteLength(segment);
    if (length > mostBytes) return head;
    head += segment;
  }
  return head;
}

/** `1008 "rate limit"`. */
export function codeText({ code, reason }: Pick<Closed, 'code' | 'reason'>): string {
  return reason === '' ? String(code) : `${code} "${reason}"`;
}

/** `closed with 1001 "going away"`, `not closed`. */
export function shownClose(closed: Closed | null): string {
  if (closed === null) return 'not closed';
  return `closed with ${codeText(closed)}${closed.clean ? '' : ', no close frame'}`;
}
