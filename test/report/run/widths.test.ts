import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import picocolors from 'picocolors';
import type { ResultDocument } from '../../../src/documents/result-document.js';
import type { CellResult, QuantileName, Quantiles } from '../../../src/metrics/cell-result.js';
import { type ProgressState, progressBlock, progressLine } from '../../../src/report/live/progress.js';
import { columnsAt, columnsOf } from '../../../src/report/run/columns.js';
import { markdownReporter } from '../../../src/report/run/markdown.js';
import type { Spoken } from '../../../src/report/run/plan-summary.js';
import { rowOf } from '../../../src/report/run/rows.js';
import { spokenText } from '../../../src/report/run/spoken-text.js';
import { tableShapes } from '../../../src/report/run/table-shape.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { closingText, planCellsText, planText, terminalText } from '../../../src/report/run/terminal.js';
import { formatRow, tableHeader } from '../../../src/report/run/terminal-table.js';
import type { TerminalStyle } from '../../../src/report/shared/terminal-table.js';
import { displayWidth, pad, wrap } from '../../../src/text/width.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { documentOf, threshold } from '../document-fixture.js';

const style: TerminalStyle = { colors: picocolors.createColors(false), columns: 80, wide: false };

function assertFits(text: string, columns = 80): void {
  for (const line of text.split('\n')) {
    assert.ok(displayWidth(line) <= columns, `${displayWidth(line)} columns: ${line}`);
    assert.doesNotMatch(line, /NaN|undefined|Infinity|\[object/);
  }
}

const micros = fc.oneof(
  fc.integer({ min: 1, max: 3_600_000_000 }),
  fc.constantFrom(
    1,
    94,
    95,
    9_949,
    9_950,
    99_499,
    99_500,
    9_999_499,
    9_999_500,
    99_949_999,
    999_500_000,
    3_600_000_000,
  ),
);
const NAMES: readonly QuantileName[] = ['p50', 'p75', 'p90', 'p95', 'p99', 'p99_9', 'p99_99'];

const quantiles: fc.Arbitrary<Quantiles> = fc
  .record({
    values: fc.array(micros, { minLength: 7, maxLength: 7 }),
    kinds: fc.array(fc.constantFrom('value', 'atLeast', 'atMost', 'none'), { minLength: 7, maxLength: 7 }),
    max: fc.option(micros),
    censored: fc.nat(),
  })
  .map(({ values, kinds, max, censored }) => {
    const named = Object.fromEntries(NAMES.map((name, i) => [name, kinds[i] === 'none' ? null : values[i]!]));
    return {
      ...(named as Record<QuantileName, number | null>),
      count: 1000,
      censored,
      min: 1,
      mean: 1,
      stdev: 1,
      max,
      atLeast: NAMES.filter((_, i) => kinds[i] === 'atLeast'),
      atMost: NAMES.filter((_, i) => kinds[i] === 'atMost'),
      reasons: {},
      ci: {},
    };
  });

const amount = fc.oneof(fc.nat({ max: 2_000_000_000 }), fc.constantFrom(99_999, 100_000, 999_499, 999_500, 99_950_000));
const rate = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(0.5, 999.949, 999.95, 99_999.4));

const base = healthyCell({ durationMs: 2000, rate: 10, connections: 2 });
const worstCell: fc.Arbitrary<CellResult> = fc
  .record({
    response: quantiles,
    service: quantiles,
    count: amount,
    per: rate,
    cpu: fc.double({ min: 0, max: 1e6, noNaN: true }),
    growth: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    error: fc.option(fc.integer({ min: -3_600_000_000, max: 3_600_000_000 })),
    limited: fc.boolean(),
  })
  .map(({ response, service, count, per, cpu, growth, error, limited }) => {
    const flow = base.flows[0]!;
    return {
      ...base,
      axes: { connections: count, rate: per },
      connections: { ...base.connections, held: count, asked: count, opened: count },
      rate: { ...base.rate, askedPerSecond: per, answeredPerSecond: per, sentPerSecond: per, receivedPerSecond: per },
      model: limited ? 'closed' : 'open',
      flows: [
        {
          ...flow,
          messages: { ...flow.messages, lost: count },
          latencyUs: { ...flow.latencyUs, response, service },
          warmupUs: service,
        },
      ],
      client: {
        ...base.client,
        workers: base.client.workers.map((worker) => ({ ...worker, busy: limited ? 0.95 : 0.1 })),
        instrumentErrorUs: { p50: error, p99: error },
      },
      overload: { backlog: { perSecond: growth, r2: 1, latePerSecond: growth }, unanswered: 0.5 },
      stationarity: {
        halves: [
          { p50: response.p50, ci: null },
          { p50: service.p50, ci: null },
        ],
        trend: null,
      },
      connectUs: { ...base.connectUs, total: service },
      pingUs: response,
      server: {
        ...base.server,
        status: 'measured',
        engine: 'ws',
        pid: 1,
        cpuPercent: cpu,
        rssBytes: count,
        idleRssBytes: null,
        openFds: null,
      },
    };
  });

