import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { C } from '../../src/metrics/counters.js';
import { sumOfPairs } from '../../src/metrics/pairs.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, ruleWith, stepWith, wireWith } from '../plan/wire-builder.js';

test('an instant belongs to its phase and second, whatever was looked at before', () => {
  const phases = fc.record({
    warmupMs: fc.constantFrom(0, 350, 500, 1000, 2500),
    durationMs: fc.constantFrom(700, 3000),
  });
  fc.assert(
    fc.property(phases, fc.array(fc.integer({ min: -2_000, max: 6_000_000 })), ({ warmupMs, durationMs }, instants) => {
      const recorder = new Recorder(cellWith({ warmupMs, durationMs }));
      for (const instantUs of instants) {
        const inside = Math.min(Math.max(0, instantUs), (warmupMs + durationMs) * 1000 - 1);
        const sinceUs = inside - warmupMs * 1000;
        const expected =
          sinceUs < 0
            ? { phase: 'warmup', second: Math.floor(inside / 1e6) }
            : { phase: 'measure', second: Math.floor(sinceUs / 1e6) };
        const { phase, second } = recorder.at(instantUs);
        assert.deepEqual({ phase, second }, expected, `${instantUs} us`);
      }
    }),
  );
});

const MESSAGE = '{"id":{{sequence}}}';
const CHAT = cellWith({
  wire: wireWith({
    requests: [requestWith('say', MESSAGE), requestWith('history', MESSAGE)],
    steps: [stepWith('hello'), stepWith('login', { timed: true }), stepWith('join', { timed: true })],
    rules: [ruleWith('ping', 'duty', 'ping'), ruleWith('tick', 'count', 'tick')],
  }),
});

test('messages of a request stand in entries of their own, frames that answer nothing in another', () => {
  const recorder = new Recorder(CHAT);
  recorder.at(1_200_000, 0).counters[C.sent]!++;
  recorder.at(1_200_000, 1).counters[C.sent]! += 2;
  recorder.at(1_300_000).counters[C.received]!++;
  recorder.at(1_999_999, 1).counters[C.sent]!++;
  recorder.at(2_000_000, 1).counters[C.sent]!++;
  recorder.at(500_000, 1).counters[C.sent]! += 5;
  const { flow } = recorder.flush();
  assert.deepEqual(
    flow.map(({ phase, second, request, counters }) => [
      phase,
      second,
      request,
      counters[C.sent],
      counters[C.received],
    ]),
    [
      ['measure', 0, undefined, 0, 1],
      ['measure', 0, 0, 1, 0],
      ['measure', 0, 1, 3, 0],
      ['measure', 1, 1, 1, 0],
      ['warmup', 0, 1, 5, 0],
    ],
  );
  assert.ok(!('request' in flow[0]!), 'not even as undefined: a line is JSON');
});

test('latencies belong to the request whose message took them', () => {
  const recorder = new Recorder(CHAT);
  recorder.at(1_200_000, 0).service(100);
  recorder.at(1_200_000, 1).service(900);
  recorder.at(1_200_000, 1).service(901);
  const counts = recorder.flush().flow.map(({ request, histograms }) => [request, sumOfPairs(histograms.service)]);
  assert.deepEqual(counts, [
    [0, 1],
    [1, 2],
  ]);
  assert.deepEqual(recorder.flush().flow, [], 'and are told once');
});

test('totals by request are the sums of all flushed lines, and the totals of all are theirs together', () => {
  const recorder = new Recorder(CHAT);
  for (const request of [0, 1, 1]) recorder.at(1_200_000, request).counters[C.answered]!++;
  recorder.at(1_200_000).counters[C.unexpected]!++;
  recorder.flush();
  for (const request of [1, 1]) recorder.at(2_200_000, request).counters[C.answered]!++;
  recorder.at(100_000, 0).counters[C.answered]!++;
  recorder.flush();
  recorder.at(1_200_000, 0).counters[C.answered]!++;
  const { requests, counters } = recorder.totals();
  assert.deepEqual(
    requests!.map(({ warmup, measure }) => [warmup[C.answered], measure[C.answered]]),
    [
      [1, 1],
      [0, 4],
    ],
  );
  assert.deepEqual([counters.measure[C.answered], counters.measure[C.unexpected]], [5, 1]);
});

test('the end of the measure phase moves for every request', () => {
  const recorder = new Recorder(CHAT);
  const secondOf = (request: number) => recorder.at(4_200_000, request).second;
  assert.deepEqual([secondOf(0), secondOf(1)], [1, 1], 'the last second, of two');
  recorder.extend(5_000_000);
  assert.deepEqual([secondOf(0), secondOf(1)], [3, 3]);
});

test('a session is told whether it took time or not, rules only if they were about anything', () => {
  const recorder = new Recorder(CHAT);
  const { session, ruled } = recorder.flush();
  assert.deepEqual([session, ruled], [{ ready: [], steps: [[], []] }, undefined]);
  recorder.ready(1500);
  recorder.step(1, 700);
  recorder.ruled(0);
  recorder.ruled(0);
  const told = recorder.flush();
  assert.deepEqual([sumOfPairs(told.session!.ready), told.session!.steps.map(sumOfPairs)], [1, [0, 1]]);
  assert.deepEqual(told.ruled, [2, 0]);
  assert.deepEqual(recorder.flush().ruled, undefined, 'told once');
  assert.equal(sumOfPairs(recorder.flush().session!.ready), 0);
});

test('a cell without a wire has none of it in its lines and totals', () => {
  const recorder = new Recorder(cellWith());
  recorder.at(1_200_000).counters[C.sent]!++;
  const line = recorder.flush();
  assert.ok(!('session' in line) && !('ruled' in line) && !('request' in line.flow[0]!));
  assert.ok(!('requests' in recorder.totals()));
});
