import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgedFairly, lateness, receivingShortfall, sendingShortfall } from '../../src/check/kept-rate.js';
import { pongLateness, unansweredProblem } from '../../src/check/pongs.js';

/** Instants of `count` messages at this rate. */
const at = (rate: number, count: number) => Array.from({ length: count }, (_, index) => (index * 1000) / rate);
const NEVER = { totalMs: 0, longestMs: 0 };

describe('a rate', () => {
  it('is kept at 80 % of it and above', () => {
    assert.equal(receivingShortfall('replies', 500, at(500, 500), NEVER), null);
    assert.equal(receivingShortfall('replies', 500, at(401, 500), NEVER), null);
    assert.deepEqual(receivingShortfall('replies', 500, at(399, 500), NEVER), {
      side: 'server',
      reason: 'replies came at 399 a second, not 500',
    });
    assert.equal(
      receivingShortfall('replies', 500, at(168, 500), NEVER)?.reason,
      'replies came at 168 a second, not 500',
    );
  });

  it('is no fault of the server for the time in which this machine stood still', () => {
    // 500 messages in 1.5 s, half a second of which nobody could see.
    const came = at(333.3, 500);
    assert.deepEqual(receivingShortfall('replies', 500, came, { totalMs: 500, longestMs: 500 }), {
      side: 'client',
      reason: 'replies came at 333 a second, not 500; this machine itself stood still for 500 ms',
    });
    assert.equal(receivingShortfall('replies', 500, came, { totalMs: 100, longestMs: 100 })?.side, 'server');
  });

  it('says nothing where hardly anything came', () => {
    assert.equal(receivingShortfall('replies', 500, [], NEVER), null);
    assert.equal(receivingShortfall('replies', 500, [3], NEVER), null);
  });

  it('is this machine’s where it did not send at it', () => {
    assert.equal(sendingShortfall(500, at(480, 500)), null);
    assert.deepEqual(sendingShortfall(500, at(168, 500)), {
      side: 'client',
      reason: 'this machine sent only 168 a second, not 500',
    });
  });
});

describe('a limit', () => {
  it('is passed by the server only where this machine did not stand still for so long', () => {
    const stood = { totalMs: 600, longestMs: 300 };
    assert.equal(lateness(500, 500, 'late', NEVER), null);
    assert.deepEqual(lateness(501, 500, 'late', NEVER), { side: 'server', reason: 'late' });
    assert.deepEqual(lateness(1100, 500, 'late', stood), {
      side: 'client',
      reason: 'late; this machine itself stood still for 600 ms',
    });
    assert.equal(lateness(1101, 500, 'late', stood)?.side, 'server');
  });
});

describe('a check', () => {
  const status = (problems: (string | null)[], ...sides: ('client' | 'server')[]) =>
    judgedFairly(
      problems,
      sides.map((side) => ({ side, reason: side })),
      {},
    ).status;

  it('fails for what the server did, and passes only where nobody fell short', () => {
    assert.equal(status([null]), 'passed');
    assert.equal(status(['lost'], 'client'), 'failed');
    assert.equal(status([null], 'client', 'server'), 'failed');
    assert.equal(status([null], 'client'), 'error');
  });
});

describe('pongs', () => {
  it('are right only where each came, and in time', () => {
    assert.equal(pongLateness([1, 2, 999], 1000, NEVER), null);
    assert.equal(pongLateness([], 1000, NEVER), null);
    assert.equal(pongLateness([1, 4200], 1000, NEVER)?.reason, '1 of 2 pongs took longer than 1 s, the slowest 4.2 s');
    assert.equal(unansweredProblem([1, 2], 5000), null);
    assert.equal(unansweredProblem([1, null], 5000), '1 of 2 pings had no pong within 5 s');
  });
});
