import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FaultPlan } from '../../../src/server/faults/catalogue.js';
import { delayUs } from '../../../src/server/faults/delay.js';
import { type Distribution, drawUs } from '../../../src/server/faults/distribution.js';
import { DueQueue } from '../../../src/server/faults/due-queue.js';
import { parseFaults } from '../../../src/server/faults/fault-list.js';
import { FaultedConnection } from '../../../src/server/faults/faulted-connection.js';
import { nextFreeze } from '../../../src/server/faults/freeze.js';
import { altered, sequenceIn } from '../../../src/server/faults/payload.js';
import { SingleServer } from '../../../src/server/faults/queue.js';
import { isRefused } from '../../../src/server/faults/refuse.js';
import { Replies } from '../../../src/server/faults/replies.js';
import { outOfStallUs } from '../../../src/server/faults/stall.js';
import type { TruthMessage } from '../../../src/server/faults/truth-entry.js';
import { Rng } from '../../../src/stats/rng.js';
import { FakePeer } from '../fake-peer.js';
import { ManualClock } from './manual-clock.js';

const CONNECTIONS = 4;

/** Sends messages in this order of connections, 1 ms apart, and returns what was written down of each. */
function written(plan: FaultPlan, seed: number, order: readonly number[]): TruthMessage[] {
  const clock = new ManualClock();
  const due = new DueQueue(clock);
  const log: TruthMessage[] = [];
  const connections = Array.from({ length: CONNECTIONS }, (_, n) => new FaultedConnection(n, new FakePeer(), seed));
  const replies = new Replies({
    plan,
    clock,
    startUs: 0,
    due,
    truth: (entry) => {
      if (entry.kind === 'message') log.push(entry);
    },
    send: ({ peer }, bytes, isBinary) => void peer.deliver(bytes, isBinary),
    neighbourOf: ({ number }) => connections[(number + 1) % CONNECTIONS]!,
  });
  const next = connections.map(() => 0);
  for (const number of order) {
    clock.passTo(clock.nowUs() + 1000);
    const ordinal = next[number]!++;
    replies.take(connections[number]!, { bytes: Buffer.from('{}'), isBinary: true, ordinal, inUs: clock.nowUs() });
  }
  clock.passTo(clock.nowUs() + 10e6);
  return log;
}

const MIX = parseFaults(['drop:10%,duplicate:10%,alter:10%,misdeliver:10%,delay:exp(5ms)']).plan;

test('same seed and same order on each connection: the same decisions, however connections take turns', () => {
  const orders = fc.array(fc.nat({ max: CONNECTIONS - 1 }), { maxLength: 80 });
  const did = (log: TruthMessage[]) => log.map((entry) => `${entry.connection} ${entry.ordinal} ${entry.did}`).sort();
  const fates = (log: TruthMessage[]) =>
    log
      .map(({ connection, ordinal, did, outUs, inUs }) =>
        [connection, ordinal, did, outUs === null ? '-' : Math.floor((outUs - inUs) / 2000)].join(' '),
      )
      .sort();
  fc.assert(
    fc.property(orders, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (order, seed) => {
      const byConnection = [...order].sort((a, b) => a - b);
      assert.deepEqual(did(written(MIX, seed, order)), did(written(MIX, seed, byConnection)));
      assert.deepEqual(fates(written(MIX, seed, order)), fates(written(MIX, seed, order)));
    }),
    { numRuns: 30 },
  );
  const order = Array.from({ length: 400 }, (_, i) => i % CONNECTIONS);
  assert.notDeepEqual(did(written(MIX, 1, order)), did(written(MIX, 2, order)), 'another seed decides otherwise');
  const delayed = parseFaults(['delay:exp(5ms)']).plan;
  assert.notDeepEqual(fates(written(delayed, 1, order)), fates(written(delayed, 2, order)));
  const served = parseFaults(['queue:exp(1ms)']).plan;
  assert.notDeepEqual(fates(written(served, 1, order)), fates(written(served, 2, order)));
});

