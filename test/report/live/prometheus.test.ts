import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProgressState } from '../../../src/report/live/progress.js';
import { prometheusText, type RunTotals } from '../../../src/report/live/prometheus.js';
import { assertGolden } from '../golden.js';

const TOTALS: RunTotals = {
  ...{ planned: 1000, sent: 990, answered: 980, timedOut: 2, failed: 3, blocked: 0, received: 981 },
  ...{ errors: 1, bytesSent: 63_360, bytesReceived: 62_720 },
};
const STATE: ProgressState = {
  ...{ cell: 'c/one', cellNumber: 1, cells: 2, stage: 'measure', timeLeftMs: 4000, cellShare: 0.25 },
  ...{ open: 5, asked: 5, ratePerSecond: 100, askedPerSecond: 100, p50Us: 500, p99Us: 900, maxUs: null },
  latencyGap: 'nothing answered yet',
  ...{ p99HistoryUs: [], errors: 0, busy: 0.1, blockedMs: 1 },
};

describe("Prometheus' text format", () => {
  it('has what is known of the run and its cell', () => {
    assertGolden('prometheus.txt', prometheusText('2026-11-24T10-15-30Z-report', TOTALS, STATE));
  });

  it('has what each request did, by its name', () => {
    const say = { planned: 10, sent: 9, answered: 8, timedOut: 1, failed: 2, blocked: 0 };
    const text = prometheusText('r', TOTALS, STATE, {
      totals: new Map([
        ['say', say],
        ['his"tory', { ...say, failed: 0 }],
      ]),
      latency: [{ request: 'say', p50Us: 1500, p99Us: null, maxUs: 20_000 }],
      ...{ deliveries: new Map(), deliveryTimes: [] },
    });
    assert.match(text, /^wsurge_request_messages_total\{request="say",state="failed"\} 2$/m);
    assert.match(text, /^wsurge_request_messages_total\{request="his\\"tory",state="timed_out"\} 1$/m);
    assert.match(text, /^wsurge_request_latency_seconds\{request="say",quantile="0.5"\} 0.0015$/m);
    assert.match(text, /^wsurge_request_latency_seconds\{request="say",quantile="1"\} 0.02$/m);
    assert.doesNotMatch(text, /quantile="0.99"\} null/);
    assert.doesNotMatch(prometheusText('r', TOTALS, STATE), /wsurge_request/);
    assert.doesNotMatch(text, /deliver|reach/);
  });

  it('has the agents by state and by name', () => {
    const gone = { open: null, ratePerSecond: null, busy: null };
    const text = prometheusText('r', TOTALS, null, undefined, [
      { agent: 'us-2', state: 'lost', why: 'agent us-2 is gone', ...gone },
      { agent: 'eu"1', state: 'loading', why: null, open: 5, ratePerSecond: 10.5, busy: 0.25 },
    ]);
    assert.deepEqual(text.match(/^wsurge_agent.*$/gm), [
      'wsurge_agents{state="lost"} 1',
      'wsurge_agents{state="leaving"} 0',
      'wsurge_agents{state="silent"} 0',
      'wsurge_agents{state="starting"} 0',
      'wsurge_agents{state="loading"} 1',
      'wsurge_agents{state="closing"} 0',
      'wsurge_agent_info{agent="eu\\"1",state="loading"} 1',
      'wsurge_agent_info{agent="us-2",state="lost"} 1',
      'wsurge_agent_connections_open{agent="eu\\"1"} 5',
      'wsurge_agent_rate_answered{agent="eu\\"1"} 10.5',
      'wsurge_agent_busy_ratio{agent="eu\\"1"} 0.25',
    ]);
    assert.doesNotMatch(prometheusText('r', TOTALS, STATE), /wsurge_agent/);
  });

  it('has the deliveries of each request that reaches others', () => {
    const counted = { delivered: 495, missed: 5, gone: 4, deliveredLate: 3, redelivered: 2, replayed: 1 };
    const time = (of: 'deliver' | 'last') => ({ of, p50Us: 1500, p99Us: null, maxUs: 20_000 });
    const text = prometheusText('r', TOTALS, STATE, {
      ...{ totals: new Map(), latency: [] },
      deliveries: new Map([['say', counted]]),
      deliveryTimes: [
        { request: 'say', reach: 0.99, times: [time('deliver'), time('last')] },
        { request: 'early', reach: null, times: [] },
      ],
    });
    assert.deepEqual(
      text.match(/^wsurge_deliveries_total.*$/gm),
      Object.entries({ ...counted, deliveredLate: undefined, late: 3 })
        .filter(([, count]) => count !== undefined)
        .sort(([, a], [, b]) => b! - a!)
        .map(([state, count]) => `wsurge_deliveries_total{request="say",state="${state}"} ${count}`),
    );
    assert.match(text, /^wsurge_deliver_seconds\{request="say",of="last",quantile="0.5"\} 0.0015$/m);
    assert.doesNotMatch(text, /wsurge_deliver_seconds\{.*quantile="0.99"/);
    assert.deepEqual(text.match(/^wsurge_reach_ratio.*$/gm), ['wsurge_reach_ratio{request="say"} 0.99']);
  });

  it('leaves the cell out between cells', () => {
    const text = prometheusText('r', TOTALS, null);
    assert.doesNotMatch(text, /cell|NaN|null/);
    assert.match(text, /^wsurge_messages_total\{state="timed_out"\} 2$/m);
  });

  it('escapes what a label cannot hold', () => {
    const text = prometheusText('a"b\\c\nd', TOTALS, null);
    assert.match(text, /^wsurge_run_info\{run="a\\"b\\\\c\\\\nd"\} 1$/m);
  });
});
