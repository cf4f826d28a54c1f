import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import type { CapacityDocument, CapacityStepRow } from '../../src/report/capacity-document.js';
import { capacityMarkdown } from '../../src/report/capacity-markdown.js';
import { capacityJsonSchemaText, parseCapacity } from '../../src/report/capacity-schema.js';
import { capacityText, stepHeader, stepLines } from '../../src/report/capacity-text.js';
import type { TerminalStyle } from '../../src/report/terminal-table.js';

const STYLE: TerminalStyle = { colors: picocolors.createColors(false), columns: 80, wide: false };

function step(connections: number, askedPerSecond: number, more: Partial<CapacityStepRow> = {}): CapacityStepRow {
  return {
    cell: `load/c${connections}-r${askedPerSecond}.1`,
    purpose: 'climb',
    ...{ connections, held: connections, askedPerSecond, answeredPerSecond: askedPerSecond, achieved: 1 },
    ...{ valueUs: 41_000, ciUs: [38_000, 44_000], note: null, passed: true, by: null, why: null, fix: null },
    ...{ validity: 'valid', target: 'ok', serverCpuPercent: 61, serverRssBytes: 8e7, serverIdleRssBytes: 7e7 },
    ...{ idleSocketBytes: 1e6, socketBytes: 2e6, clientBusy: 0.3 },
    ...more,
  };
}

const FAILED = {
  passed: false,
  by: 'target',
  why: 'ws_response_time p(99) 62.1 ms [58.0, 70.2]',
  valueUs: 62_100,
} as const;

function documentWith(changes: Partial<CapacityDocument> = {}): CapacityDocument {
  const estimate = { value: 1, ci: [0.5, 1.5] as const };
  return {
    ...{ schemaVersion: 1, kind: 'capacity', runId: 'r', status: 'complete' },
    ...{ startedAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:06:05.000Z', labels: {} },
    tool: { name: 'wsurge', version: '1.2.3', engine: 'ws' },
    environment: {
      generators: [
        {
          ...{ host: 'h', cpu: 'a | processor', cores: 2, memoryBytes: 8e9, kernel: 'Linux', node: 'v20' },
          limits: { openFiles: 1024, ephemeralPorts: 28_232 },
        },
      ],
    },
    target: { url: 'ws://127.0.0.1:1/', address: '127.0.0.1', engine: 'ws', hint: null },
    ...{ profile: {}, seed: 1, workers: 1, pacing: 'timer' },
    search: {
      ...{ axis: 'connections', load: 'load', model: 'open', arrival: 'constant' },
      ...{ slo: 'ws_response_time p(99)<50ms', quantile: 'p99', limitUs: 50_000 },
      from: { connections: 100, ratePerSecond: 100 },
      ratePerConnection: 1,
      max: { connections: 19_884, ratePerSecond: 1_000_000 },
      ...{ maxNote: null, require: 2000, precision: 0.025 },
    },
    answer: {
      ...{ end: 'found', connections: 1240, ratePerSecond: 1240, atLeast: false, confirmed: true },
      ...{ valueUs: 41_000, ciUs: [38_000, 44_000], target: 'overloaded' },
      limitedBy: { by: 'target', text: 'target CPU 97 %', fix: null },
      text: '1,240 connections at 1/s each, p99 41.0 ms [38.0, 44.0], limited by: target CPU 97 %',
    },
    grid: null,
    steps: [step(800, 800), step(1240, 1240), step(1300, 1300, FAILED)],
    model: {
      of: 'connections',
      points: [
        [800, 800],
        [1240, 1240],
      ],
      fit: { lambda: estimate, sigma: estimate, kappa: estimate, peakAt: estimate, peakThroughput: 3, points: 6 },
      claim: 'throughput peaks at N* = 1,400 connections [1,300, 1,500]',
    },
    costs: [
      { what: 'server memory (RSS)', unit: 'bytes', per: 'connection', value: 9200, r2: 0.991, points: 6, note: null },
      { what: 'server CPU', unit: 'us', per: 'message', value: 52.4, r2: 0.99, points: 6, note: null },
      {
        what: 'kernel memory of sockets',
        unit: 'bytes',
        per: 'message',
        value: null,
        r2: 0.2,
        points: 6,
        note: 'n/a: it does not follow the load',
      },
    ],
    exitCode: 99,
    ...changes,
  };
}

describe('a capacity search on the terminal', () => {
  it('fits 80 columns, and ends with the answer, what it cost and what was asked', () => {
    const text = capacityText(documentWith(), STYLE);
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(text, /curve\n/);
    assert.match(text, /1,300 {4}62\.1 █{30}│ FAIL/);
    assert.match(text, /server memory \(RSS\) +9\.2 KB per connection {2}\(r2 0\.99, 6 steps\)/);
    assert.match(text, /server CPU +52\.4 us per message/);
    assert.match(text, /not in step with the load: kernel memory of sockets per message/);
    assert.match(text, /required {3}2,000 connections: NOT met\n/);
    const unbroken = text.replaceAll(/\n */g, ' ');
    assert.match(
      unbroken,
      /1,240 connections at 1\/s each, p99 41\.0 ms \[38\.0, 44\.0\], limited by: target CPU 97 %/,
    );
  });

  it('prints each step on a line, and below it why it failed', () => {
    const header = stepHeader('p99', STYLE);
    const lines = stepLines(step(99_999, 1e6, FAILED), 'p99', STYLE);
    for (const line of [...header, ...lines]) assert.ok(line.length <= 80, line);
    assert.match(lines[0]!, /^climb {3} 99999 .* FAIL$/);
    assert.match(lines[1]!, /62\.1 ms \[58\.0, 70\.2\]$/);
    assert.match(stepLines(step(1, 1, { why: 'in doubt' }), 'p99', STYLE)[0]!, /pass ~$/);
  });

  it('shows rates against connections as a grid', () => {
    const steps = [step(10, 1000), step(10, 1500, FAILED), step(20, 1000, { ...FAILED, by: 'client' })];
    const grid = [
      { connections: 10, ratePerSecond: 1000, atLeast: false },
      { connections: 20, ratePerSecond: null, atLeast: false },
    ];
    const document = documentWith({ steps, grid, search: { ...documentWith().search, axis: 'both' } });
    const text = capacityText(document, STYLE);
    assert.match(text, / 10 +41\.0 +62\.1\* +1000\n +20 +62\.1\? +over +none\n/);
    assert.match(capacityMarkdown(document), /\| 10 \| 41\.0 \| 62\.1\\\* \| 1,000 \|/);
  });
});

it('the page and the document say the same', () => {
  const document = documentWith();
  assert.deepEqual(parseCapacity(JSON.parse(JSON.stringify(document))), document);
  assert.throws(() => parseCapacity({ ...document, kind: 'run' }), /kind/);
  const page = capacityMarkdown(document);
  assert.ok(page.includes('**1,240 connections at 1/s each, p99 41'), page);
  assert.match(page, /a \\\| processor/);
  assert.match(capacityJsonSchemaText(), /"title": "wsurge capacity"/);
});