test('shares lie within binomial bounds, and every message is written down once', () => {
  const order = Array.from({ length: 8000 }, (_, i) => i % CONNECTIONS);
  const { plan } = parseFaults(['drop:1%,duplicate:5%,swap:10%,alter:20%,misdeliver:2%']);
  for (const seed of [1, 2, 3]) {
    const log = written(plan, seed, order);
    assert.equal(log.length, order.length);
    assert.equal(new Set(log.map(({ connection, ordinal }) => `${connection}/${ordinal}`)).size, order.length);
    // A swap whose predecessor is being swapped is that one's partner: 10 % of 1 - 10 %.
    const shares = { dropped: 0.01, duplicated: 0.05, swapped: 0.1 / 1.1, altered: 0.2, misdelivered: 0.02 };
    for (const [did, share] of Object.entries(shares)) {
      const count = log.filter((entry) => entry.did === did).length;
      const expected = share * order.length;
      const tolerance = 4 * Math.sqrt(expected * (1 - share)) + (did === 'swapped' ? 0.02 * expected : 0);
      assert.ok(Math.abs(count - expected) <= tolerance, `seed ${seed}: ${count} ${did}, expected ${expected}`);
    }
  }
});

test('a swapped reply leaves right after the next one of its connection, or alone when none comes', () => {
  const { plan } = parseFaults(['swap:100%']);
  const both = written(plan, 1, [0, 1, 0]);
  assert.deepEqual(
    both.map(({ connection, ordinal, did }) => [connection, ordinal, did]),
    [
      [0, 1, 'echo'],
      [0, 0, 'swapped'],
      [1, 0, 'echo'],
    ],
  );
  assert.ok(both[2]!.outUs! - both[2]!.inUs >= 1_000_000, 'it had waited for one');
});

test('no reply leaves before its delay is over', () => {
  for (const text of ['delay:10ms', 'queue:3ms,delay:7ms', 'delay:uniform(10ms,20ms)', 'handshake:1ms,delay:10ms']) {
    for (const { inUs, outUs } of written(parseFaults([text]).plan, 1, [0, 1, 2, 0, 1])) {
      assert.ok(outUs! - inUs >= 10_000, `${text}: ${outUs! - inUs}`);
    }
  }
});

test('distributions have the mean and the spread that they are named after', () => {
  const draws = (distribution: Distribution) => {
    const rng = new Rng(7);
    return Array.from({ length: 20_000 }, () => drawUs(distribution, rng));
  };
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const exponential = draws({ kind: 'exponential', meanUs: 10_000 });
  assert.ok(Math.abs(mean(exponential) - 10_000) < 300);
  const above = exponential.filter((us) => us > 10_000 * Math.log(2)).length;
  assert.ok(Math.abs(above - 10_000) < 300, 'half lies above the median');
  const uniform = draws({ kind: 'uniform', fromUs: 5000, toUs: 20_000 });
  assert.ok(Math.abs(mean(uniform) - 12_500) < 150);
  assert.ok(uniform.every((us) => us >= 5000 && us < 20_000));
  const bimodal = draws({ kind: 'bimodal', lowUs: 2000, highUs: 200_000, highShare: 0.05 });
  const high = bimodal.filter((us) => us === 200_000).length;
  assert.ok(Math.abs(high - 1000) < 4 * Math.sqrt(950));
  assert.equal(bimodal.filter((us) => us === 2000).length, bimodal.length - high);
});

test('slow at first: up to the instant, then no more', () => {
  const spec = { kind: 'first', firstUs: 5e6, slowUs: 200_000, thenUs: 2000 } as const;
  const rng = new Rng(1);
  assert.deepEqual(
    [0, 5e6 - 1, 5e6, 9e6].map((sinceUs) => delayUs(spec, rng, sinceUs)),
    [200_000, 200_000, 2000, 2000],
  );
});

