import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueQueue } from '../../../src/server/faults/due-queue.js';
import { ManualClock } from './manual-clock.js';

test('never early, in order of their instants, those of one instant in order of coming; whatever the timers do', () => {
  const instants = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 900 }), (dueUs, earlyUs) => {
      const clock = new ManualClock(earlyUs);
      const queue = new DueQueue(clock);
      const done: { readonly index: number; readonly atUs: number }[] = [];
      dueUs.forEach((due, index) => {
        // Half are put in at the start, half while others are waited for.
        const put = () => queue.put(due, () => done.push({ index, atUs: clock.nowUs() }));
        if (index % 2 === 0) put();
        else clock.after(due / 2000, put);
      });
      clock.passTo(40_000);
      assert.equal(done.length, dueUs.length);
      done.forEach(({ index, atUs }, place) => {
        assert.ok(atUs >= dueUs[index]!, `${atUs} before ${dueUs[index]}`);
        assert.ok(atUs <= dueUs[index]! + 1100, `${atUs} long after ${dueUs[index]}`);
        const before = done[place - 1];
        if (before === undefined || before.index % 2 !== 0 || index % 2 !== 0) return;
        const [a, b] = [dueUs[before.index]!, dueUs[index]!];
        assert.ok(a < b || (a === b && before.index < index), 'order');
      });
      assert.equal(queue.size, 0);
      assert.equal(clock.waiting, 0, 'an empty queue has no timer');
    }),
  );
});

test('an earlier one moves the timer forward, and what was already run needs none', () => {
  const clock = new ManualClock();
  const queue = new DueQueue(clock);
  const done: string[] = [];
  queue.put(50_000, () => done.push('late'));
  queue.put(10_000, () => done.push('soon'));
  assert.equal(clock.waiting, 1);
  clock.passTo(10_200);
  assert.deepEqual(done, ['soon']);
  clock.passTo(49_999);
  assert.deepEqual(done, ['soon']);
  clock.passTo(50_200);
  assert.deepEqual(done, ['soon', 'late']);
});

test('finish does all that is left in order, also what that puts in', () => {
  const clock = new ManualClock();
  const queue = new DueQueue(clock);
  const done: number[] = [];
  queue.put(9000, () => done.push(2));
  queue.put(3000, () => {
    done.push(1);
    queue.put(99_000, () => done.push(3));
  });
  queue.finish();
  assert.deepEqual(done, [1, 2, 3]);
  assert.equal(clock.waiting, 0);
});
