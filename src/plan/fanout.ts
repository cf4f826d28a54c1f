import { type Cell, firstSlow, hasChurn, peakConnections, peakRate, sendingConnections } from './cell.js';

/** Whom a request reaches: everybody, everybody in the sender's room, or the others there (all others without rooms). */
export type Reach = 'all' | 'room' | 'others';

/** Which messages of a cell are delivered to many connections. */
export interface Fanout {
  /** By request; null for one that reaches nobody. */
  readonly reach: readonly (Reach | null)[];
  /** A message is missed by those who have not received it this long after it was sent. */
  readonly timeoutMs: number;
  /** Connection c is in room c mod rooms; null if there are none. */
  readonly rooms: number | null;
  /** Connections from this number on read slowly: they are owed nothing. Infinity if none does. */
  readonly slowFrom: number;
}

/** Null if no request of the cell reaches other connections. */
export function fanoutOf(cell: Cell): Fanout | null {
  const { wire } = cell;
  const reach = (wire?.requests ?? []).map(({ reaches = null }) => reaches);
  if (reach.every((each) => each === null)) return null;
  return { reach, timeoutMs: wire!.deliver!.timeoutMs, rooms: wire!.rooms, slowFrom: firstSlow(cell) };
}

/** Whether a message of `publisher` is owed to `subscriber`: connections numbered over the whole cell. */
export function isMember(fanout: Fanout, request: number, publisher: number, subscriber: number): boolean {
  return subscriber < fanout.slowFrom && isMeantFor(fanout, request, publisher, subscriber);
}

/** The same, with those who read slowly. */
export function isMeantFor({ reach, rooms }: Fanout, request: number, publisher: number, subscriber: number): boolean {
  const whom = reach[request];
  if (whom == null || (whom === 'others' && publisher === subscriber)) return false;
  return whom === 'all' || rooms === null || publisher % rooms === subscriber % rooms;
}

/** How many connections a message of `publisher` reaches when all of the cell are open; slow readers are not counted. */
export function membersOf(fanout: Fanout, request: number, publisher: number, all: number): number {
  const whom = fanout.reach[request];
  if (whom == null) return 0;
  const { rooms } = fanout;
  const connections = Math.min(all, fanout.slowFrom);
  const inRoom =
    whom === 'all' || rooms === null ? connections : Math.ceil((connections - (publisher % rooms)) / rooms);
  return whom === 'others' ? inRoom - 1 : inRoom;
}

/**
 * The board: shared memory in which the publishing worker notes each message before it is sent, and every worker what
 * its own connections received. All sizes are those of one cell.
 */
export interface BoardLayout {
  readonly workers: number;
  /** Messages that each worker can have on the board at once; a power of two. */
  readonly rows: number;
  /** Connections of one worker that send. */
  readonly publishers: number;
  /** Messages that the board finds again for each of them; a power of two. */
  readonly lastOfEach: number;
  /** Connections of one worker that a message can reach. */
  readonly subscribers: number;
  /** Connections of one worker that read slowly. */
  readonly slow: number;
}

/** More memory than this is refused. */
export const BOARD_MAX_BYTES = 256 * 1024 * 1024;
/** Rows stay until every worker has closed them, which takes a look each 100 ms and the stalls of a busy machine. */
const CLOSING_MS = 2000;
const SLACK = 2;
const ROWS_MIN = 64;
const LAST_MIN = 8;
/** Sequence, due and sent instants (8 bytes each); number of the row, request and publisher (4 bytes each). */
const ROW_BYTES = 3 * 8 + 3 * 4;
/** Of one worker about one row: delivered, expected, gone, first and last instant. */
export const COLUMN_WORDS = 5;

/** The board of a cell on so many workers; null if it has no fan-out. */
export function boardLayout(cell: Cell, workers: number): BoardLayout | null {
  const fanout = fanoutOf(cell);
  if (fanout === null) return null;
  const senders = sendingConnections(cell);
  const subscribers = Math.ceil(peakConnections(cell) / workers);
  const slow = Math.ceil(Math.max(0, peakConnections(cell) - fanout.slowFrom) / workers);
  // While a connection is replaced, any other one may send for it.
  const publishers = hasChurn(cell) ? subscribers : Math.ceil(senders / workers);
  const horizonS = (fanout.timeoutMs + CLOSING_MS) / 1000;
  const perSender = ((peakRate(cell) ?? 0) / senders) * horizonS * SLACK;
  return {
    ...{ workers, publishers, subscribers, slow },
    rows: powerOfTwo(ROWS_MIN + perSender * shareOf(cell) * publishers),
    lastOfEach: powerOfTwo(LAST_MIN + perSender),
  };
}

/** Bytes of the board, with the marks of what each connection has received. */
export function boardBytes(layout: BoardLayout): number {
  const { workers, rows, subscribers, slow } = layout;
  const marks = workers * rows * (Math.ceil(subscribers / 32) + Math.ceil(slow / 32)) * 4;
  return sharedBytes(layout) + workers * marks;
}

/** Bytes of the shared part. */
export function sharedBytes({ workers, rows, publishers, lastOfEach }: BoardLayout): number {
  const ofWorkers = 2 * workers + workers * workers;
  const index = workers * publishers * lastOfEach;
  return workers * rows * (ROW_BYTES + 4 * workers * COLUMN_WORDS) + 4 * (index + ofWorkers);
}

/** The most deliveries in a second of a cell, with all of its connections open. */
export function peakDeliveries(cell: Cell): number {
  const fanout = fanoutOf(cell);
  if (fanout === null) return 0;
  const most = Math.max(...fanout.reach.map((_, request) => membersOf(fanout, request, 0, peakConnections(cell))));
  return (peakRate(cell) ?? 0) * shareOf(cell) * most;
}

/** The share of messages that reach others. */
function shareOf({ wire }: Cell): number {
  const { requests, pick } = wire!;
  const weightOf = ({ weight }: { readonly weight: number }) => (pick === 'in turn' ? 1 : weight);
  const sum = (of: typeof requests) => of.reduce((total, request) => total + weightOf(request), 0);
  return sum(requests.filter(({ reaches }) => reaches !== undefined)) / sum(requests);
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
