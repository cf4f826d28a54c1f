import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import {
  type ComparisonDocument,
  comparisonJsonSchemaText,
  parseComparison,
} from '../../../src/documents/comparison-schema.js';
import { comparisonJUnit } from '../../../src/report/comparison/junit.js';
import { comparisonMarkdown } from '../../../src/report/comparison/markdown.js';
import { comparisonModel } from '../../../src/report/comparison/model.js';
import { roundLine } from '../../../src/report/comparison/rounds.js';
import { comparisonText } from '../../../src/report/comparison/terminal.js';
import { displayWidth } from '../../../src/text/width.js';
import { assertGolden } from '../golden.js';
import { document, noisy, single, steady } from './comparison-fixture.js';

const PLAIN = { colors: picocolors.createColors(false), columns: 80, wide: false };

test('rounds that tell a regression, and rounds that tell nothing, on a terminal', () => {
  assertGolden('comparison-rounds.txt', comparisonText(steady(1.2), PLAIN));
  assertGolden('comparison-noisy.txt', comparisonText(noisy, PLAIN));
});

test('the line of a round shows no range that goes from nothing to any multiple', () => {
  const withRange = (interval: readonly [number, number]): ComparisonDocument => {
    const one = steady(1.2);
    return {
      ...one,
      cells: one.cells.map((cell) => ({ ...cell, metrics: cell.metrics.map((of) => ({ ...of, interval })) })),
    };
  };
  const line = (interval: readonly [number, number]) => roundLine(withRange(interval), 2, ['b', 'a'], null, 200);
  assert.match(line([0.9, 1.4]), /^round {2}2 \(B A\) {2}p50 \+\d+\.\d % \(-10\.0 % to \+40\.0 %\), p99/);
  assert.match(line([0.01, 50]), /^round {2}2 \(B A\) {2}p50 \+\d+\.\d %, p99/);
});

test('a passed comparison says which metrics decided it, and names those that are open or worse and do not gate', () => {
  const result = (one: ComparisonDocument) =>
    comparisonModel(one).verdict.find(({ label }) => label === 'result')!.text;
  const ungated = (one: ComparisonDocument): ComparisonDocument => ({
    ...one,
    outcome: { ...one.outcome, word: 'PASSED', exitCode: 0, regressions: [] },
    cells: one.cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map((of) => ({ ...of, gate: of.metric === 'throughput' })),
    })),
  });
  const places = 'service time p50 in concurrency/c50-r200, service time p99 in concurrency/c50-r200';
  const decided = 'in the metrics that gate, B is not worse than A by more than the margins';
  assert.equal(result(noisy), `B is not proven to be worse, but it may be; open (~): ${places} (exit code 0)`);
  assert.equal(result(ungated(noisy)), `${decided}; not gating and open (~): ${places} (exit code 0)`);
  assert.equal(result(ungated(steady(1.2))), `${decided}; not gating and worse: ${places} (exit code 0)`);
  assert.equal(result(steady(1)), 'B is not worse than A by more than the margins (exit code 0)');
});

const needing = (one: ComparisonDocument, roundsNeeded: number): ComparisonDocument => ({
  ...one,
  cells: one.cells.map((cell) => ({ ...cell, metrics: cell.metrics.map((of) => ({ ...of, roundsNeeded })) })),
});

test('the last 24 lines of a comparison hold its table, its verdict and at most five lines below', () => {
  for (const one of [noisy, steady(1.2), needing(noisy, 11)]) {
    const lines = `${comparisonText(one, PLAIN)}report       results/x/report.html\n`.split('\n').slice(-24);
    const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
    assert.ok(at('service time p50') >= 0 && at('service time p50') < at('result'), lines.join('\n'));
    assert.ok(at('report') - at('try next') < 5 && at('result') < at('try next'), lines.join('\n'));
    assert.ok(!lines.includes('how to read it'));
  }
  assert.match(comparisonText(noisy, { ...PLAIN, wide: true }), /^how to read it\n/m);
});

test('each outcome says what to do next', () => {
  const next = (one: ComparisonDocument) => comparisonModel(one).next.join('\n');
  const withLabels = (one: ComparisonDocument) => ({ ...one, b: { ...one.b, label: one.a.label } });
  const ended = { side: 'a', round: 2, how: 'died' } as const;
  const died = { ...steady(1), outcome: { ...steady(1).outcome, word: 'INVALID', exitCode: 99, ended } } as const;
  const cases: readonly (readonly [document: ComparisonDocument, said: RegExp])[] = [
    [steady(1.2), /what changed from A to B.*rounds\/.*wsurge ab --aa/s],
    [steady(1), /B can take the place of A/],
    [noisy, /^longer cells.*--margin p99=20%/s],
    [needing(noisy, 11), /--rounds 12.*longer cells/s],
    [needing(noisy, 3), /^longer cells/s],
    [withLabels(steady(1.2)), /A differs from itself/],
    [withLabels(steady(1)), /compare builds here/],
    [withLabels(noisy), /is larger than the margins/],
    [document, /confirmed, in turns.*wsurge ab/],
    [{ ...single, outcome: { ...single.outcome, regressions: [] } }, /in turns.*--vs.*--noise 3%/s],
    [{ ...steady(1), outcome: { ...steady(1).outcome, word: 'INVALID', exitCode: 98 } }, /wsurge doctor/],
    [died, /mend what ended A \(node old\/server\.js\)/],
  ];
  for (const [one, said] of cases) assert.match(next(one), said);
  const stopped = { ...steady(1), outcome: { ...steady(1).outcome, word: 'INVALID', exitCode: 105 } } as const;
  assert.match(
    next(stopped),
    /same command with --resume.*first look is after 5 rounds.*wsurge compare rounds\/\*-a\* --vs rounds\/\*-b\*/s,
  );
  assert.ok(!next(stopped).includes('doctor'));
  assert.match(comparisonText(stopped, PLAIN), /stopped before the first look, so nothing is judged/);
  assert.match(comparisonText(died, PLAIN).replaceAll(/\s+/g, ' '), /A died, so there is nothing to compare B with/);
});

test('a comparison on a terminal, in Markdown and as test cases', () => {
  assertGolden('comparison.txt', comparisonText(document, PLAIN));
  assertGolden('comparison.md', comparisonMarkdown(document));
  assertGolden('comparison.xml', comparisonJUnit(document));
  assertGolden('comparison-single.txt', comparisonText(single, PLAIN));
});

test('no line is wider than 80 columns, and foreign text is neither markup nor escape', () => {
  for (const one of [document, single, noisy, steady(0.8)]) {
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
