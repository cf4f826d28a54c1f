import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InFlightTable, SLOT } from '../../../src/engine/matching/in-flight.js';

const CONNECTIONS = 3;
const SLOTS = 4;

const step = fc.record({
  what: fc.constantFrom(...(['send', 'send', 'wait', 'start', 'cancel', 'settle', 'expire', 'close'] as const)),
  connection: fc.nat(CONNECTIONS - 1),
  /** Which of those in flight is settled. */
  which: fc.nat(9),
  agoUs: fc.nat(40),
});

test('the oldest, those of a connection and all: the same messages as in a list, for any order of answers', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const table = new InFlightTable(CONNECTIONS, SLOTS);
      const next = new Array<number>(CONNECTIONS).fill(0);
      let inFlight: { connection: number; slot: number; sentUs: number }[] = [];
      let waiting: { connection: number; slot: number }[] = [];
      const forget = (gone: readonly number[]) => {
        inFlight = inFlight.filter(({ slot }) => !gone.includes(slot));
      };
      steps.forEach(({ what, connection, which, agoUs }, nowUs) => {
        if (what === 'send') {
          const ordinal = next[connection]!++;
          const slot = table.slotOf(connection, ordinal);
          if (!table.isFree(slot)) return;
          table.enter(connection, ordinal, nowUs);
          table.noteSent(slot, nowUs);
          inFlight.push({ connection, slot, sentUs: nowUs });
        } else if (what === 'wait') {
          const ordinal = next[connection]!++;
          const slot = table.slotOf(connection, ordinal);
          if (!table.isFree(slot)) return;
          table.reserve(connection, ordinal, nowUs);
          waiting.push({ connection, slot });
        } else if ((what === 'start' || what === 'cancel') && waiting.length > 0) {
          const [message] = waiting.splice(which % waiting.length, 1);
          table[what](message!.slot);
          if (what === 'start') {
            table.noteSent(message!.slot, nowUs);
            inFlight.push({ ...message!, sentUs: nowUs });
          }
        } else if (what === 'settle' && inFlight.length > 0) {
          const { slot } = inFlight[which % inFlight.length]!;
          table.leave(slot, SLOT.answered);
          forget([slot]);
        } else if (what === 'expire') {
          const found: number[] = [];
          table.eachSentBefore(nowUs - agoUs, (_, slot) => {
            found.push(slot);
            table.leave(slot, SLOT.timedOut);
          });
          const expected = inFlight.filter(({ sentUs }) => sentUs <= nowUs - agoUs).map(({ slot }) => slot);
          assert.deepEqual(found.sort(), expected.sort());
          forget(found);
        } else if (what === 'close') {
          for (const { slot } of waiting.filter((each) => each.connection === connection)) table.cancel(slot);
          waiting = waiting.filter((each) => each.connection !== connection);
          const found: number[] = [];
          table.eachOf(connection, (slot) => {
            found.push(slot);
            table.leave(slot, SLOT.lost);
          });
          const expected = inFlight.filter((message) => message.connection === connection).map(({ slot }) => slot);
          assert.deepEqual(found.sort(), expected.sort());
          forget(found);
        }
        assert.equal(table.count, inFlight.length + waiting.length);
        assert.equal(table.occupied(), inFlight.length);
        const isIdle = [...inFlight, ...waiting].every((message) => message.connection !== connection);
        assert.equal(table.isIdle(connection), isIdle);
      });
    }),
    { numRuns: 500 },
  );
});

test('a slot is not entered while its message is in flight, and left once only', () => {
  const table = new InFlightTable(2, SLOTS);
  const about = (what: string) => ({ message: `in-flight table: connection 1 of this worker: ${what}` });
  table.enter(1, 2, 0);
  const slot = table.slotOf(1, 2);
  assert.throws(
    () => table.enter(1, 2 + SLOTS, 1),
    about('message 2 is inFlight, and message 6 cannot enter the slot'),
  );
  assert.throws(
    () => table.leave(slot, SLOT.answered),
    about('message 2 is inFlight, and it is answered, and was never sent'),
  );
  assert.throws(() => table.forget(1), about('message 2 is inFlight, and it cannot be forgotten'));
  table.noteSent(slot, 1);
  assert.throws(() => table.markLate(slot), about('message 2 is inFlight, and it cannot be answered late'));
  table.leave(slot, SLOT.answered);
  assert.throws(() => table.leave(slot, SLOT.timedOut), about('message 2 is answered, and it cannot become timedOut'));
  assert.equal(table.count, 0);
  const unused = table.slotOf(1, 3);
  assert.throws(() => table.leave(unused, SLOT.lost), about('the slot was never used, and it cannot become lost'));
});

test('what was forgotten is held by no slot, and its place is free', () => {
  const table = new InFlightTable(2, SLOTS);
  for (const connection of [0, 1]) {
    table.enter(connection, 5, 1);
    table.noteSent(table.slotOf(connection, 5), 1);
    table.leave(table.slotOf(connection, 5), SLOT.answered);
  }
  table.forget(0);
  assert.deepEqual([table.holds(table.slotOf(0, 5), 5), table.holds(table.slotOf(1, 5), 5)], [false, true]);
  assert.ok(table.isFree(table.slotOf(0, 5)));
});

test('a message that waits has its slot, and none while it was given up', () => {
  const table = new InFlightTable(1, SLOTS);
  table.reserve(0, 1, 5);
  const slot = table.slotOf(0, 1);
  assert.deepEqual([table.state(slot), table.holds(slot, 1), table.dueUs(slot)], [SLOT.waiting, true, 5]);
  assert.throws(() => table.enter(0, 1 + SLOTS, 6), /message 1 is waiting, and message 5 cannot enter the slot/);
  assert.throws(() => table.leave(slot, SLOT.lost), /message 1 is waiting, and it cannot become lost/);
  assert.throws(() => table.forget(0), /message 1 is waiting, and it cannot be forgotten/);
  table.cancel(slot);
  assert.deepEqual([table.holds(slot, 1), table.isFree(slot), table.count], [false, true, 0]);
  assert.throws(() => table.start(slot), /it does not wait/);
  assert.throws(() => table.cancel(slot), /it does not wait/);
});
