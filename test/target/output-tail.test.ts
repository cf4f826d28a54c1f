import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutputTail } from '../../src/target/output-tail.js';

describe('the tail of what was printed', () => {
  it('keeps the end, and gives the last lines', () => {
    const tail = new OutputTail(12);
    tail.push('first\nsecond\n');
    tail.push('third\n');
    assert.equal(tail.lastLines(), 'econd\nthird');
    assert.equal(tail.lastLines(1), 'third');
  });

  it('drops colours and control characters', () => {
    const tail = new OutputTail();
    tail.push('\u001b[31mred\u001b[0m\u0007 and\r\nplain\u0000\n');
    assert.equal(tail.lastLines(), 'red and\nplain');
  });

  it('gives what came after a mark, as far as it is kept', () => {
    const tail = new OutputTail(40);
    tail.push('before\n');
    const { mark } = tail;
    assert.equal(tail.since(mark), '');
    tail.push('\u001b[31mafter\u001b[0m\n');
    assert.equal(tail.since(mark), 'after\n');
    tail.push('x'.repeat(50));
    assert.equal(tail.since(mark), 'x'.repeat(40));
  });

  it('is empty when nothing was printed', () => assert.equal(new OutputTail().lastLines(), ''));
});

describe('waiting for a text', () => {
  async function isSettled(promise: Promise<void>): Promise<boolean> {
    const pending = Symbol('pending');
    return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
  }

  it('finds it across chunks, and only the whole of it', async () => {
    const tail = new OutputTail();
    const seen = tail.seen('listening on');
    tail.push('now listen');
    assert.equal(await isSettled(seen), false);
    tail.push('ing o');
    assert.equal(await isSettled(seen), false);
    tail.push('n 9001');
    await seen;
  });

  it('finds it in one chunk that is longer than what is kept', async () => {
    const tail = new OutputTail(8);
    const seen = tail.seen('ready');
    tail.push('ready, and then much more text\n');
    await seen;
  });

  it('finds what was printed before', async () => {
    const tail = new OutputTail();
    tail.push('ready\n');
    await tail.seen('ready');
  });
});
