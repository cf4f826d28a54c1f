import type { Shard } from '../plan/cell.js';
import { ClosedBehavior } from './behaviors/closed.js';
import { ListenBehavior } from './behaviors/listen.js';
import { OpenBehavior } from './behaviors/open.js';
import type { EndOfMeasure } from './end-of-measure.js';

/** What a behaviour may call. Connections are numbered within the worker; times are microseconds from t0. */
export interface BehaviorPort {
  /** Sends the next message of a connection, due at this time. */
  send(connection: number, dueUs: number): void;
  /** Tells that `nextDueUs` may have become earlier. Messages due by `nowUs` are sent at once. */
  replan(nowUs: number): void;
}

/**
 * What a connection does. It works with numbers only, has no sockets and reads no clock. `nowUs` is negative before t0.
 */
export interface Behavior {
  /** t0 is reached. */
  start(openConnections: readonly number[]): void;
  /** When `onDue` must be called next; Infinity for never. */
  nextDueUs(): number;
  onDue(): void;
  onOpen(connection: number, nowUs: number): void;
  /** A message of this connection is settled: it was answered, or timed out. */
  onSettled(connection: number, nowUs: number): void;
  /** A connection sends no more because it closed or its lifetime ended. May be called twice. */
  onClose(connection: number): void;
  /** Gives up messages that were due before `untilUs` but never sent. Calls back with connection and due time of each. */
  unsent(untilUs: number, each: (connection: number, dueUs: number) => void): void;
}

export function behaviorOf(shard: Shard, end: EndOfMeasure, port: BehaviorPort): Behavior {
  switch (shard.cell.model) {
    case 'open':
      return new OpenBehavior(shard, end, port);
    case 'closed':
      return new ClosedBehavior(shard, end, port);
    case 'listen':
      return new ListenBehavior();
  }
}
