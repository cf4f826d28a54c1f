import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { judgeStep } from '../../src/verdict/capacity-step.js';
import { healthyCell, withConnections, withMessages, withWorker } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const SLO = threshold('ws_response_time', 'p(99)', '<', 50_000);
const judged = (cell: CellResult, lenient = false) => judgeStep(cell, SLO, !lenient);

/** p99 of the response time and its interval, the same of the service time, microseconds. */
function withP99(us: number, ci: readonly [number, number]): CellResult {
  const cell = healthyCell();
  const flow = cell.flows[0]!;
  const at = (of: 'response' | 'service') => ({ ...flow.latencyUs[of]!, p99: us, ci: { p99: ci } });
  return {
    ...cell,
    flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response: at('response'), service: at('service') } }],
  };
}

describe('a step of a capacity search', () => {
  it('passes where the upper end of the interval is within the SLO, not the quantile alone', () => {
    assert.equal(judged(withP99(44_000, [38_000, 49_900])).passed, true);
    const across = judged(withP99(44_000, [38_000, 50_100]));
    assert.deepEqual([across.passed, across.by, across.straddles], [false, 'target', true]);
    const over = judged(withP99(60_000, [55_000, 70_000]));
    assert.deepEqual([over.passed, over.by, over.straddles], [false, 'target', false]);
    assert.match(over.why!, /^ws_response_time p\(99\) .* ms \[55\S*, 70\S*\]$/);
  });

  it('passes only where 99 % of what was asked for was done', () => {
    // Dropped at the in-flight cap: never sent, so no gate on lost messages sees it.
    const done = (dropped: number) => {
      const sent = 10_000 - dropped;
      const cell = withMessages(healthyCell(), { sent, answered: sent, received: sent, dropped });
      return judgeStep(cell, threshold('ws_response_time', 'p(50)', '<', 50_000), true);
    };
    assert.equal(done(100).passed, true);
    assert.match(done(101).why!, /^only 98\.99 % were answered$|^only 99 % were answered$/);
    assert.equal(done(101).passed, false);
    assert.equal(done(101).by, 'target');
    assert.equal(done(101).achieved, 0.9899);
  });

  it('passes only in a VALID measurement, and with --lenient in a DEGRADED one whose doubts add to latency', () => {
    const waiting = withWorker(healthyCell(), { runQueueWait: 0.06 });
    assert.deepEqual([judged(waiting).passed, judged(waiting).by], [false, 'client']);
    assert.match(judged(waiting).fix!, /stop other work.*; or --lenient: /);
    assert.deepEqual([judged(waiting, true).passed, judged(waiting, true).by], [true, null]);
    const invalid = withWorker(healthyCell(), { runQueueWait: 0.6 });
    assert.equal(judged(invalid, true).by, 'client');
    assert.doesNotMatch(judged(invalid).fix!, /--lenient/, 'which would not help');
    const lazy = withWorker(healthyCell(), { connectTrouble: 1 });
    assert.equal(judged(lazy, true).by, 'client', 'what it did not ask for says nothing of the server');
  });

  it('passes only where every default gate holds', () => {
    const lost = judged(withMessages(healthyCell(), { answered: 9999, timedOut: 1, received: 9999 }));
    assert.deepEqual([lost.passed, lost.by], [false, 'target']);
    assert.match(lost.why!, /lost/);
    // A generator that waited for a processor refuses no connection and loses no message.
    const waiting = withWorker(withConnections(healthyCell(), { held: 30 }), { runQueueWait: 0.06 });
    assert.deepEqual([judged(waiting).passed, judged(waiting).by], [false, 'target']);
  });
});
