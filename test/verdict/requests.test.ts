import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { CellSoFar } from '../../src/metrics/so-far.js';
import { shouldAbort } from '../../src/verdict/abort.js';
import { judgeStep } from '../../src/verdict/capacity-step.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { judgedQuantiles } from '../../src/verdict/judged-quantiles.js';
import { concurrencyNotes } from '../../src/verdict/notes.js';
import { asRequest } from '../../src/verdict/request-cell.js';
import { evaluateThreshold } from '../../src/verdict/thresholds.js';
import {
  countersOf,
  healthyCell,
  judgementOf,
  type RequestFixture,
  withConnections,
  withRequests,
  withSession,
  withWorker,
} from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const all = (count: number) => ({ planned: count, sent: count, answered: count, received: count });
const SAY: RequestFixture = { name: 'say', counters: all(2000), serviceUs: [1000] };
const HISTORY: RequestFixture = { name: 'history', counters: all(8000), serviceUs: [1900] };

/** 10 s of 200 `say` and 800 `history` a second. */
function chat(changes: Readonly<Record<string, RequestFixture['counters']>> = {}): CellResult {
  const changed = (request: RequestFixture) => ({
    ...request,
    counters: { ...request.counters, ...changes[request.name] },
  });
  return withRequests(healthyCell({ addedUs: [1] }), [changed(SAY), changed(HISTORY)]);
}

const about = (request: string) => ({ selector: { request } });
const failedGates = (cell: CellResult) => gatesOf(cell).filter(({ passed }) => !passed);

describe('a threshold on one request', () => {
  const actual = (metric: Parameters<typeof threshold>[0], request: string, aggregation = 'count', cell = chat()) =>
    evaluateThreshold(threshold(metric, aggregation, '<', 1, about(request)), [cell]);

  it('reads the times of that request alone', () => {
    assert.equal(actual('ws_service_time', 'say', 'p(99)')?.actual, 1000);
    assert.equal(actual('ws_service_time', 'history', 'p(99)')?.actual, 1900);
    const response = actual('ws_response_time', 'say', 'p(99)')?.actual ?? 0;
    assert.ok(response > 1000 && response < 1300, `${response}`);
  });

  it('is decided by the two ends of its own bracket', () => {
    const cell = chat();
    const p99 = (limit: number) => threshold('ws_response_time', 'p(99)', '<', limit, about('say'));
    const [low, high] = cell.requests![0]!.brackets!.quantiles.p99!;
    assert.ok(low < 1000 && high > 1000, `${low} to ${high}`);
    assert.equal(evaluateThreshold(p99(high + 1), [cell])?.passed, true);
    assert.equal(evaluateThreshold(p99((low + high) / 2), [cell])?.passed, null);
    assert.equal(evaluateThreshold(p99(low), [cell])?.passed, false);
  });

  it('reads its counters and its rates', () => {
    const cell = chat({ say: { failed: 12, answered: 1990, timedOut: 10 } });
    assert.equal(actual('ws_msgs_sent', 'say')?.actual, 2000);
    assert.equal(actual('ws_msgs_sent', 'say', 'rate')?.actual, 200);
    assert.equal(actual('ws_msgs_failed', 'say', 'count', cell)?.actual, 12);
    assert.equal(actual('ws_msgs_failed', 'history', 'count', cell)?.actual, 0);
    assert.equal(actual('ws_msgs_lost', 'say', 'count', cell)?.actual, 10);
    assert.equal(actual('ws_msgs_answered', 'say', 'rate', cell)?.actual, 0.995);
    assert.equal(evaluateThreshold(threshold('ws_msgs_failed', 'count', '<', 1), [cell])?.actual, 12, 'the sum');
  });

  it('has the rates of that request, for the benchmark table', () => {
    const { rate } = asRequest(chat({ say: { sent: 1900, answered: 1800 } }), 'say')!;
    assert.deepEqual(
      [rate.askedPerSecond, rate.plannedPerSecond, rate.sentPerSecond, rate.answeredPerSecond],
      [200, 200, 190, 180],
    );
    assert.equal(asRequest(chat(), 'login'), null);
  });

  it('is undecided where no cell has the request, or the metric is not counted by request', () => {
    const none = actual('ws_service_time', 'login', 'p(99)');
    assert.deepEqual([none?.passed, none?.note], [null, 'no cell that ran matches the selector']);
    const held = evaluateThreshold(threshold('ws_connections_held', 'value', '>=', 1, about('say')), [chat()]);
    assert.deepEqual([held?.passed, held?.note], [null, 'ws_connections_held is not measured by request']);
  });

  it('does not have the quantiles of the whole cell judged', () => {
    const p999 = { aggregation: { kind: 'percentile', quantile: 0.999 } } as const;
    const own = { ...threshold('ws_response_time', 'p(99.9)', '<', 1, about('say')), ...p999 };
    assert.ok(!judgedQuantiles(chat(), [own]).includes('p99_9'));
    assert.ok(judgedQuantiles(chat(), [{ ...own, selector: {} }]).includes('p99_9'));
  });

  it('aborts a run on what is settled of that request', () => {
    const answered = threshold('ws_msgs_answered', 'rate', '>=', 0.99, { ...about('say'), abortOnFail: true });
    const soFar = (changes: RequestFixture['counters']): CellSoFar => ({ ...chat({ say: changes }), heldSoFar: 100 });
    assert.equal(shouldAbort(answered, soFar({ answered: 1000, received: 1000 }), 1000), false, 'half is in flight');
    assert.equal(shouldAbort(answered, soFar({ answered: 1000, timedOut: 900 }), 1000), true);
    assert.equal(shouldAbort(answered, soFar({ answered: 1000, blocked: 900 }), 1000), true);
  });
});

