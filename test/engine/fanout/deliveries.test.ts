import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Board } from '../../../src/engine/fanout/board.js';
import { Deliveries } from '../../../src/engine/fanout/deliveries.js';
import { LastService } from '../../../src/engine/last-service.js';
import { bucketOf } from '../../../src/metrics/buckets.js';
import { C, type CounterName } from '../../../src/metrics/counters.js';
import { Recorder } from '../../../src/metrics/recorder.js';
import type { BoardLayout } from '../../../src/plan/fanout.js';
import { sequenceOf } from '../../../src/plan/sequence.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';

const TIMEOUT_US = 100_000;
const CONNECTIONS = 2;
const LAYOUT: BoardLayout = { workers: 1, rows: 2, publishers: 2, lastOfEach: 2, subscribers: 2, slow: 1 };
const CELL = cellWith({
  ...{ connections: { from: CONNECTIONS, to: CONNECTIONS }, warmupMs: 0, durationMs: 10_000 },
  wire: wireWith({ requests: [requestWith('say', '', { reaches: 'all' })], deliver: { timeoutMs: 100 } }),
});

/** Two connections that are open from the start, and a board for two messages. */
class Room {
  readonly recorder = new Recorder(CELL);
  readonly board = new Board(Board.memory(LAYOUT), { worker: 0, connections: CONNECTIONS, used: 0 });
  readonly lastService = new LastService();
  readonly deliveries: Deliveries;

  constructor({ slowFrom = Number.POSITIVE_INFINITY, slowStop = false } = {}) {
    this.deliveries = new Deliveries({
      fanout: { reach: ['all'], timeoutMs: 100, rooms: null, slowFrom },
      ...{ board: this.board, worker: 0, workers: 1, owned: CONNECTIONS, field: 'sequence' },
      ...{ recorder: this.recorder, lastService: this.lastService, t0Us: () => 0, fairness: false, slowStop },
    });
    for (let connection = 0; connection < CONNECTIONS; connection++) this.deliveries.onOpen(connection, 0);
  }

  /** `lagUs`: how late it is sent. */
  say(ordinal: number, atUs: number, lagUs = 0): number {
    const sequence = sequenceOf(0, ordinal, CONNECTIONS);
    assert.equal(this.board.isFull(0, ordinal), false);
    this.board.publish({ publisher: 0, ordinal, sequence, request: 0, dueUs: atUs, sentUs: atUs + lagUs });
    return sequence;
  }

  /** False if no message has the number. */
  hear(connection: number, sequence: number, atUs: number): boolean {
    const bytes = Buffer.from(`{"sequence":${sequence}}`);
    return this.deliveries.take(connection, bytes, 0, bytes.length, atUs);
  }

  /** Frees the rows that are closed. */
  free(): void {
    while (this.board.ready > 0) this.board.takeOldest();
  }

  counted(...names: readonly CounterName[]): number[] {
    const { counters } = this.recorder.at(0, 0);
    return names.map((name) => counters[C[name]]!);
  }
}

/** Of two connections one reads slowly. */
function roomWithSlow(slowStop = false): Room {
  return new Room({ slowFrom: 1, slowStop });
}

