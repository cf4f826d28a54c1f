import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { CellSoFar } from '../../src/metrics/so-far.js';
import { shouldAbort } from '../../src/verdict/abort.js';
import { judgeStep } from '../../src/verdict/capacity-step.js';
import { donePerSecond } from '../../src/verdict/done.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { judge } from '../../src/verdict/judge.js';
import { concurrencyNotes } from '../../src/verdict/notes.js';
import { evaluateThreshold } from '../../src/verdict/thresholds.js';
import { healthyCell, judgementOf, withMessages, withRequests, withWorker } from './cell-fixture.js';
import { type FanoutFixture, withFanout } from './fanout-fixture.js';
import { threshold } from './threshold-fixture.js';

/** Of 1,000 messages nothing comes. */
const NOTHING: FanoutFixture = { missed: 100_000, reachedAny: 0 };

/** 1,000 messages in 10 s to each of 100 connections; the way back added a tenth of a millisecond. */
function hub(fanout: FanoutFixture = {}, workers = 1): CellResult {
  return withFanout(healthyCell({ connections: 100, workers }), { addedUs: [100], ...fanout });
}

type Metric = Parameters<typeof threshold>[0];
const of = (metric: Metric, aggregation: string, cell: CellResult, request?: string) =>
  evaluateThreshold(threshold(metric, aggregation, '<', 1, request === undefined ? {} : { selector: { request } }), [
    cell,
  ]);
const outcomeOf = (cell: CellResult) => ({ cells: [cell], notRun: [], interrupted: false, abortedBy: null });
const failedGates = (cell: CellResult) => gatesOf(cell).filter(({ passed }) => !passed);