describe('80 columns', () => {
  for (const kind of ['connections', 'rate', 'matrix', 'hold', 'ramp'] as const) {
    it(`hold the header of a ${kind} table`, () => {
      const shape = { load: 'x', kind, title: 'x', subtitle: '', columns: columnsOf(kind), cells: [] };
      assertFits(tableHeader(shape, style).join('\n'));
      const narrow = columnsAt(columnsOf(kind), 'narrow');
      assert.ok(narrow.reduce((sum, { width }) => sum + width + 1, -1) <= 80);
      for (const { name, unit, width } of columnsOf(kind)) assert.ok(Math.max(name.length, unit.length) <= width, name);
    });
  }

  it('hold any row: no cell is ever wider than its column', () => {
    fc.assert(
      fc.property(
        worstCell,
        fc.constantFrom('connections', 'rate', 'matrix', 'hold'),
        fc.constantFrom('valid', 'degraded', 'invalid'),
        fc.constantFrom('ok', 'overloaded', 'down'),
        (cell, kind, validity, target) => {
          const columns = columnsOf(kind);
          const row = rowOf(kind, { ...cell, validity, target }, []);
          for (const { key, width } of columnsAt(columns, 'narrow')) {
            if (key !== 'status') assert.ok(displayWidth(row.values[key]!) <= width, `${key}: ${row.values[key]}`);
          }
          const shape = { load: 'x', kind, title: 'x', subtitle: '', columns, cells: [] };
          assertFits(formatRow(row, shape, style));
        },
      ),
      { numRuns: 500 },
    );
  });

  const hostile = `\u001b[31m\u202e${'wide接続'.repeat(30)} | <b>\n${'x'.repeat(300)}\u0007`;

  function hostileDocument(): ResultDocument {
    const cells = ['a', 'b'].map((load) => ({
      ...healthyCell({ load: `${load}${hostile}`, connections: 2, rate: 10, durationMs: 2000 }),
      server: { status: 'unavailable' as const, engine: hostile, reason: hostile },
      errors: [{ phase: 'connect' as const, code: hostile, count: 1 }],
      connections: { ...base.connections, asked: 5, held: 2 },
    }));
    return documentOf({
      cells,
      outcome: { notRun: [{ id: hostile, reason: hostile }], abortedBy: hostile },
      thresholds: [
        threshold({ metric: 'server_cpu_percent', expression: hostile, title: hostile, gate: true }),
        threshold({ metric: 'ws_msgs_lost', expression: 'count<1', title: 'Lost', limit: 1e15, gate: true }),
      ],
      labels: { [hostile]: hostile },
      target: { url: hostile, address: hostile, engine: hostile, hint: hostile },
      profile: { name: hostile },
      runId: hostile,
    });
  }

  it('hold a report whose every text is hostile, and none of it does anything', () => {
    const document = hostileDocument();
    const model = reportModel(document);
    for (const text of [terminalText(document, style), closingText(model, hostile, style)]) {
      assertFits(text);
      assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
      assert.match(text, /\\x1b\[31m/);
    }
    const markdown = markdownReporter.render(document);
    assert.doesNotMatch(markdown.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
    const prose = markdown.slice(0, markdown.indexOf('Profile as resolved'));
    assert.doesNotMatch(prose, /<b>/);
    for (const line of prose.split('\n').filter((line) => line.startsWith('|'))) {
      assert.match(line.replace(/\\./g, ''), /\|$/);
    }
  });

  it('hold a hostile document that never went through the builder', () => {
    const document = hostileDocument();
    const raw = { ...document, runId: hostile, target: { ...document.target, url: hostile } };
    const cells = raw.cells.map((cell) => ({ ...cell, id: `${cell.id}${hostile}`, load: hostile }));
    const text = terminalText({ ...raw, cells }, style);
    assertFits(text);
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
  });

  it('hold the plan and its cells', () => {
    const cells = [1, 100_000].map((connections) => ({
      ...healthyCell({ load: `load-${'x'.repeat(80)}`, connections, rate: 1e6, durationMs: 1 }),
      durationMs: 36e6,
      messages: 1e12,
    }));
    const plan = {
      name: hostile,
      target: hostile,
      cells,
      connections: 1e6,
      peakConnections: 1e6,
      messages: 1e12,
      workers: 64,
      pacing: 'timer',
      engine: 'ws',
      totalMs: 36e6,
      ...{ twinMs: 18e6, idleMs: 18e6 },
      longestMs: 360e6,
      memoryBytes: 1e12,
    };
    assertFits(planText(plan, style));
    assertFits(planCellsText(plan, style));
    const bytes = '\u6f22'.repeat(200);
    const named = { name: 'x'.repeat(64), captures: new Array<string>(20).fill('y'.repeat(64)) };
    const says: Spoken = {
      ...{ protocol: 'socket.io', pick: 'weighted', hasScript: true },
      steps: [{ ...named, sends: bytes, expects: bytes, waitMs: 3.6e6, repeat: 10_000 }],
      requests: [1, 2].map((weight) => ({
        ...{ ...named, weight, sends: bytes, expects: bytes, planned: { warmup: 1e9, measure: 1e9 } },
      })),
    };
    assertFits(spokenText({ cells: cells.map((cell) => ({ ...cell, says })) }, style));
    assertFits(tableHeader(tableShapes(cells)[0]!, style).join('\n'));
  });

  it('hold a matrix of many rates: its grid comes in blocks', () => {
    const cells = [1, 2].flatMap((connections) =>
      Array.from({ length: 15 }, (_, i) =>
        healthyCell({ load: 'm', connections, rate: 10 * (i + 1), durationMs: 1000 }),
      ),
    );
    const text = terminalText(documentOf({ cells, thresholds: [] }), style);
    assertFits(text);
    assert.equal(text.match(/p99 in ms/g)?.length, 3);
  });
});

describe('the progress line', () => {
  const state: ProgressState = {
    cell: 'concurrency/c1000-r1000',
    cellNumber: 6,
    cells: 9,
    stage: 'measure',
    timeLeftMs: 83_400,
    open: 1000,
    asked: 1000,
    ratePerSecond: 998.7,
    askedPerSecond: 1000,
    p50Us: 740,
    p99Us: 2310,
    maxUs: 8200,
    latencyGap: 'nothing answered yet',
    p99HistoryUs: [1200, 1900, null, 2310],
    cellShare: 0.5,
    errors: 0,
    busy: 0.083,
    blockedMs: 2.1,
  };

  it('says where the run is', () => {
    assert.equal(
      progressLine(state, 160),
      '6/9 concurrency/c1000-r1000 · 1 min 24 s left · 1,000/1,000 conns · 998.7/1000 msg/s · p50 0.74 ms p99 2.31 ms max 8.20 ms · 0 errors · measure',
    );
  });

  it('is a block of three lines on a terminal', () => {
    assert.deepEqual(progressBlock(state, 100, style.colors), [
      `6/9 concurrency/c1000-r1000 · measure ${'━'.repeat(12)}${'─'.repeat(12)}  50 % · 1 min 24 s left`,
      '1,000/1,000 conns · 998.7/1000 msg/s · p50 0.74 ms p99 2.31 ms max 8.20 ms',
      'p99 ▁▅ █ · 0 errors · generator 8 % busy, stood still 2.10 ms',
    ]);
    for (let columns = 1; columns < 130; columns++) {
      const lines = progressBlock({ ...state, cell: '接続\n\u001b[2J', errors: 3 }, columns, style.colors);
      assert.equal(lines.length, 3);
      for (const line of lines) assert.ok(displayWidth(line) <= Math.max(20, columns), line);
    }
  });

  it('has room for the generator beside a long history, on 80 columns', () => {
    const long = { ...state, p99HistoryUs: Array.from({ length: 60 }, (_, i) => 1000 + i) };
    const last = progressBlock(long, 79, style.colors)[2]!;
    assert.match(last, /█ · 0 errors · generator 8 % busy, stood still 2\.10 ms$/);
    assert.ok(displayWidth(last) > 70, last);
  });

  it('leaves out from the right what does not fit', () => {
    assert.equal(progressLine(state, 80), '6/9 concurrency/c1000-r1000 · 1 min 24 s left · 1,000/1,000 conns');
    for (let columns = 1; columns < 130; columns++) {
      assert.ok(displayWidth(progressLine({ ...state, cell: '接続\n\u001b[2J' }, columns)) <= columns);
    }
  });

  it('has no number where there is none', () => {
    const early = { ...state, askedPerSecond: null, p50Us: null, p99Us: null, timeLeftMs: -20 };
    assert.match(progressLine(early, 120), /0 ms left .* 998\.7 msg\/s · latency n\/a \(nothing answered yet\)/);
    const unmatched = { ...early, latencyGap: 'replies are not matched', p99HistoryUs: [null, null] };
    const [, rates, trend] = progressBlock(unmatched, 120, style.colors);
    assert.match(rates!, /latency n\/a \(replies are not matched\)$/);
    assert.match(trend!, /^p99 n\/a \(replies are not matched\) · 0 errors/);
  });
});

describe('wrap and pad', () => {
  it('keep every word, in order, within the width', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = wrap(text, width);
        for (const line of lines) assert.ok(displayWidth(line) <= width);
        assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
      }),
    );
  });

  it('count wide characters as two', () => {
    assert.equal(displayWidth('接続a'), 5);
    assert.equal(pad('接続', 6, 'right'), '  接続');
    assert.deepEqual(wrap('接続接続', 5), ['接続', '接続']);
  });
});
