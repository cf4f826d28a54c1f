import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Board, NO_ROW } from '../../../src/engine/fanout/board.js';
import { type BoardLayout, boardBytes, sharedBytes } from '../../../src/plan/fanout.js';
import { sequenceOf } from '../../../src/plan/sequence.js';

const LAYOUT: BoardLayout = { workers: 2, rows: 4, publishers: 2, lastOfEach: 2, subscribers: 3, slow: 0 };
const CONNECTIONS = 4;

function boards(): readonly [Board, Board] {
  const memory = Board.memory(LAYOUT);
  const of = (worker: number) => new Board(memory, { worker, connections: CONNECTIONS, used: 0 });
  return [of(0), of(1)];
}

function publish(board: Board, worker: number, publisher: number, ordinal: number, dueUs = 1000): number {
  const sequence = sequenceOf(worker + publisher * LAYOUT.workers, ordinal, CONNECTIONS);
  board.publish({ publisher, ordinal, sequence, request: 0, dueUs, sentUs: dueUs + 5 });
  return sequence;
}

describe('the board', () => {
  it('shows every worker what one has published', () => {
    const [mine, other] = boards();
    const sequence = publish(mine, 0, 1, 0, 7000);
    const row = other.find(sequence);
    assert.notEqual(row, NO_ROW);
    assert.deepEqual([other.dueUs(row), other.sentUs(row), other.publisher(row)], [7000, 7005, 2]);
  });

  it('finds no number that nobody published', () => {
    const [mine] = boards();
    publish(mine, 0, 0, 0);
    for (const number of [
      -1,
      0,
      999_999_999,
      sequenceOf(0, 1, CONNECTIONS),
      sequenceOf(1, 0, CONNECTIONS),
      9_999_999_999,
    ]) {
      assert.equal(mine.find(number), NO_ROW, String(number));
    }
  });

  it('adds up the columns of all workers once all have closed the row', () => {
    const [mine, other] = boards();
    const row = mine.find(publish(mine, 0, 0, 0));
    mine.deliver(row, 20);
    other.deliver(row, 10);
    other.deliver(row, 40);
    other.gone(row);
    mine.close(0, 1);
    assert.equal(mine.ready, 0);
    other.close(0, 4);
    assert.equal(mine.ready, 1);
    assert.deepEqual(mine.takeOldest(), { row, delivered: 3, expected: 5, gone: 1, firstUs: 10, lastUs: 40 });
    assert.equal(mine.unadded, 0);
  });

  it('is full while a message is on its way that has the place of the next', () => {
    const [mine, other] = boards();
    publish(mine, 0, 0, 0);
    publish(mine, 0, 0, 1);
    assert.equal(mine.isFull(0, 2), true, 'the index of the connection');
    assert.equal(mine.isFull(1, 2), false);
    publish(mine, 0, 1, 0);
    publish(mine, 0, 1, 1);
    assert.equal(mine.isFull(1, 3), true, 'the rows of the worker');
    for (let row = 0; row < 4; row++) {
      mine.close(0, 0);
      other.close(0, 0);
    }
    assert.equal(mine.isFull(0, 2), true, 'not added up yet');
    while (mine.ready > 0) mine.takeOldest();
    assert.equal(mine.isFull(0, 2), false);
  });

  it('starts a row anew when another message takes it', () => {
    const [mine, other] = boards();
    const first = publish(mine, 0, 0, 0);
    mine.deliver(mine.find(first), 5);
    for (let ordinal = 1; ordinal <= 4; ordinal++) {
      mine.close(0, 0);
      other.close(0, 0);
      mine.takeOldest();
      publish(mine, 0, 0, ordinal);
    }
    assert.equal(mine.find(first), NO_ROW);
    mine.close(0, 0);
    other.close(0, 0);
    assert.equal(mine.takeOldest().delivered, 0);
  });

  it('has ended when all workers have', () => {
    const [mine, other] = boards();
    mine.end();
    assert.equal(other.haveAllEnded, false);
    other.end();
    assert.equal(mine.haveAllEnded, true);
  });

  it('takes the memory that its layout says', () => {
    assert.equal(Board.memory(LAYOUT).shared.byteLength, sharedBytes(LAYOUT));
    assert.equal(boardBytes(LAYOUT), sharedBytes(LAYOUT) + 2 * 8 * 4);
  });
});
