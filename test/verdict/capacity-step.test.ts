import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { judgeStep, limitText, messageCostText } from '../../src/verdict/capacity-step.js';
import { healthyCell, withConnections, withMessages, withRequests, withWorker } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

const SLO = threshold('ws_response_time', 'p(99)', '<', 50_000);
const judged = (cell: CellResult) => judgeStep(cell, SLO);

interface P99 {
  /** From sent to received, and how late it was sent, and what of that the way back added, microseconds. */
  readonly service: number;
  readonly late?: number;
  readonly added?: number;
  /** 95 % intervals, as shares of the value. */
  readonly ci?: readonly [number, number];
}

/** Every message took the same; its intervals as given. */
function withP99({ service, late = 0, added = 0, ci = [1, 1] }: P99): CellResult {
  const cell = healthyCell({ serviceUs: [service], lagUs: [late], addedUs: [added] });
  const flow = cell.flows[0]!;
  const at = (of: 'response' | 'service') => {
    const { p99 } = flow.latencyUs[of]!;
    // Only what is reported first has intervals by seconds.
    return { ...flow.latencyUs[of]!, ci: of === 'service' ? {} : { p99: [p99! * ci[0], p99! * ci[1]] as const } };
  };
  return {
    ...cell,
    flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response: at('response'), service: at('service') } }],
  };
}

const word = ({ passed, by, straddles }: ReturnType<typeof judged>) =>
  passed ? 'passed' : `${by}${straddles ? ', look longer' : ''}`;