describe('metrics of deliveries', () => {
  it('read the times of each delivery, and of the first and the last of each message', () => {
    const cell = hub({ deliverUs: [1000], firstUs: [400], lastUs: [1900], lateUs: 100 });
    assert.equal(of('ws_deliver_time', 'p(99)', cell)?.actual, 1100);
    assert.equal(of('ws_deliver_first', 'p(99)', cell)?.actual, 500);
    assert.equal(of('ws_deliver_last', 'p(99)', cell)?.actual, 2000);
    assert.equal(of('ws_deliver_spread', 'p(99)', cell)?.actual, 1500, 'late sending is no part of it');
  });

  it('count deliveries, those missed and those that came twice, and the share that came', () => {
    const cell = hub({ missed: 5, counters: { redelivered: 3 } });
    assert.equal(of('ws_msgs_delivered', 'count', cell)?.actual, 99_995);
    assert.equal(of('ws_msgs_delivered', 'rate', cell)?.actual, 9999.5, 'deliveries a second');
    assert.equal(of('ws_msgs_missed', 'count', cell)?.actual, 5);
    assert.equal(of('ws_msgs_redelivered', 'count', cell)?.actual, 3);
    const reach = (limit: number, comparison: '>=' | '==') =>
      evaluateThreshold(threshold('ws_reach', 'rate', comparison, limit), [cell])?.passed;
    assert.deepEqual([reach(0.999, '>='), reach(0.9999, '>='), reach(1, '==')], [true, true, false]);
    const all = evaluateThreshold(threshold('ws_reach', 'rate', '==', 1), [hub()]);
    assert.deepEqual([all?.passed, all?.actual], [true, 1]);
  });

  it('read one request alone where it is named', () => {
    const cell = withFanout(
      healthyCell({ connections: 100 }),
      { name: 'say', lastUs: [2000] },
      { name: 'announce', lastUs: [1500], missed: 4, messages: 500 },
    );
    assert.equal(of('ws_deliver_last', 'p(50)', cell, 'say')?.actual, 2000);
    assert.equal(of('ws_deliver_last', 'p(50)', cell, 'announce')?.actual, 1500);
    assert.equal(of('ws_msgs_missed', 'count', cell, 'say')?.actual, 0);
    assert.equal(of('ws_msgs_missed', 'count', cell, 'announce')?.actual, 4);
    assert.equal(of('ws_reach', 'rate', cell, 'announce')?.actual, 1 - 4 / 50_000);
    assert.equal(of('ws_msgs_missed', 'count', cell)?.actual, 4, 'both');
  });

  it('rank what did not come last: no threshold passes there', () => {
    const cell = hub({ missed: 20 });
    const last = of('ws_deliver_last', 'p(99)', cell);
    assert.deepEqual([last?.passed, last?.actual], [false, null]);
    assert.match(last?.note ?? '', /2 % unanswered/);
    assert.equal(of('ws_deliver_time', 'p(99)', cell)?.actual, 1000, '20 of 100,000 are beyond p99');
  });

  it('have no value without messages that reach others, and say why', () => {
    const echo = healthyCell();
    for (const [metric, aggregation] of [
      ['ws_deliver_last', 'p(99)'],
      ['ws_reach', 'rate'],
      ['ws_msgs_missed', 'count'],
      ['ws_msgs_delivered', 'count'],
    ] as const) {
      const { passed, note } = of(metric, aggregation, echo)!;
      assert.equal(passed, null, metric);
      assert.match(note!, /no request says reaches/);
    }
    const mixed = { ...hub(), requests: withRequests(echo, [{ name: 'ask', counters: {} }]).requests };
    assert.match(of('ws_deliver_last', 'p(99)', mixed, 'ask')!.note!, /the request ask reaches no other/);
    const alone = withFanout(healthyCell({ connections: 0, rate: 100 }), {});
    assert.match(of('ws_reach', 'rate', alone)!.note!, /owed a delivery/);
    const messages = gatesOf(alone).map(({ message }) => message);
    assert.deepEqual(messages.slice(1, 3), new Array(2).fill('no connection was owed a delivery'));
    const inPairs = healthyCell({ connections: 1 });
    const single = withFanout(inPairs, { messages: 1000, lastUs: [500] });
    const none = { ...single.fanout![0]!.spreadUs, count: 0 };
    const pairs = { ...single, fanout: [{ ...single.fanout![0]!, spreadUs: none }] };
    assert.match(of('ws_deliver_spread', 'p(99)', pairs)!.note!, /each message was for one connection/);
    assert.equal(of('ws_deliver_last', 'p(99)', pairs)!.actual, 500);
  });
});

describe('a threshold on deliver times', () => {
  const word = (metric: Metric, limit: number, cell: CellResult) =>
    evaluateThreshold(threshold(metric, 'p(50)', '<', limit), [cell])?.passed;

  it('passes on the measured end and fails on the part from the send that the way back cannot explain', () => {
    const cell = hub({ deliverUs: [20_000], firstUs: [10_000], lastUs: [30_000], lateUs: 5000, addedUs: [2000] });
    for (const [metric, low, high] of [
      ['ws_deliver_time', 18_000, 25_000],
      ['ws_deliver_first', 8000, 15_000],
      ['ws_deliver_last', 28_000, 35_000],
    ] as const) {
      assert.equal(word(metric, high + 100, cell), true, `${metric} above`);
      assert.equal(word(metric, (low + high) / 2, cell), null, `${metric} between`);
      assert.equal(word(metric, low - 500, cell), false, `${metric} below`);
    }
  });

  it('has an upper end of the spread above what was measured: the first delivery may have been read late', () => {
    const cell = hub({ firstUs: [10_000], lastUs: [30_000], addedUs: [2000] });
    assert.equal(word('ws_deliver_spread', 20_500, cell), null);
    assert.equal(word('ws_deliver_spread', 22_500, cell), true);
    assert.equal(word('ws_deliver_spread', 17_500, cell), false);
  });

  it('takes the slowest way back of all workers off the last delivery, and of one worker off the first', () => {
    // One way back in eight took 20 ms: of eight workers mostly one is among them.
    const addedUs = [20_000, 100, 100, 100, 100, 100, 100, 100];
    const us = [10_000, 10_000, 10_000, ...new Array<number>(7).fill(30_000)];
    const fanout = { firstUs: us, lastUs: us, addedUs };
    const [one, eight] = [hub(fanout), hub(fanout, 8)];
    assert.equal(word('ws_deliver_last', 25_000, one), false);
    assert.equal(word('ws_deliver_last', 25_000, eight), null);
    assert.equal(word('ws_deliver_first', 25_000, eight), false);
  });
});

