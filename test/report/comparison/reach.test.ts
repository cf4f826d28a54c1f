import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import type { ComparisonDocument } from '../../../src/documents/comparison-schema.js';
import { parseComparison } from '../../../src/documents/comparison-schema.js';
import { comparisonModel } from '../../../src/report/comparison/model.js';
import { comparisonText } from '../../../src/report/comparison/terminal.js';
import { trendsText } from '../../../src/report/history/terminal.js';
import { document } from './comparison-fixture.js';

const PLAIN = picocolors.createColors(false);

/** The comparison with a reach in place of the throughput of its first cell. */
function withReach(b: number, word: 'REGRESSED' | 'EQUIVALENT'): ComparisonDocument {
  const [first, ...cells] = document.cells;
  const metrics = first!.metrics.map((metric) =>
    metric.metric !== 'throughput'
      ? metric
      : {
          ...{ ...metric, metric: 'reach' as const, title: 'reach', unit: 'share' as const, margin: 0.001 },
          ...{ a: 1, b, ratio: b, interval: [b - 0.0001, b] as const, word },
        },
  );
  const regressions = word === 'REGRESSED' ? [{ cell: first!.id, what: 'reach' }] : [];
  return { ...document, cells: [{ ...first!, metrics }, ...cells], outcome: { ...document.outcome, regressions } };
}

test('a reach is shown in percent, and its change with two decimals: the margin is small', () => {
  const row = (shown: ComparisonDocument) =>
    comparisonModel(shown).tables[0]!.rows.find(({ metric }) => metric === 'reach, %')!;
  const { a, b, change, from, to } = row(withReach(0.985, 'REGRESSED'));
  assert.deepEqual([a, b, change, from, to], ['100', '98.5', '-1.50 %', '-1.51 %', '-1.50 %']);
  const slight = row(withReach(0.9996, 'EQUIVALENT'));
  assert.deepEqual([slight.b, slight.change], ['99.96', '-0.04 %']);
});

test('a document with a reach is read, and fits a terminal of 80 columns', () => {
  const shown = withReach(0.985, 'REGRESSED');
  assert.equal(parseComparison(shown), shown);
  const lines = comparisonText(shown, { colors: PLAIN, columns: 80, wide: true }).split('\n');
  assert.ok(
    lines.every((line) => line.length <= 80),
    lines.find((line) => line.length > 80),
  );
  const text = lines.join(' ').replaceAll(/\s+/g, ' ');
  assert.match(text, /better for throughput and reach\./);
  assert.match(text, /B is worse than A: reach -1\.50 % in/);
});

test('a history shows a reach in percent', () => {
  const points = [1, 0.98].map((value, i) => ({
    ...{ value, measured: value, runId: `run${i}`, startedAt: `2026-01-0${i + 1}T00:00:00.000Z`, commit: null },
  }));
  const trend = { cell: 'hub/c100', metric: 'reach', title: 'reach', unit: 'share', points } as const;
  const text = trendsText(
    [{ ...trend, apart: 0, unbounded: 0, changes: [], across: null }],
    { colors: PLAIN, columns: 80, wide: false },
    false,
  );
  assert.match(text, /hub\/c100 · reach · 2 runs, 98 % to 100 %/);
});
