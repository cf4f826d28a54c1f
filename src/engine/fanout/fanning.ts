import type { Recorder } from '../../metrics/recorder.js';
import { peakConnections, type Shard } from '../../plan/cell.js';
import { fanoutOf } from '../../plan/fanout.js';
import type { LastService } from '../last-service.js';
import { Board, type BoardMemory } from './board.js';
import { Deliveries } from './deliveries.js';
import { Publisher } from './publisher.js';

export interface FanningOptions {
  readonly shard: Shard;
  /** The board of the cell; null if it has none. */
  readonly board: BoardMemory | null;
  /** Connections of this worker. */
  readonly owned: number;
  readonly recorder: Recorder;
  readonly t0Us: () => number;
  /** Noted here for each delivery. */
  readonly lastService: LastService;
}

/** One worker's part of messages that are sent to many: those it sends, and what its connections receive. */
export class Fanning {
  readonly publisher: Publisher;
  readonly deliveries: Deliveries;

  constructor(publisher: Publisher, deliveries: Deliveries) {
    this.publisher = publisher;
    this.deliveries = deliveries;
  }

  /** Counts what is over. `isDraining`: nothing more is sent, so nothing is waited for that nobody is owed. */
  look(nowUs: number, isDraining: boolean): void {
    this.deliveries.expire(nowUs);
    if (isDraining) this.deliveries.settle();
    this.publisher.take();
  }

  get isWaiting(): boolean {
    return this.deliveries.isWaiting || this.publisher.isWaiting;
  }

  /** Ends the cell, whatever is still on its way. */
  abandon(nowUs: number): void {
    this.deliveries.abandon(nowUs);
    this.publisher.take();
  }
}

/** Null if no message of the cell is sent to many. Throws if the cell needs a board and there is none. */
export function fanningOf({
  shard,
  board: memory,
  owned,
  recorder,
  t0Us,
  lastService,
}: FanningOptions): Fanning | null {
  const { cell, worker, workers, used } = shard;
  const fanout = fanoutOf(cell);
  if (fanout === null) return null;
  if (memory === null) throw new Error(`cell ${cell.id} has fan-out, but no board`);
  const connections = peakConnections(cell);
  const numbers = used?.numbers ?? 0;
  const board = new Board(memory, { worker, connections, used: numbers });
  const common = { fanout, board, recorder, worker, workers };
  return new Fanning(
    new Publisher({ ...common, connections, used: numbers, t0Us }),
    new Deliveries({
      ...common,
      ...{ owned, field: cell.reply.field, t0Us, lastService, fairness: cell.fairness === true },
      slowStop: cell.wire?.slow?.ratePerSecond === null,
    }),
  );
}