describe('gates of messages that reach others', () => {
  it('are there without replies, and nowhere else', () => {
    const names = (cell: CellResult) => gatesOf(cell).map(({ gate }) => gate);
    assert.deepEqual(names(hub()), ['held', 'delivered', 'missed', 'redelivered']);
    assert.ok(!names(healthyCell()).includes('missed'));
    assert.deepEqual(failedGates(hub()), []);
  });

  it('stand beside those of replies where some requests ask for one', () => {
    const replies = {
      planned: 3000,
      sent: 3000,
      unmatched: 1000,
      unawaited: 1000,
      answered: 1990,
      timedOut: 10,
      received: 101_990,
    };
    const fanout = hub();
    const cell: CellResult = {
      ...withMessages(fanout, { ...replies, delivered: 100_000 }),
      match: 'sequence',
    };
    const [answered] = gatesOf(cell).filter(({ gate }) => gate === 'answered');
    assert.equal(answered?.message, '1,990 of 2,000 messages answered');
    assert.deepEqual(
      failedGates(cell).map(({ gate }) => gate),
      ['lost'],
    );
  });

  it('fail on a delivery that did not come, or came twice, or if none came', () => {
    const subscribers = { count: 100, jain: 1, worst: [{ connection: 7, delivered: 495, owed: 500 }], curve: [] };
    const [missed, twice] = failedGates({ ...hub({ missed: 5, counters: { redelivered: 3 } }), subscribers });
    assert.equal(missed?.message, '5 of 100,000 deliveries missed (0.01 %); worst: connection 7, with 495 of 500');
    assert.equal(twice?.message, '3 deliveries came twice');
    const none = hub(NOTHING);
    assert.deepEqual(
      failedGates(none).map(({ gate }) => gate),
      ['delivered', 'missed'],
    );
  });

  it('name the request that has most of them', () => {
    const cell = withFanout(healthyCell({ connections: 100 }), { name: 'say', missed: 3 }, { name: 'news', missed: 9 });
    assert.match(failedGates(cell)[0]!.message, /^12 of 200,000 .*, most of them news: 9$/);
  });
});

describe('notes on messages that reach others', () => {
  it('tell of deliveries that came late, twice, to nobody any more, as history, or to the wrong connections', () => {
    const counters = { deliveredLate: 2, redelivered: 1, gone: 40, replayed: 6, misdelivered: 8 };
    const cell = { ...hub({ missed: 5, counters }), validity: 'valid' as const };
    assert.deepEqual(
      concurrencyNotes([cell]).map(({ text }) => text),
      [
        '5 of 100,000 deliveries missed (0.01 %)',
        '2 deliveries came after the timeout',
        '1 delivery came twice',
        '40 deliveries went to connections that had closed',
        '6 deliveries were of messages sent before their connection was open',
        '8 deliveries came to connections that they were not for',
      ],
    );
  });
});

