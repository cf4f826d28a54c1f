/** Rows of data on their way to an agent: in pieces, each known by its SHA-256, so that none is sent twice in a run. */
import { createHash } from 'node:crypto';
import { usageError } from '../errors.js';
import type { Reuse, Used } from '../plan/hand-out.js';
import { rowNumbers, type WorkerRange } from '../plan/row-numbers.js';
import { NO_ROWS, type Row, type Rows } from '../plan/rows.js';
import { formatBytes } from '../units.js';

/** The size of a piece, bytes of JSON: about what fits one message of the bus. A longer row is a piece of its own. */
const PIECE_BYTES = 512 * 1024;
/** What an agent keeps for a run, bytes of JSON. */
const KEPT_MAX_BYTES = 256 * 1024 * 1024;
const ROWS_MAX = 2 ** 24;

/** Some rows. `sha256`: of them as JSON, hex. */
export interface RowPiece {
  readonly sha256: string;
  readonly rows: readonly Row[];
}

/** The rows of an agent's connections in one cell: pieces that it has or asks for. */
export interface NamedRows {
  /** How many rows the run has. */
  readonly total: number;
  /** SHA-256 of each piece, hex. Their rows, one piece after the other, are those of `rowNumbers`. */
  readonly pieces: readonly string[];
  /** Bytes of JSON of all pieces. */
  readonly bytes: number;
}

/** Rows in pieces. */
export function piecesOf({ total, rows }: Rows): { readonly named: NamedRows; readonly pieces: readonly RowPiece[] } {
  const pieces: RowPiece[] = [];
  let bytes = 0;
  let texts: string[] = [];
  let held = 0;
  const cut = (end: number) => {
    const text = `[${texts.join(',')}]`;
    pieces.push({ sha256: sha256Of(text), rows: rows.slice(end - texts.length, end) });
    bytes += Buffer.byteLength(text);
    texts = [];
    held = 0;
  };
  for (const [place, row] of rows.entries()) {
    const text = JSON.stringify(row);
    if (texts.length > 0 && held + text.length > PIECE_BYTES) cut(place);
    texts.push(text);
    held += text.length;
  }
  if (texts.length > 0) cut(rows.length);
  return { named: { total, pieces: pieces.map(({ sha256 }) => sha256), bytes }, pieces };
}

/** What an agent has of the rows of its run. */
export class RowStore {
  readonly #mostBytes: number;
  /** By SHA-256. Oldest first. */
  readonly #kept = new Map<string, { readonly rows: readonly Row[]; readonly bytes: number }>();
  #bytes = 0;

  constructor(mostBytes = KEPT_MAX_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Takes a piece. The oldest ones go where it would be too many. Throws WsurgeError 104 if it is not what it says. */
  add({ sha256, rows }: RowPiece): void {
    if (!isRows(rows)) throw usageError('bad_rows', 'the rows of the order are none', 'run it again');
    const text = JSON.stringify(rows);
    if (sha256Of(text) !== sha256) {
      throw usageError('wrong_hash', 'the SHA-256 of rows is another one than the order says', 'run it again');
    }
    if (this.#kept.has(sha256)) return;
    const bytes = Buffer.byteLength(text);
    this.#kept.set(sha256, { rows, bytes });
    this.#bytes += bytes;
    for (const [oldest, piece] of this.#kept) {
      if (this.#bytes <= this.#mostBytes || oldest === sha256) return;
      this.#kept.delete(oldest);
      this.#bytes -= piece.bytes;
    }
  }

  /** Pieces that are not here. The others are kept the longest. Throws WsurgeError 104 if there is no room for all. */
  missing({ total, pieces, bytes }: NamedRows): string[] {
    if (!(Number.isSafeInteger(total) && total >= 0 && total <= ROWS_MAX)) {
      throw usageError('rows_too_large', `a run of ${total} rows is none`, `use at most ${ROWS_MAX} rows of data`);
    }
    if (bytes > this.#mostBytes) {
      const message = `the rows of its connections have ${formatBytes(bytes)}, and it keeps ${formatBytes(this.#mostBytes)}`;
      throw usageError(
        'rows_too_large',
        message,
        'give each agent less: more agents, or fewer or shorter rows of data',
      );
    }
    return pieces.filter((sha256) => {
      const piece = this.#kept.get(sha256);
      if (piece === undefined) return true;
      this.#kept.delete(sha256);
      this.#kept.set(sha256, piece);
      return false;
    });
  }

  /** The rows of an agent's connections. Throws WsurgeError 104 if the pieces are others. */
  rowsOf(range: WorkerRange, named: NamedRows | undefined, reuse: Reuse, used: Used): Rows {
    if (named === undefined || named.total === 0) return NO_ROWS;
    const { total, pieces } = named;
    const numbers = rowNumbers(range, total, reuse, used);
    const rows: Row[] = [];
    for (const sha256 of pieces) {
      if (rows.length <= numbers.length) for (const row of this.#kept.get(sha256)?.rows ?? []) rows.push(row);
    }
    if (rows.length !== numbers.length) {
      const message = `the rows of the order are not the ${numbers.length} that its connections need`;
      throw usageError('bad_rows', message, 'use the same version of wsurge on both');
    }
    return numbers.length === total ? { total, rows } : { total, rows, numbers };
  }
}

function isRows(rows: unknown): rows is readonly Row[] {
  const isRow = (row: unknown) =>
    typeof row === 'object' && row !== null && Object.values(row).every((value) => typeof value === 'string');
  return Array.isArray(rows) && rows.every(isRow);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