describe('deliveries to those who read slowly', () => {
  const slowIn = (room: Room) => room.recorder.flush().flow[0]?.fanout?.slow;
  const read = (us: number, lagUs: number) => ({
    ...{ deliver: [bucketOf(us), 1], service: [bucketOf(us - lagUs), 1], missed: 0 },
  });
  const MISSED = { deliver: [], service: [], missed: 1 };

  it('are timed once, and owed by nobody', () => {
    const room = roomWithSlow();
    const said = room.say(0, 1000, 400);
    for (const [connection, atUs] of [
      [0, 1500],
      [1, 51_000],
      [1, 52_000],
    ] as const)
      assert.equal(room.hear(connection, said, atUs), true);
    assert.deepEqual(room.counted('delivered', 'counted', 'redelivered'), [1, 2, 0]);
    room.deliveries.expire(1400 + TIMEOUT_US + 1);
    assert.equal(room.board.takeOldest().expected, 1);
    assert.deepEqual(slowIn(room), read(50_000, 400));
  });

  it('are missed once their time is over, whether they then come or not', () => {
    const room = roomWithSlow();
    const said = room.say(0, 1000);
    room.hear(0, said, 1500);
    room.deliveries.expire(1000 + TIMEOUT_US + 1);
    room.hear(1, said, 200_000);
    assert.deepEqual(room.counted('missed', 'counted'), [0, 1]);
    assert.deepEqual(slowIn(room), MISSED);
  });

  it('are waited for at the end, but not of those who read nothing', () => {
    for (const slowStop of [false, true]) {
      const room = roomWithSlow(slowStop);
      room.hear(0, room.say(0, 1000), 1500);
      room.deliveries.settle();
      assert.equal(room.board.ready, slowStop ? 1 : 0);
      assert.deepEqual(slowIn(room), slowStop ? MISSED : undefined);
    }
  });

  it('are neither read nor missed where they could no longer come, or were not meant for them', () => {
    const room = roomWithSlow();
    room.deliveries.onClose(1, 500);
    room.say(0, 1000);
    room.deliveries.onOpen(1, 2000);
    room.deliveries.expire(1000 + TIMEOUT_US + 1);
    assert.equal(slowIn(room), undefined);
    room.say(1, 300_000);
    room.deliveries.abandon(300_500);
    assert.equal(slowIn(room), undefined);
  });
});

describe('deliveries on a board for two messages', () => {
  it('tell the instrument check how long the one read last took from its send', () => {
    const room = new Room();
    const said = room.say(0, 1000, 400);
    room.hear(0, said, 31_400);
    assert.equal(room.lastService.us, 30_000);
    room.hear(0, said, 40_000);
    room.hear(1, said, 1400 + TIMEOUT_US + 1);
    assert.equal(room.lastService.us, 30_000, 'neither one that came again nor one that came too late');
  });

  it('are late up to the message that takes the row, and belong to none after it', () => {
    const room = new Room();
    const first = room.say(0, 1000);
    room.deliveries.expire(1000 + TIMEOUT_US + 1);
    room.free();
    assert.equal(room.hear(0, first, 200_000), true);
    assert.deepEqual(room.counted('missed', 'deliveredLate'), [2, 1]);
    for (const ordinal of [1, 2]) room.say(ordinal, 200_000 + ordinal);
    assert.equal(room.hear(1, first, 300_000), false);
    assert.deepEqual(room.counted('deliveredLate', 'delivered', 'redelivered'), [1, 0, 0]);
  });

  it('that repeat are not taken for those of the message that took the row', () => {
    const room = new Room();
    const first = room.say(0, 1000);
    for (const connection of [0, 1]) room.hear(connection, first, 2000);
    room.deliveries.expire(300_000);
    room.free();
    const later = [1, 2].map((ordinal) => room.say(ordinal, 300_000));
    assert.equal(room.hear(0, first, 300_500), false);
    assert.deepEqual(room.counted('delivered', 'redelivered'), [2, 0]);
    for (const sequence of later) room.hear(0, sequence, 301_000);
    assert.deepEqual(room.counted('delivered', 'redelivered'), [4, 0]);
  });

  it('keep both rows until both are closed', () => {
    const room = new Room();
    for (const ordinal of [0, 1]) room.say(ordinal, 1000);
    assert.equal(room.board.isFull(0, 2), true);
    assert.equal(room.board.isFull(1, 0), true);
    room.deliveries.expire(1000 + TIMEOUT_US + 1);
    assert.equal(room.board.isFull(0, 2), true);
    room.free();
    assert.equal(room.board.isFull(0, 2), false);
  });

  it('that come while connections are closed at the end are late, or belong to nothing; none is replayed', () => {
    const room = new Room();
    const [old, young] = [room.say(0, 1000), room.say(1, 190_000)];
    room.hear(1, old, 2000);
    room.deliveries.abandon(200_000);
    assert.deepEqual(room.counted('delivered', 'missed', 'gone'), [1, 1, 2]);
    for (const sequence of [old, young]) for (const connection of [0, 1]) room.hear(connection, sequence, 200_500);
    assert.deepEqual(room.counted('delivered', 'deliveredLate', 'redelivered', 'replayed'), [1, 1, 0, 0]);
    assert.equal(room.recorder.flush().outside, 3);
  });
});