describe('the target of messages that reach others', () => {
  const growing = (usPerSecond: number, lateUsPerSecond = usPerSecond, r2 = 0.9) =>
    judgementOf(hub({ growth: { usPerSecond, lateUsPerSecond, r2 } })).target;

  it('is ok without a single reply, if every delivery came', () => {
    const { target, validity, reasons } = judgementOf(hub());
    assert.deepEqual([target, validity], ['ok', 'valid']);
    assert.deepEqual(
      reasons.filter(({ side }) => side === 'target'),
      [],
    );
  });

  it('is overloaded if many deliveries are missed and a sign of too much load is there, and not for a few', () => {
    assert.equal(judgementOf(hub({ missed: 5 })).target, 'ok');
    const growth = { usPerSecond: 48_000, lateUsPerSecond: 48_000, r2: 0.9 };
    const busy: CellResult = { ...hub({ missed: 2000 }), server: healthyCell({ cpuPercent: 95 }).server };
    const signs = {
      'deliveries that come late': hub({ missed: 2000, late: 1000 }),
      'deliveries that take longer and longer': hub({ missed: 2000, growth }),
      'a processor that is full': busy,
      'replies that do not come': withMessages(hub({ missed: 2000 }), { missed: 2000, delivered: 98_000, timedOut: 1 }),
    };
    for (const [sign, cell] of Object.entries(signs)) {
      const { target, reasons } = judgementOf(cell);
      assert.equal(target, 'overloaded', sign);
      const reason = reasons.find(({ code }) => code === 'target_missed');
      assert.equal(reason?.message, '2,000 of 100,000 deliveries missed (2 %)', sign);
      assert.match(reason!.fix, /lower the rate/);
    }
    assert.equal(judgementOf(hub({ missed: 2000, late: 980 })).target, 'failing', 'one in a hundred of what came');
  });

  it('that takes messages and passes them on in part, or not at all, is failing, and told how', () => {
    const of = (cell: CellResult) => {
      const { target, validity, reasons } = judgementOf(cell);
      const codes = reasons.filter(({ side }) => side === 'target').map(({ code }) => code);
      assert.deepEqual([target, validity, codes], ['failing', 'valid', ['target_undelivered']]);
      return reasons.find(({ code }) => code === 'target_undelivered')!;
    };
    const nothing = of(hub(NOTHING));
    assert.equal(
      nothing.message,
      'the target took 1,000 messages and passed none of them on: 100,000 of 100,000 deliveries missed (100 %)',
    );
    assert.match(nothing.fix, /^join in session, and put \{\{sequence\}\} into what the server passes on/);
    const hardly = of(hub({ missed: 99_500 }));
    assert.match(hardly.message, /^the target took 1,000 messages and passed hardly anything on: 99,500 of/);
    assert.equal(hardly.fix, nothing.fix);

    const rooms = of(hub({ missed: 20_000, reachedAny: 800, reachedAll: 800 }));
    assert.match(rooms.message, /^200 of 1,000 messages reached nobody, the others everybody: 20,000 of 100,000/);
    assert.match(rooms.fix, /a room that is stuck/);

    const subscribers = { count: 100, missing: 20, unreached: 20, jain: 0.8, worst: [], curve: [] };
    const some = of({ ...hub({ missed: 20_000 }), subscribers });
    assert.match(some.message, /^only 20 of 100 connections did not get every message: /);
    assert.match(some.fix, /what these connections share/);

    const half = of({ ...hub({ missed: 50_000 }), subscribers: { ...subscribers, missing: 100, unreached: 0 } });
    assert.match(half.message, /^deliveries of 1,000 messages are missing here and there: 50,000 of 100,000 .*50 %/);
    assert.match(half.fix, /where the server drops what it has taken.*same at a lower rate is not the load/);
  });

  it('is failing for one request alone, however few of all deliveries are its own', () => {
    const cell = withFanout(
      healthyCell({ connections: 100 }),
      { name: 'say' },
      { ...NOTHING, name: 'rare', messages: 5 },
    );
    const missed = { ...cell.fanout![1]!.deliveries, delivered: 0, missed: 500 };
    const rare = { ...cell.fanout![1]!, deliveries: missed };
    const { target, reasons } = judgementOf({ ...cell, fanout: [cell.fanout![0]!, rare] });
    assert.equal(target, 'failing');
    assert.match(reasons.at(-1)!.message, /^the target took 5 messages of rare and passed none of them on: /);
  });

  it('that answers what it does not pass on is told to have answered', () => {
    const cell = hub(NOTHING);
    const [request] = cell.requests!;
    const answered = { ...request!, messages: { ...request!.messages, answered: 1000 } };
    const reason = judgementOf({ ...cell, requests: [answered] }).reasons.at(-1)!;
    assert.match(
      reason.message,
      /^the target took 1,000 messages, answered 1,000 of them and passed none of them on: /,
    );
  });

  it('is failing in the whole run, too, unless a cell is overloaded', () => {
    const targetOf = (...cells: CellResult[]) =>
      judge({ ...outcomeOf(hub()), cells }, [], { defaultGates: false, strict: false }).target;
    assert.equal(targetOf(hub(), hub(NOTHING)), 'failing');
    assert.equal(targetOf(hub(NOTHING), hub({ missed: 2000, late: 2000 })), 'overloaded');
  });

  it('is overloaded if deliveries take longer and longer to the end', () => {
    assert.deepEqual(
      [growing(48_000), growing(9000), growing(48_000, 0), growing(48_000, 48_000, 0.2)],
      [...['overloaded', 'ok', 'ok', 'ok']],
    );
    const slow = hub({ growth: { usPerSecond: 250_000, lateUsPerSecond: 250_000, r2: 1 } });
    const reason = judgementOf(slow).reasons.find(({ code }) => code === 'target_deliver');
    assert.equal(reason?.message, 'deliveries took 250 ms longer every second');
    assert.match(reason!.fix, /about 8,000 deliveries\/s/);
    assert.equal(donePerSecond(slow), 8000);
    assert.equal(donePerSecond(hub()), 10_000);
  });

  it('is not blamed where the generator is INVALID', () => {
    const lost = withWorker(hub({ growth: { usPerSecond: 48_000, lateUsPerSecond: 48_000, r2: 1 } }), {
      status: 'lost',
    });
    const { target, reasons } = judgementOf(lost);
    assert.equal(target, 'ok');
    assert.equal(reasons.find(({ code }) => code === 'target_deliver')?.side, 'unknown');
  });
});

