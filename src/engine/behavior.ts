import type { Shard } from '../plan/cell.js';
import { ClosedBehavior } from './behaviors/closed.js';
import { ListenBehavior } from './behaviors/listen.js';
import { OpenBehavior } from './behaviors/open.js';

/** What a behaviour may do. Connections are numbered within the worker; instants are microseconds from t0. */
export interface BehaviorPort {
  /** Sends the next message of a connection, due at this instant. */
  send(connection: number, dueUs: number): void;
  /** Says that `nextDueUs` may now be nearer; what is due by `nowUs` goes out at once. */
  replan(nowUs: number): void;
}

/**
 * What a connection does. Called with numbers only; holds no sockets and reads no clock. `nowUs` is negative before t0.
 */
export interface Behavior {
  /** t0 has come. */
  start(openConnections: readonly number[]): void;
  /** When `onDue` is to be called next; Infinity for never. */
  nextDueUs(): number;
  onDue(): void;
  onOpen(connection: number, nowUs: number): void;
  /** A message of this connection is settled: answered, or given up after its timeout. */
  onSettled(connection: number, nowUs: number): void;
  /** A connection sends no more: it closed, or its lifetime is over. May be called twice. */
  onClose(connection: number): void;
  /** Moves the end of the cell to a later instant, `endUs` from t0. */
  extend(endUs: number): void;
  /** Gives up what was due before `untilUs` but never sent: calls back with each due instant. */
  unsent(untilUs: number, each: (dueUs: number) => void): void;
}

export function behaviorOf(shard: Shard, port: BehaviorPort): Behavior {
  switch (shard.cell.model) {
    case 'open':
      return new OpenBehavior(shard, port);
    case 'closed':
      return new ClosedBehavior(shard, port);
    case 'listen':
      return new ListenBehavior();
  }
}
