/** Who waits for a turn of the event loop, on a loop that a test turns. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Turns } from '../../src/bus/turns.js';

/** Each call of work takes `takesMs`. */
function loopWith(takesMs: number) {
  let nowMs = 1000;
  let next: (() => void)[] = [];
  const turns = new Turns({ nowMs: () => nowMs, soon: (call) => void next.push(call) });
  const done: string[] = [];
  const work = (name: string) => () => {
    done.push(name);
    nowMs += takesMs;
  };
  return {
    turns,
    done,
    /** A question comes: now, or behind all that wait. */
    ask: (name: string) => (turns.mustWait ? turns.later(work(name)) : work(name)()),
    /** The rest of this turn, and what the loop has to do in the next one. True if anything was to be done. */
    turn: () => {
      const calls = next;
      next = [];
      for (const call of calls) call();
      return calls.length > 0;
    },
  };
}

describe('the turns of questions', () => {
  test('a turn is over once it has taken 15 ms; the rest of the questions go on in the next ones', () => {
    const { ask, turn, done } = loopWith(6);
    for (let i = 0; i < 8; i++) ask(`q${i}`);
    assert.deepEqual(done, ['q0', 'q1', 'q2'], '6, 12 and 18 ms');
    turn();
    assert.equal(done.length, 6);
    turn();
    assert.equal(done.length, 8);
  });

  test('first come, first served, also when more come in every turn', () => {
    const { ask, turn, done } = loopWith(6);
    const asked: string[] = [];
    for (let i = 0; i < 30; i++) {
      for (const name of [`${i} first`, `${i} second`, `${i} third`]) {
        asked.push(name);
        ask(name);
      }
      if (i % 3 === 2) turn();
    }
    while (turn());
    assert.deepEqual(done, asked);
  });

  test('a question that comes to a turn that has just begun still waits for those before it', () => {
    const { turns, ask, turn, done } = loopWith(16);
    for (const name of ['a', 'b', 'c']) ask(name);
    assert.deepEqual(done, ['a']);
    turn();
    assert.deepEqual(done, ['a', 'b']);
    assert.equal(turns.mustWait, true, 'c waits');
    ask('d');
    assert.deepEqual(done, ['a', 'b']);
    turn();
    turn();
    assert.deepEqual(done, ['a', 'b', 'c', 'd']);
  });

  test('a turn that is over costs the next one nothing', () => {
    const { ask, turn, done } = loopWith(16);
    ask('a');
    turn();
    ask('b');
    assert.deepEqual(done, ['a', 'b']);
  });
});
