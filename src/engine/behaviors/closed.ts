import type { Shard } from '../../plan/cell.js';
import type { Behavior, BehaviorPort } from '../behavior.js';

/**
 * Each connection keeps `inFlight` messages going: the next is due `think` after the one before was settled. What a slow
 * server holds up is never sent, so response time from an intended instant does not exist here.
 */
export class ClosedBehavior implements Behavior {
  readonly #port: BehaviorPort;
  readonly #inFlight: number;
  readonly #thinkUs: number;
  readonly #endUs: number;
  /** Queue of (connection, due instant), in order of due instants because `think` is constant. */
  #queue: { connections: number[]; dueUs: number[]; head: number } = { connections: [], dueUs: [], head: 0 };
  readonly #live = new Set<number>();
  #started = false;

  constructor(shard: Shard, port: BehaviorPort) {
    this.#port = port;
    this.#inFlight = shard.cell.inFlight;
    this.#thinkUs = shard.cell.thinkMs * 1000;
    this.#endUs = (shard.cell.warmupMs + shard.cell.durationMs) * 1000;
  }

  start(openConnections: readonly number[]): void {
    this.#started = true;
    for (const connection of openConnections) this.#begin(connection, 0);
  }

  nextDueUs(): number {
    const { dueUs, head } = this.#queue;
    return dueUs[head] ?? Number.POSITIVE_INFINITY;
  }

  onDue(): void {
    const { connections, dueUs, head } = this.#queue;
    const connection = connections[head]!;
    const due = dueUs[head]!;
    this.#queue.head++;
    if (this.#queue.head > 1024 && this.#queue.head * 2 > dueUs.length) this.#compact();
    if (this.#live.has(connection)) this.#port.send(connection, due);
  }

  onOpen(connection: number): void {
    if (this.#started) this.#begin(connection, this.#port.nowUs());
  }

  onSettled(connection: number): void {
    if (!this.#live.has(connection)) return;
    this.#queueAt(connection, this.#port.nowUs() + this.#thinkUs);
    this.#port.replan();
  }

  onClose(connection: number): void {
    this.#live.delete(connection);
  }

  /** Nothing is due before its turn in a closed loop: what was not sent was never planned. */
  unsent(): void {
    this.#queue = { connections: [], dueUs: [], head: 0 };
  }

  #begin(connection: number, atUs: number): void {
    this.#live.add(connection);
    for (let i = 0; i < this.#inFlight; i++) this.#queueAt(connection, atUs);
    this.#port.replan();
  }

  #queueAt(connection: number, dueUs: number): void {
    if (dueUs >= this.#endUs) return;
    this.#queue.connections.push(connection);
    this.#queue.dueUs.push(dueUs);
  }

  #compact(): void {
    const { connections, dueUs, head } = this.#queue;
    this.#queue = { connections: connections.slice(head), dueUs: dueUs.slice(head), head: 0 };
  }
}
