import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Board } from '../../../src/engine/fanout/board.js';
import { Deliveries } from '../../../src/engine/fanout/deliveries.js';
import { LastService } from '../../../src/engine/last-service.js';
import { C } from '../../../src/metrics/counters.js';
import { Recorder } from '../../../src/metrics/recorder.js';
import { boardLayout, fanoutOf } from '../../../src/plan/fanout.js';
import { sequenceOf } from '../../../src/plan/sequence.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';

const SUBSCRIBERS = 3;
const TIMEOUT_US = 500_000;
const CELL = cellWith({
  connections: { from: SUBSCRIBERS, to: SUBSCRIBERS },
  warmupMs: 0,
  rate: { from: 10, to: 10 },
  reply: { match: 'none', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 500 },
  wire: wireWith({
    requests: [requestWith('say', '{"sequence":{{sequence}}}', { reaches: 'all' })],
    deliver: { timeoutMs: TIMEOUT_US / 1000 },
  }),
});

/** One worker with all subscribers open; a message was sent at instant 0. */
function sent() {
  const layout = boardLayout(CELL, 1)!;
  const board = new Board(Board.memory(layout), { worker: 0, connections: SUBSCRIBERS, used: 0 });
  const recorder = new Recorder(CELL);
  const deliveries = new Deliveries({
    ...{ board, recorder, worker: 0, workers: 1, owned: SUBSCRIBERS, field: 'sequence' },
    fanout: fanoutOf(CELL)!,
    lastService: new LastService(),
    t0Us: () => 0,
    fairness: false,
  });
  for (let connection = 0; connection < SUBSCRIBERS; connection++) deliveries.onOpen(connection, -1);
  const sequence = sequenceOf(0, 0, SUBSCRIBERS);
  board.publish({ publisher: 0, ordinal: 0, sequence, request: 0, dueUs: 0, sentUs: 0 });
  const bytes = Buffer.from(JSON.stringify({ sequence }));
  return {
    deliveries,
    comes: (connection: number, atUs: number) => deliveries.take(connection, bytes, 0, bytes.length, atUs),
    counted: () => {
      const sums = recorder.flush().flow.map(({ counters }) => counters);
      const sum = (counter: number) => sums.reduce((total, counters) => total + counters[counter]!, 0);
      return {
        ...{ delivered: sum(C.delivered), missed: sum(C.missed), gone: sum(C.gone) },
        ...{ late: sum(C.deliveredLate), redelivered: sum(C.redelivered), replayed: sum(C.replayed) },
      };
    },
    expected: () => board.takeOldest().expected,
  };
}

describe('when deliveries arrive', () => {
  it('are judged by when they arrived, not by which of them was read first', () => {
    const { deliveries, comes, counted, expected } = sent();
    comes(0, TIMEOUT_US + 10);
    comes(1, TIMEOUT_US - 10);
    deliveries.expire(TIMEOUT_US + 20);
    assert.deepEqual(counted(), { delivered: 1, missed: 2, gone: 0, late: 1, redelivered: 0, replayed: 0 });
    assert.equal(expected(), SUBSCRIBERS);
    assert.deepEqual(deliveries.subscribers(), { delivered: [0, 1, 0], missed: [1, 0, 1], gone: [0, 0, 0] });
  });

  it('that were counted as missed are late, whatever their instant', () => {
    const { deliveries, comes, counted, expected } = sent();
    deliveries.expire(TIMEOUT_US + 20);
    comes(1, TIMEOUT_US - 10);
    comes(2, TIMEOUT_US + 30);
    comes(2, TIMEOUT_US + 40);
    assert.deepEqual(counted(), { delivered: 0, missed: 3, gone: 0, late: 2, redelivered: 1, replayed: 0 });
    assert.equal(expected(), SUBSCRIBERS);
  });

  it('that come after the end belong to nothing: what they are was said before', () => {
    const { deliveries, comes, counted, expected } = sent();
    comes(0, 10);
    deliveries.abandon(100);
    for (const connection of [0, 1]) comes(connection, 200);
    assert.deepEqual(counted(), { delivered: 1, missed: 0, gone: 2, late: 0, redelivered: 0, replayed: 0 });
    assert.equal(expected(), SUBSCRIBERS);
  });

  it('that come late are missed, and not gone when their connection closes', () => {
    const { deliveries, comes, counted, expected } = sent();
    comes(0, TIMEOUT_US + 10);
    deliveries.onClose(0, TIMEOUT_US + 15);
    deliveries.expire(TIMEOUT_US + 20);
    assert.deepEqual(counted(), { delivered: 0, missed: 3, gone: 0, late: 1, redelivered: 0, replayed: 0 });
    assert.equal(expected(), SUBSCRIBERS);
  });
});
