import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CounterName } from '../../src/metrics/counters.js';
import { checkConnectionLaws, checkLaws, type LawInput, lostOf } from '../../src/metrics/laws.js';
import { countersOf } from '../verdict/cell-fixture.js';

/** An open phase in which everything happened, with every law kept. */
const EVENTFUL: Partial<Record<CounterName, number>> = {
  planned: 1000,
  sent: 950,
  dropped: 20,
  backpressure: 10,
  notConnected: 12,
  unsentAtStop: 5,
  lostWithWorker: 3,
  answered: 900,
  timedOut: 30,
  lostOnClose: 20,
  late: 25,
  duplicated: 4,
  unexpected: 2,
  misdelivered: 1,
  received: 932,
  reordered: 7,
  corrupted: 6,
};

function input(changes: Partial<LawInput> = {}, counters: Partial<Record<CounterName, number>> = {}): LawInput {
  return {
    where: 'test',
    model: 'open',
    match: 'sequence',
    counters: countersOf({ ...EVENTFUL, ...counters }),
    lagCount: 950,
    serviceCount: 900,
    responseCount: 900,
    sentBytes: 60_800,
    messageBytes: [64, 64],
    inFlightOccupied: 0,
    interrupted: false,
    ...changes,
  };
}

const broken = (law: LawInput) => checkLaws(law).map(({ law }) => law.split(' ')[0]);

test('an eventful phase in which every law holds', () => {
  assert.deepEqual(checkLaws(input()), []);
  assert.equal(lostOf(countersOf(EVENTFUL)), 25);
});

test('every counter is bound: one message too many anywhere breaks a law', () => {
  const bound: readonly CounterName[] = [
    'planned',
    'sent',
    'dropped',
    'backpressure',
    'notConnected',
    'unsentAtStop',
    'lostWithWorker',
    'answered',
    'timedOut',
    'lostOnClose',
    'inFlightAtEnd',
    'unmatched',
    'received',
    'late',
    'duplicated',
    'unexpected',
    'misdelivered',
  ];
  for (const name of bound) {
    const violations = checkLaws(input({}, { [name]: (EVENTFUL[name] ?? 0) + 1 }));
    assert.notEqual(violations.length, 0, name);
  }
  for (const name of ['lagCount', 'serviceCount', 'responseCount', 'inFlightOccupied'] as const) {
    assert.equal(checkLaws(input({ [name]: input()[name]! + 1 })).length, 1, name);
  }
});

test('a violation names the equation, both sides and where', () => {
  assert.deepEqual(checkLaws(input({ lagCount: 949, where: 'c1-r1, measure, worker 2' })), [
    { law: 'lag.count = sent', left: 949, right: 950, where: 'c1-r1, measure, worker 2' },
  ]);
});

test('late <= timedOut, and marks cannot outnumber the answered', () => {
  assert.deepEqual(broken(input({}, { late: 31, received: 938 })), ['late']);
  assert.deepEqual(broken(input({}, { reordered: 901 })), ['reordered']);
  assert.deepEqual(broken(input({}, { corrupted: 901 })), ['corrupted']);
});

test('messages in flight at the end belong to an interrupted phase only', () => {
  const inFlight = { answered: 890, inFlightAtEnd: 10, received: 922 };
  const counts = { serviceCount: 890, responseCount: 890, inFlightOccupied: 10 };
  assert.deepEqual(broken(input(counts, inFlight)), ['inFlightAtEnd']);
  assert.deepEqual(broken(input({ ...counts, interrupted: true }, inFlight)), []);
});

test('bytes.sent = sent x size, or lies between the bounds of the size', () => {
  for (const sentBytes of [60_800 - 64, 60_800 + 64]) {
    assert.deepEqual(broken(input({ sentBytes })), ['bytes.sent']);
  }
  const messageBytes = [10, 64] as const;
  for (const [sentBytes, laws] of [
    [9499, ['sent']],
    [9500, []],
    [60_800, []],
    [60_801, ['bytes.sent']],
  ] as const) {
    assert.deepEqual(broken(input({ sentBytes, messageBytes })), laws);
  }
  assert.deepEqual(broken(input({ sentBytes: 1, messageBytes: null })), []);
});

test('closed: planned = sent + notConnected and no response time', () => {
  const counters = { planned: 950, notConnected: 0, dropped: 0, backpressure: 0, unsentAtStop: 0, lostWithWorker: 0 };
  assert.deepEqual(broken(input({ model: 'closed', responseCount: 0 }, counters)), []);
  assert.deepEqual(broken(input({ model: 'closed', responseCount: 900 }, counters)), ['response.count']);
  assert.deepEqual(broken(input({ model: 'closed', responseCount: 0 }, { ...counters, planned: 951 })), ['planned']);
});

test('listen: nothing planned or sent, any number received', () => {
  const listen: LawInput = {
    ...input({ model: 'listen', lagCount: 0, serviceCount: 0, responseCount: 0, sentBytes: 0 }),
    counters: countersOf({ received: 5000 }),
  };
  assert.deepEqual(checkLaws(listen), []);
  assert.deepEqual(broken({ ...listen, counters: countersOf({ planned: 1, received: 5 }) }), ['planned']);
});

test('match none: every sent message is unmatched, what comes in is not held against it', () => {
  const none: LawInput = {
    ...input({ match: 'none', lagCount: 50, serviceCount: 0, responseCount: 0, sentBytes: 3200 }),
    counters: countersOf({ planned: 50, sent: 50, unmatched: 50, received: 13 }),
  };
  assert.deepEqual(checkLaws(none), []);
  const answered = countersOf({ planned: 50, sent: 50, unmatched: 49, answered: 1, received: 13 });
  assert.deepEqual(broken({ ...none, counters: answered, serviceCount: 1, responseCount: 1 }), ['unmatched']);
});

test('connection laws', () => {
  const good = {
    where: 't',
    attempts: 10,
    opened: 7,
    failed: 2,
    abandoned: 1,
    closedClean: 4,
    closedDirty: 2,
    openAtEnd: 1,
  };
  assert.deepEqual(checkConnectionLaws(good), []);
  assert.equal(checkConnectionLaws({ ...good, attempts: 11 }).length, 1);
  assert.equal(checkConnectionLaws({ ...good, closedDirty: 3 }).length, 1);
  assert.equal(checkConnectionLaws({ ...good, opened: 8 }).length, 2);
});