describe('a step of a capacity search', () => {
  it('passes on the upper bound with its interval, fails on the lower with its own, and is open between them', () => {
    const cases: [what: P99, is: string][] = [
      [{ service: 40_000, ci: [0.9, 1.1] }, 'passed'],
      [{ service: 44_000, ci: [0.9, 1.2] }, 'target, look longer'],
      [{ service: 54_000, ci: [0.9, 1.1] }, 'target, look longer'],
      [{ service: 60_000, ci: [0.9, 1.1] }, 'target'],
      // Sent late: the target may have been fast enough.
      [{ service: 30_000, late: 10_000 }, 'passed'],
      [{ service: 30_000, late: 30_000 }, 'client'],
      [{ service: 60_000, late: 30_000 }, 'target'],
      // Slow on the way back: it is taken off.
      [{ service: 60_000, added: 20_000 }, 'client'],
      [{ service: 90_000, added: 20_000 }, 'target'],
      [{ service: 72_000, added: 20_000, ci: [0.9, 1.1] }, 'target, look longer'],
      // One stall of many messages: by their number alone it would be sure, by seconds it is luck.
      [{ service: 203_000, ci: [0.06, 1.02] }, 'target, look longer'],
    ];
    for (const [what, is] of cases) assert.equal(word(judged(withP99(what))), is, JSON.stringify(what));
    assert.match(judged(withP99({ service: 60_000 })).why!, /^ws_response_time p\(99\) .* ms \[/);
    const open = judged(withP99({ service: 30_000, late: 30_000 }));
    assert.match(open.why!, /: between 30\S* and 60\S* ms were the target's, the rest may be the generator's/);
    const starved = judged(withWorker(withP99({ service: 30_000, late: 30_000 }), { runQueueWait: 0.6 }));
    assert.match(starved.why!, /generator's: .*waited for a processor 60 %/);
    assert.doesNotMatch(starved.why!, /asked for|the way back/, 'the brackets are said once');
  });

  it('is judged by the request that the SLO names, and by that alone', () => {
    const all = (count: number) => ({ planned: count, sent: count, answered: count, received: count });
    const cell = withRequests(healthyCell({ addedUs: [1] }), [
      { name: 'slow', counters: all(2000), serviceUs: [80_000] },
      { name: 'fast', counters: all(8000), serviceUs: [2000] },
    ]);
    const of = (request: string) => ({ ...SLO, selector: { request } });
    const [slow, fast] = [judgeStep(cell, of('slow')), judgeStep(cell, of('fast'))];
    assert.equal(word(fast), 'passed');
    assert.ok(fast.value.us! < 3000 && slow.value.us! > 79_000, `${fast.value.us}, ${slow.value.us}`);
    assert.ok(slow.value.ci![0] > 79_000, 'its interval is its own');
    assert.equal(word(slow), 'target');
    assert.match(slow.why!, /^ws_response_time of slow p\(99\) 80\S* ms/);
    assert.match(judgeStep(cell, of('none')).why!, /of none p\(99\): the step has none of it/);
  });

  it('is decided by the bounds alone, however disturbed the generator was, as long as it sent and counted all', () => {
    const disturbed = { runQueueWait: 0.6, busy: 0.97, blockedMsMax: 400, gcPauseMsMax: 90 };
    const fast = withWorker(withP99({ service: 40_000 }), disturbed);
    assert.deepEqual([judged(fast).passed, judged(fast).why], [true, null]);
    assert.equal(word(judged(withWorker(withP99({ service: 60_000 }), disturbed))), 'target');
    const lost = withWorker(withP99({ service: 40_000 }), { status: 'lost' });
    assert.equal(word(judged(lost)), 'client');
    // Without the check the lower end is not known; the upper one is all the same.
    const { brackets: _, ...unchecked } = withWorker(withP99({ service: 60_000 }), disturbed);
    assert.equal(word(judged(unchecked)), 'client');
    const { brackets: __, ...uncheckedFast } = fast;
    assert.equal(word(judged(uncheckedFast)), 'passed');
  });

  it('names the CPU of the server where that is what is near full, with what it waited for a processor', () => {
    const cpu = (cpuPercent: number, waited: number) => {
      const cell = withP99({ service: 30_000, late: 30_000 });
      const found = { ...cell, server: { ...cell.server, cpuPercent, waited } as CellResult['server'] };
      const judgement = judgeStep(found, SLO);
      return `${judgement.by}: ${limitText(found, judgement)}`;
    };
    assert.equal(cpu(97, 0.01), 'target: target CPU 97 %');
    assert.equal(cpu(74, 0.2), 'target: target CPU 74 %, and it waited for a processor 20 % of the time');
    assert.match(cpu(50, 0.5), /^client: ws_response_time/);
  });

  it('says what one message costs the server, and where it is full', () => {
    const used = (cpuPercent: number | null, rate = 850) => messageCostText(healthyCell({ rate, cpuPercent }));
    assert.equal(used(87.3), "1,027 us of the server's CPU a message: full at about 970/s");
    assert.equal(
      used(260, 5000),
      "520 us of the server's CPU a message",
      'several threads: where they end is not known',
    );
    assert.deepEqual([used(null), used(3)], [null, null]);
  });

  it('fails on a backlog, whatever the bounds say', () => {
    const cell = healthyCell({ rate: 1010 });
    const backlog = { perSecond: 183, r2: 0.99, latePerSecond: 180 };
    const growing = { ...cell, overload: { ...cell.overload, backlog } };
    assert.equal(word(judged(growing)), 'target');
    assert.match(judged(growing).why!, /^backlog grew by 183 messages\/s/);
  });

  it('passes only where 99 % of what was asked for was done', () => {
    // Dropped at the in-flight cap: never sent, so no gate on lost messages sees it.
    const done = (dropped: number) => {
      const sent = 10_000 - dropped;
      const cell = withMessages(healthyCell(), { sent, answered: sent, received: sent, dropped });
      return judgeStep(cell, threshold('ws_response_time', 'p(50)', '<', 50_000));
    };
    assert.equal(done(100).passed, true);
    assert.match(done(101).why!, /^only 98\.99 % were answered$|^only 99 % were answered$/);
    assert.equal(done(101).passed, false);
    assert.equal(done(101).by, 'target');
    assert.equal(done(101).achieved, 0.9899);
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