test('one server serves one at a time, in the order they came', () => {
  const server = new SingleServer();
  assert.deepEqual(
    [
      [0, 10],
      [5, 10],
      [6, 1],
      [50, 2],
    ].map(([nowUs, serviceUs]) => server.doneUs(nowUs!, serviceUs!)),
    [10, 20, 21, 52],
  );
});

test('a stall is the end of its period; out of it is the next period', () => {
  const spec = { lengthUs: 100, periodUs: 1000 };
  const cases = [
    [7, 7],
    [906, 906],
    [907, 1007],
    [1006, 1007],
    [1007, 1007],
    [1907, 2007],
  ];
  for (const [atUs, outUs] of cases) assert.equal(outOfStallUs(spec, 7, atUs!), outUs);
});

test('freezes: the one under way or to come; one that happens once comes no more', () => {
  const again = { kind: 'recurring', lengthUs: 100, periodUs: 1000 } as const;
  assert.deepEqual(nextFreeze(again, 0, 0), { fromUs: 900, toUs: 1000 });
  assert.deepEqual(nextFreeze(again, 0, 950), { fromUs: 900, toUs: 1000 });
  assert.deepEqual(nextFreeze(again, 0, 1000), { fromUs: 1900, toUs: 2000 });
  const once = { kind: 'once', lengthUs: 100, atUs: 500 } as const;
  assert.deepEqual(nextFreeze(once, 7, 550), { fromUs: 507, toUs: 607 });
  assert.equal(nextFreeze(once, 7, 607), null);
});

test('refusals follow from seed and number alone', () => {
  const share = { how: 503, whom: { kind: 'share', share: 0.1 } } as const;
  const refused = (seed: number) => Array.from({ length: 4000 }, (_, n) => isRefused(share, n, seed));
  const count = refused(1).filter(Boolean).length;
  assert.ok(Math.abs(count - 400) < 4 * Math.sqrt(360), `${count}`);
  assert.deepEqual(refused(1), refused(1));
  assert.notDeepEqual(refused(1), refused(2));
  const numbers = parseFaults(['refuse:503(1,4-5,8-)']).plan.refuse!;
  const picked = Array.from({ length: 10 }, (_, n) => n).filter((n) => isRefused(numbers, n, 1));
  assert.deepEqual(picked, [1, 4, 5, 8, 9]);
});

test('a sequence is the field of that name, or the ten digits at the front of a binary message', () => {
  const text = (value: string) => sequenceIn(Buffer.from(value), false);
  assert.equal(text('{"type":"message","sequence":1000000001,"content":""}'), 1_000_000_001);
  assert.equal(text('{"sequence" : 7 }'), 7);
  for (const none of ['{}', '{"sequence":"7"}', '{"sequence":12345678901234567890}', '1000000001']) {
    assert.equal(text(none), null, none);
  }
  assert.equal(sequenceIn(Buffer.from('1000000001 017 x'), true), 1_000_000_001);
  for (const none of ['', '100000000', 'x1000000001']) assert.equal(sequenceIn(Buffer.from(none), true), null, none);
});

test('an altered message differs in its content and in nothing else', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (fields, content) => {
      const message = JSON.parse(JSON.stringify({ ...fields, type: 'message', sequence: 1_000_000_001, content }));
      const { content: before, ...rest } = message;
      const { content: after, ...kept } = JSON.parse(altered(Buffer.from(JSON.stringify(message)), false).toString());
      assert.notDeepEqual(after, before);
      assert.deepEqual(kept, rest);
    }),
  );
  const binary = Buffer.from('1000000001 017 x');
  const other = altered(binary, true);
  assert.equal(other.length, binary.length);
  assert.equal(other.compare(binary, 0, binary.length - 1, 0, binary.length - 1), 0);
  assert.notEqual(other.at(-1), binary.at(-1));
  assert.equal(altered(Buffer.alloc(0), true).length, 1);
});