describe('the accuracy of messages that reach others', () => {
  it('is judged by the bracket of their deliveries where there are no replies', () => {
    const disturbed = { runQueueWait: 0.3, blockedMsMax: 90 };
    assert.equal(judgementOf(withWorker(hub(), disturbed)).validity, 'valid', 'the error was measured, and is small');
    const late = judgementOf(hub({ deliverUs: [10_000], lateUs: 5000 }));
    assert.equal(late.validity, 'degraded');
    const [reason] = late.reasons;
    assert.match(reason!.message, /^deliveries p50 9\.\d+–15\.\d+ ms, deliveries p95 .*asked for: to 20 % or 1 ms/);
    assert.match(reason!.message, /may be late sending/);
    assert.equal(judgementOf(hub({ deliverUs: [4000], lateUs: 8000 })).validity, 'invalid');
  });

  it('is told to be unknown where the check was off, and disturbances decide', () => {
    const cell = withWorker(hub({ addedUs: undefined }), { runQueueWait: 0.1 });
    const { validity, reasons } = judgementOf(cell);
    assert.equal(validity, 'degraded');
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['error_unknown', 'cpu_starved'],
    );
  });
});

describe('a run of messages that reach others', () => {
  const run = (cell: CellResult, ...thresholds: Parameters<typeof judge>[1]) =>
    judge(outcomeOf(cell), thresholds, {
      ...{ defaultGates: true, strict: false },
    }).exitCode;

  it('passes where all came, fails by gate or by threshold, and is undecided without deliveries', () => {
    const reach = threshold('ws_reach', 'rate', '==', 1);
    assert.equal(run(hub(), reach), 0);
    assert.equal(run(hub({ missed: 1 }), reach), 99);
    assert.equal(run(hub(), threshold('ws_deliver_last', 'p(99)', '<', 1500)), 99);
    assert.equal(run(healthyCell({ addedUs: [60] }), reach), 98);
  });

  it('is ended early by a count or a share that has failed', () => {
    const soFar = (cell: CellResult): CellSoFar => ({ ...cell, heldSoFar: 100 });
    const abort = { abortOnFail: true };
    const missed = threshold('ws_msgs_missed', 'count', '<=', 4, abort);
    assert.equal(shouldAbort(missed, soFar(hub({ missed: 4 })), 1000), false);
    assert.equal(shouldAbort(missed, soFar(hub({ missed: 5 })), 1000), true);
    const reach = threshold('ws_reach', 'rate', '>=', 0.9999, abort);
    assert.equal(shouldAbort(reach, soFar(hub({ missed: 5 })), 1000), false);
    assert.equal(shouldAbort(reach, soFar(hub({ missed: 500, messages: 1000 })), 1000), true);
    const delivered = threshold('ws_msgs_delivered', 'count', '>=', 1e9, abort);
    assert.equal(shouldAbort(delivered, soFar(hub()), 1000), false, 'it may yet be reached');
    const nothing = hub({ counters: { delivered: 0, missed: 0 } });
    assert.equal(shouldAbort(reach, soFar(nothing), 1000), false, 'nothing has come yet, and nothing is missed');
  });
});

