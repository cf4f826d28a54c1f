import type { Wire } from '../dialect/wire.js';
import { type Cell, peakConnections } from '../plan/cell.js';
import { sends } from '../plan/cells.js';
import { type SessionValues, sessionNames } from '../plan/fill.js';
import { usedBeforeCanary } from '../plan/hand-out.js';
import { NO_REQUEST } from '../plan/mix.js';
import { ID_SLOTS_MAX, idOf } from '../plan/packet-ids.js';
import { type BuiltMessages, type PayloadSource, payloadSource } from '../plan/payload.js';
import type { Row } from '../plan/rows.js';
import { sequenceOf } from '../plan/sequence.js';
import { PROTOCOLS } from '../profile/protocols.js';

/** One message of the test connection. */
export interface CanaryMessage {
  /** The index of its request in the cell; `NO_REQUEST` for the cell's only kind of message. */
  readonly request: number;
  /** The name of the request; null if the cell has none. */
  readonly name: string | null;
  readonly sequence: number;
  /** The number by which its reply names it: the sequence, or an id. */
  readonly number: number;
  /** False if nothing answers it. */
  readonly isAnswered: boolean;
  /** Its bytes, made now: they hold what was captured until now. */
  readonly bytes: () => Buffer;
  readonly text: boolean;
}

/** How many messages the test connection of a cell sends: one for each request, else one; none if the cell sends none. */
export function canaryCount(cell: Cell): number {
  return sends(cell) ? Math.max(1, cell.wire?.requests.length ?? 0) : 0;
}

export interface MessagesOptions {
  readonly cell: Cell;
  readonly env: Readonly<Record<string, string>>;
  readonly row: Row | undefined;
  /** How many messages this test connection and those after it send: they have the last numbers of all. */
  readonly left: number;
  /** What was captured so far. */
  readonly captured: () => SessionValues | undefined;
  /** Null if the cell has no script. */
  readonly scripted: BuiltMessages | null;
}

/** The messages of the test connection in the order in which they are sent. */
export function canaryMessages({
  cell,
  env,
  row,
  left,
  captured,
  scripted,
}: MessagesOptions): readonly CanaryMessage[] {
  if (!sends(cell)) return [];
  const requests = cell.wire?.requests ?? [];
  const used = usedBeforeCanary(left, PROTOCOLS[cell.wire?.protocol ?? 'none'].largestId);
  const isBySlot = cell.wire?.key.kind === 'slot';
  const context = {
    ...(cell.wire?.binary === undefined ? {} : { idSlots: ID_SLOTS_MAX }),
    ...{ message: cell.message, seed: cell.seed, env, data: row === undefined ? [] : [row], used },
    ...(cell.wire === undefined ? {} : { rooms: cell.wire.rooms, session: captured }),
    ...(scripted === null ? {} : { built: scripted }),
  };
  const message = (payload: PayloadSource, connections: number, request: number, ordinal: number): CanaryMessage => ({
    ...{ request, name: requests[request]?.name ?? null, text: payload.text },
    sequence: sequenceOf(0, ordinal, connections, used.numbers),
    number: isBySlot ? idOf(ordinal, ID_SLOTS_MAX) : sequenceOf(0, ordinal, connections, used.numbers),
    isAnswered: requests[request]?.silent !== true,
    bytes: () => Buffer.from(payload.bytes(0, ordinal)),
  });
  if (requests.length === 0) {
    const connections = peakConnections(cell);
    return [message(payloadSource({ ...context, connections }), connections, NO_REQUEST, 0)];
  }
  const order = capturingFirst(cell.wire!);
  const mixed = { requests, mix: (_: number, ordinal: number) => order[ordinal]! };
  const payload = payloadSource({ ...context, connections: 1, mixed });
  return order.map((request, ordinal) => message(payload, 1, request, ordinal));
}

/** The order of the requests: as written, but whatever captures a value comes before those that need the value. */
function capturingFirst({ steps, requests }: Wire): readonly number[] {
  const capturing = new Set(requests.flatMap(({ captures }) => captures.map(({ name }) => name)));
  const needs = requests.map(({ send, captures }) => {
    const own = captures.map(({ name }) => name);
    return sessionNames(send).filter((name) => capturing.has(name) && !own.includes(name));
  });
  const left = requests.map((_, index) => index);
  const order: number[] = [];
  const known = new Set(steps.flatMap(({ captures }) => captures.map(({ name }) => name)));
  while (left.length > 0) {
    const ready = left.findIndex((index) => needs[index]!.every((name) => known.has(name)));
    // Requests that need each other have no order: the first of them then goes out as it is.
    const [next] = left.splice(Math.max(0, ready), 1);
    order.push(next!);
    for (const { name } of requests[next!]!.captures) known.add(name);
  }
  return order;
}