describe('messages that failed or were blocked', () => {
  it('fail a gate of their own, which names the worst request', () => {
    const gates = failedGates(chat({ say: { failed: 2 }, history: { failed: 80 } }));
    assert.deepEqual(
      gates.map(({ gate, message }) => [gate, message]),
      [['failed', '82 messages failed, most of them history: 80 of its 8,000 (1 %)']],
    );
    const blocked = { blocked: 500, sent: 1500, answered: 1500, received: 1500 };
    const [gate] = failedGates(chat({ say: blocked }));
    assert.equal(gate?.message, '500 messages blocked, all of them say: 500 of its 2,000 (25 %)');
  });

  it('have gates where connections speak, and nowhere else', () => {
    const names = (cell: CellResult) => gatesOf(cell).map(({ gate }) => gate);
    assert.deepEqual(names(chat()).slice(-2), ['failed', 'blocked']);
    assert.ok(!names(healthyCell()).includes('failed'));
    assert.deepEqual(failedGates(chat()), []);
  });

  it("are the target's doing: its status, reasons and a step of a search say so", () => {
    const cell = chat({ history: { failed: 80 } });
    const { target, reasons } = judgementOf(cell);
    assert.equal(target, 'overloaded');
    assert.deepEqual(
      reasons.filter(({ code }) => code === 'target_failed').map(({ message }) => message),
      ['80 replies say no (0.8 % of the planned), all of them history: 80 of its 8,000 (1 %)'],
    );
    const { passed, by, why } = judgeStep(cell, threshold('ws_response_time', 'p(99)', '<', 50_000));
    assert.deepEqual([passed, by], [false, 'target']);
    assert.match(why!, /80 messages failed/);
    assert.equal(judgeStep(chat(), threshold('ws_response_time', 'p(99)', '<', 50_000)).passed, true);
  });

  it('are not held against the generator', () => {
    const messages = countersOf({ planned: 1000, sent: 500, answered: 500, blocked: 500 });
    assert.equal(judgementOf(withWorker(chat(), { messages })).validity, 'valid');
    const unsent = countersOf({ planned: 1000, sent: 500, answered: 500, unsentAtStop: 500 });
    assert.equal(judgementOf(withWorker(chat(), { messages: unsent })).validity, 'invalid');
  });
});

describe('sessions', () => {
  const p99 = (metric: 'ws_session_time' | 'ws_step_time', limit: number, step?: string) =>
    threshold(metric, 'p(99)', '<', limit, step === undefined ? {} : { selector: { step } });

  it('have a time until they are ready; connections that never opened rank last', () => {
    const cell = withSession(healthyCell({ connections: 1000 }));
    assert.equal(evaluateThreshold(p99('ws_session_time', 1801), [cell])?.actual, 1800);
    const refused = withConnections(cell, { attempts: 1060, failed: 60 });
    assert.equal(evaluateThreshold(p99('ws_session_time', 1801), [refused])?.passed, false);
    assert.match(evaluateThreshold(p99('ws_session_time', 1), [healthyCell()])?.note ?? '', /no session/);
  });

  it('have named steps, one or all of them', () => {
    const cell = withSession(healthyCell({ connections: 1000 }));
    assert.equal(evaluateThreshold(p99('ws_step_time', 1, 'login'), [cell])?.actual, 900);
    assert.equal(evaluateThreshold(p99('ws_step_time', 1, 'join'), [cell])?.actual, 600);
    assert.equal(evaluateThreshold(p99('ws_step_time', 1), [cell])?.actual, 900, 'both together');
    assert.equal(evaluateThreshold(p99('ws_step_time', 1, 'leave'), [cell])?.note, 'no step is named leave');
  });

  it('that were never ready are a failure of the target, in its own words', () => {
    const refused = withConnections(chat(), { opened: 90, failed: 10, held: 90, closedClean: 90 });
    const said = 'step connect: {"message":"invalid token"}';
    const cell: CellResult = { ...refused, errors: [{ phase: 'session', code: 'CONNECT_ERROR', count: 10, said }] };
    const { target, reasons } = judgementOf(cell);
    assert.equal(target, 'overloaded');
    const [reason] = reasons.filter(({ code }) => code.startsWith('target_'));
    assert.equal(reason?.code, 'target_session');
    assert.equal(
      reason?.message,
      `10 of 100 sessions were never ready: 10 x in the session: CONNECT_ERROR (the first: ${said})`,
    );
    assert.equal(
      failedGates(cell)[0]?.message,
      '90 of 100 connections held (failed: 10 x CONNECT_ERROR in the session)',
    );
    const none = withConnections(cell, { opened: 0, failed: 100, held: 0, closedClean: 0 });
    assert.equal(judgementOf(none).target, 'down');
  });
});

describe('what rules were about', () => {
  it('is one line of the notes, by meaning and name', () => {
    const cell = {
      ...chat(),
      validity: 'valid' as const,
      ruled: [
        { name: 'ping', means: 'duty' as const, count: 1200 },
        { name: 'tick', means: 'count' as const, count: 400 },
        { name: 'said', means: 'count' as const, count: 100 },
        { name: 'complete', means: 'trailer' as const, count: 10_000 },
      ],
    };
    assert.deepEqual(
      concurrencyNotes([cell]).map(({ text }) => text),
      [
        'messages that rules were about: 1,200 answered at once (ping); 500 counted (tick 400, said 100); ' +
          '10,000 behind a reply (complete)',
      ],
    );
  });

  it('failed replies are a note, too', () => {
    const cell = { ...chat({ say: { failed: 3 } }), validity: 'valid' as const };
    assert.deepEqual(
      concurrencyNotes([cell]).map(({ text }) => text),
      ['3 replies say no, all of them say: 3 of its 2,000 (0.15 %)'],
    );
  });
});