describe('a step of a capacity search over messages that reach others', () => {
  const slo = (limit: number, metric: Metric = 'ws_deliver_last') => threshold(metric, 'p(90)', '<', limit);
  const word = (cell: CellResult, limit: number, metric?: Metric) => {
    const { passed, by, straddles } = judgeStep(cell, slo(limit, metric));
    return passed ? 'passed' : `${by}${straddles ? ', look longer' : ''}`;
  };

  it('passes on the measured last delivery, fails on its lower end, and is open between', () => {
    const fanout = { lastUs: [30_000], lateUs: 10_000, addedUs: [2000] };
    assert.equal(word(hub(fanout), 50_000), 'passed');
    assert.equal(word(hub(fanout), 35_000), 'client');
    assert.equal(word(hub(fanout), 20_000), 'target');
  });

  it('fails by what was missed, came twice, or took longer and longer', () => {
    assert.equal(word(hub({ missed: 1 }), 50_000), 'target');
    assert.match(judgeStep(hub({ missed: 1 }), slo(50_000)).why!, /^1 of 100,000 deliveries missed/);
    const nothing = judgeStep(hub(NOTHING), slo(50_000));
    assert.equal(nothing.by, 'target');
    assert.match(nothing.why!, /^the target took 1,000 messages and passed none of them on/);
    assert.match(nothing.fix!, /^join in session/);
    const slow = hub({ growth: { usPerSecond: 250_000, lateUsPerSecond: 250_000, r2: 1 } });
    const { by, why, fix } = judgeStep(slow, slo(50_000));
    assert.deepEqual(
      [by, why, fix],
      [...['target', 'deliveries took 250 ms longer every second', 'it did 8,000 deliveries/s']],
    );
  });

  it('has an interval as wide as its messages are few, not its deliveries', () => {
    const deliverUs = Array.from({ length: 100 }, (_, i) => 10_000 + 100 * i);
    const few = judgeStep(hub({ messages: 200, deliverUs }), slo(50_000, 'ws_deliver_time')).value.ci!;
    const many = judgeStep(hub({ messages: 2000, deliverUs }), slo(50_000, 'ws_deliver_time')).value.ci!;
    assert.ok(few[1] - few[0] > 2 * (many[1] - many[0]), `${few} against ${many}`);
  });

  it('is not judged without deliveries', () => {
    const { by, why } = judgeStep(healthyCell({ addedUs: [60] }), slo(50_000));
    assert.equal(by, 'samples');
    assert.match(why!, /no request says reaches/);
  });
});
