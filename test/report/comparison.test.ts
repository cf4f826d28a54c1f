import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { comparisonDocument, sideOf } from '../../src/report/comparison/document.js';
import { comparisonJUnit } from '../../src/report/comparison/junit.js';
import { comparisonMarkdown } from '../../src/report/comparison/markdown.js';
import { percentText } from '../../src/report/comparison/model.js';
import { comparisonJsonSchemaText, parseComparison } from '../../src/report/comparison/schema.js';
import { comparisonText } from '../../src/report/comparison/terminal.js';
import { displayWidth } from '../../src/report/width.js';
import { compareRuns, type Sides } from '../../src/verdict/compare/compare-runs.js';
import type { RunOnSide } from '../../src/verdict/compare/compared-run.js';
import { comparedMetrics } from '../../src/verdict/compare/metrics.js';
import { comparisonWarnings } from '../../src/verdict/compare/warnings.js';
import { healthyCell, withMessages, withWorker } from '../verdict/cell-fixture.js';
import { documentOf } from './document-fixture.js';
import { assertGolden } from './golden.js';

const PLAIN = { colors: picocolors.createColors(false), columns: 80, wide: false };
const HOSTILE = '<script>alert(1)</script> | [x](http://evil) \u001b[31m';

function runOf(source: string, factor: number, night: number): RunOnSide {
  const serviceUs = Array.from({ length: 97 }, (_, i) => Math.round((1000 + i * 9) * factor));
  const slow = healthyCell({
    connections: 500,
    serviceUs: serviceUs.map((us) => us * 300),
    instrument: { p50: 90, p99: 400 },
  });
  const losing = withMessages(healthyCell({ connections: 1000 }), { answered: 9990, received: 9990, timedOut: 10 });
  const cells = [
    healthyCell({ connections: 10, serviceUs, instrument: { p50: 90, p99: 400 } }),
    slow,
    night > 3 ? losing : healthyCell({ connections: 1000 }),
    withWorker(healthyCell({ connections: 700 }), { busy: night > 3 ? 0.95 : 0.2 }),
    { ...healthyCell({ load: 'ramp', id: 'ramp/c1-100' }), ramp: true },
    healthyCell({ load: 'closed', model: 'closed', connections: 50, rate: 4000 + night * 40 }),
    ...(night === 1 ? [healthyCell({ load: 'old' })] : []),
  ];
  const labels = { build: night > 3 ? HOSTILE : '41' };
  const startedAt = new Date(1.76e12 + night * 864e5);
  return { source, run: documentOf({ runId: source, startedAt, cells, labels, thresholds: [] }), resamples: new Map() };
}

function documentFrom(sides: Sides, method: 'runs' | 'seconds') {
  const metrics = comparedMetrics();
  return comparisonDocument({
    ...{ createdAt: new Date('2026-11-24T10:15:30Z'), toolVersion: '0.1.0', method, rounds: null },
    a: sideOf('results/A', sides.a),
    b: sideOf('results/B', sides.b),
    noise: { source: 'runs', text: 'between runs, known from their spread' },
    forced: method === 'seconds',
    differences: [{ kind: 'environment', cell: null, what: 'cores', a: '4', b: '64', run: 'b1' }],
    onlyInA: ['old/c100-r1000'],
    onlyInB: [],
    warnings: comparisonWarnings(sides),
    runs: { a: sides.a.map(({ run }) => run), b: sides.b.map(({ run }) => run) },
    cells: compareRuns(sides, metrics, () => null),
    metrics,
  });
}

const SIDES: Sides = {
  a: [runOf('a1', 1, 1), runOf('a2', 1.01, 2), runOf('a3', 0.995, 3)],
  b: [runOf('b1', 1.2, 4), runOf('b2', 1.21, 5), runOf('b3', 1.19, 6)],
};
const document = documentFrom(SIDES, 'runs');
const single = documentFrom({ a: SIDES.a.slice(0, 1), b: SIDES.b.slice(0, 1) }, 'seconds');

test('a comparison on a terminal, in Markdown and as test cases', () => {
  assertGolden('comparison.txt', comparisonText(document, PLAIN));
  assertGolden('comparison.md', comparisonMarkdown(document));
  assertGolden('comparison.xml', comparisonJUnit(document));
  assertGolden('comparison-single.txt', comparisonText(single, PLAIN));
});

test('no line is wider than 80 columns, and foreign text is neither markup nor escape', () => {
  for (const one of [document, single]) {
    const text = comparisonText(one, PLAIN);
    assert.deepEqual(
      text.split('\n').filter((line) => displayWidth(line) > 80),
      [],
    );
    for (const shown of [text, comparisonMarkdown(one), comparisonJUnit(one)]) assert.ok(!shown.includes('\u001b'));
    assert.ok(!/<script|\[x\]\(/.test(comparisonMarkdown(one)));
    assert.ok(!comparisonJUnit(one).includes('<script'));
  }
});

test('the document is what its schema says, and nothing else is taken for one', () => {
  assert.deepEqual(parseComparison(JSON.parse(JSON.stringify(document))), document);
  assert.throws(() => parseComparison({ ...document, kind: 'run' }), /of kind "run", not a comparison/);
  assert.throws(
    () => parseComparison({ ...document, schemaVersion: 2 }),
    /schemaVersion 2; this version of wsurge reads 1/,
  );
  assert.throws(() => parseComparison({ ...document, cells: [{}] }), /cells\.0/);
  assert.throws(() => parseComparison(null), /of kind none/);
  assert.match(comparisonJsonSchemaText(), /"title": "wsurge comparison"/);
});

test('changes keep to 8 characters', () => {
  const texts = [1, 1.0321, 0.5, 3.2, 0.0001, 12.4, 99999].map(percentText);
  assert.deepEqual(texts, ['0.0 %', '+3.2 %', '-50.0 %', '+220 %', '-100 %', 'x12', 'x>9999']);
  assert.ok(texts.every((text) => text.length <= 8));
});
