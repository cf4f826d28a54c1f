import type { Wire } from '../../dialect/wire.js';
import { C } from '../../metrics/counters.js';
import type { Recorder } from '../../metrics/recorder.js';
import { type Cell, connectionsHere, peakConnections, type Shard } from '../../plan/cell.js';
import { NOTHING_USED, RowBook } from '../../plan/hand-out.js';
import type { Mix } from '../../plan/mix.js';
import { type PayloadSource, payloadSource } from '../../plan/payload.js';
import { NO_ROWS } from '../../plan/rows.js';
import { ringSlots } from '../../plan/table.js';
import type { ConnectFn } from '../pool.js';
import type { Captured } from './captured.js';
import type { Scripted } from './scripted.js';
import { speaking } from './speaking.js';
import type { SpeakingEvents } from './speaking-options.js';

export interface TalkingOptions {
  readonly cell: Cell;
  readonly captured: Captured;
  readonly recorder: Recorder;
  /** Null if the cell has no script. */
  readonly scripted: Scripted | null;
  readonly onReply: SpeakingEvents['onReply'];
  readonly onDelivery: SpeakingEvents['onDelivery'];
  readonly onBeat: NonNullable<SpeakingEvents['onBeat']>;
  /** A message that a rule was about. `counter`: duties, counted or trailers; `number`: see `SpeakingEvents.onRuled`. */
  onRuled(connection: number, rule: number, counter: number, number: number, bytes: number, us: number): void;
}

/** Connections that are open at once, or, where the cell has a session, when it is ready. */
export function talking(connect: ConnectFn, options: TalkingOptions): ConnectFn {
  const { cell, captured, scripted } = options;
  const { wire } = cell;
  if (wire === undefined || !isSpoken(wire)) return connect;
  return speaking(connect, { wire, captured, scripted, events: eventsOf(wire, options) });
}

/** True if messages are more than replies in frames of their own, or a connection is not open at once. */
function isSpoken({ steps, rules, separator, key, beat, requests, script }: Wire): boolean {
  if (script !== null) return true;
  if (steps.length > 0 || rules.length > 0 || separator !== null || key.kind !== 'field' || beat !== null) return true;
  // What replies brought is forgotten when the connection opens again.
  return requests.some(({ captures }) => captures.length > 0);
}

function eventsOf({ rules }: Wire, { recorder, onReply, onDelivery, onBeat, onRuled }: TalkingOptions): SpeakingEvents {
  const counters = rules.map(({ means }) =>
    means === 'duty' ? C.duties : means === 'trailer' ? C.trailers : C.counted,
  );
  return {
    onReply,
    onDelivery,
    onBeat,
    onEarly: (bytes) => recorder.early(bytes),
    onRuled: (c, rule, bytes, us, number) => onRuled(c, rule, counters[rule]!, number, bytes, us),
    onStep: (timed, us) => {
      if (timed >= 0) recorder.step(timed, us);
    },
  };
}

/** Which row each connection of a shard has. */
export function rowBookOf({ cell, rows = NO_ROWS, reuse = 'cycle', used = NOTHING_USED }: Shard): RowBook {
  return new RowBook(rows, reuse, used, peakConnections(cell));
}

/** The messages of a shard. `captured`: the values of its connections. */
export function payloadOf(
  shard: Shard,
  rows: RowBook,
  captured: Captured,
  mix: Mix | null,
  scripted: Scripted | null,
): PayloadSource {
  const { cell, env, worker, workers, used = NOTHING_USED } = shard;
  const { message, seed, wire } = cell;
  return payloadSource({
    ...{ message, connections: peakConnections(cell), seed, env, used, rows },
    ...(wire === undefined
      ? {}
      : { rooms: wire.rooms, session: (connection: number) => captured.of((connection - worker) / workers) }),
    ...(mix === null ? {} : { mixed: { requests: wire!.requests, mix } }),
    ...(wire?.binary === undefined ? {} : { idSlots: ringSlots(cell, connectionsHere(shard)) }),
    ...(scripted === null ? {} : { built: scripted }),
  });
}
