/** Capacity searches and comparisons in every format that they have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SavedComparison } from '../../src/documents/saved-comparison.js';
import { pageSearch } from '../../src/report/capacity/page-data.js';
import { pageComparison } from '../../src/report/comparison/page-data.js';
import type { FormatName } from '../../src/report/format-names.js';
import { CAPACITY_FORMATS, COMPARISON_FORMATS, type KindFormats } from '../../src/report/formats.js';
import type { PageAssets } from '../../src/report/shared/page-assets.js';
import { documentWith, FAILED, gridSearch, step, wholeSearch } from './capacity/capacity-fixture.js';
import { document, noisy, partly, single, steady } from './comparison/comparison-fixture.js';
import { assertGolden } from './golden.js';

const ASSETS: PageAssets = {
  style: 'p{}',
  scripts: { run: 'void 0;', check: 'void 0;', capacity: 'void 1;', comparison: 'void 2;' },
};
const made: SavedComparison = {
  document: steady(1.2),
  record: { runId: '2026-11-24T10-15-30Z-ab-nightly', profile: { name: 'nightly', seed: 1 } },
};
const FORMATS = ['html', 'md', 'junit', 'csv', 'json'] as const satisfies readonly FormatName[];

function filesOf<Saved>(formats: KindFormats<Saved>, saved: Saved, prefix: string): Map<string, string> {
  const files = FORMATS.flatMap((format) => formats[format]!(saved, ASSETS));
  return new Map(files.map(({ name, text }) => [`${prefix}-${name}`, [...text].join('')]));
}

describe('golden files of a capacity search', () => {
  const files = filesOf(CAPACITY_FORMATS, wholeSearch(), 'capacity');
  for (const name of ['report.html', 'report.md', 'junit.xml', 'steps.csv']) {
    it(name, () => assertGolden(`capacity-${name}`, files.get(`capacity-${name}`)!.replaceAll('\r', '')));
  }
});

describe('golden files of a comparison', () => {
  const files = filesOf(COMPARISON_FORMATS, made, 'ab');
  for (const name of ['report.html', 'report.md', 'junit.xml', 'metrics.csv', 'values.csv']) {
    it(name, () => assertGolden(`ab-${name}`, files.get(`ab-${name}`)!.replaceAll('\r', '')));
  }
});

describe('every format of both', () => {
  it('gives the same bytes each time, from data that went through JSON', () => {
    for (const search of [wholeSearch(), gridSearch(), documentWith({ steps: [] })]) {
      const again = JSON.parse(JSON.stringify(search)) as typeof search;
      assert.deepEqual(filesOf(CAPACITY_FORMATS, again, ''), filesOf(CAPACITY_FORMATS, search, ''));
    }
    for (const one of [document, single, noisy]) {
      const again = JSON.parse(JSON.stringify(one)) as typeof one;
      const saved = (document: typeof one) => ({ document, record: null });
      assert.deepEqual(filesOf(COMPARISON_FORMATS, saved(again), ''), filesOf(COMPARISON_FORMATS, saved(one), ''));
    }
  });

  it('has none that means nothing for it', () => {
    for (const formats of [CAPACITY_FORMATS, COMPARISON_FORMATS]) {
      assert.deepEqual(Object.keys(formats).sort(), [...FORMATS].sort());
    }
  });

  it('names what lies beside a run after what it is', () => {
    const names = [...filesOf(COMPARISON_FORMATS, { document, record: null }, '').keys()];
    for (const name of names) assert.match(name, /^-comparison/);
  });
});

describe('JUnit of a capacity search', () => {
  const junitOf = (exitCode: number, more = {}) =>
    [...CAPACITY_FORMATS.junit!(wholeSearch({ exitCode, ...more }), ASSETS)[0]!.text].join('');

  it('fails by its answer alone', () => {
    assert.match(junitOf(0), /tests="10" failures="0" errors="0" skipped="3"/);
    assert.match(junitOf(99), /<failure message="required 2,000 connections: NOT met; 1,240 connections/);
    assert.match(junitOf(98), /failures="0" errors="1"/);
  });

  it('is never empty', () => {
    assert.match(junitOf(99, { steps: [] }), /tests="1" failures="1"/);
  });
});

describe('the page of a capacity search', () => {
  it('draws each step once, by what came of it, and joins the last of each level', () => {
    const { curve, heat } = pageSearch(wholeSearch());
    assert.equal(heat, null);
    assert.deepEqual(curve!.x, [100, 200, 400, 800, 1100, 1240, 1300, 1600, 1600]);
    assert.deepEqual(
      curve!.x.map(
        (_, i) => [curve!.heldUs[i], curve!.failedUs[i], curve!.doubtfulUs[i]].filter((us) => us !== null).length,
      ),
      curve!.x.map(() => 1),
    );
    assert.deepEqual(curve!.valueUs.slice(-2), [null, 71_000]);
    assert.deepEqual(curve!.doubtfulUs.slice(-3), [55_000, null, null]);
    assert.equal(curve!.answer, 1240);
  });

  it('marks a level as held where only a first attempt failed, and the answer with it', () => {
    const found = wholeSearch();
    const twice = { ...found, steps: [step(1240, 1240, FAILED), ...found.steps] };
    const { curve } = pageSearch(twice);
    const at = curve!.x.flatMap((x, i) => (x === curve!.answer ? [i] : []));
    assert.equal(at.length, 2);
    assert.deepEqual(
      at.map((i) => [curve!.heldUs[i], curve!.failedUs[i], curve!.failedPerSecond[i]]),
      [
        [null, null, null],
        [41_000, null, null],
      ],
    );
  });

  it('draws the law within its band, from the first step to the last', () => {
    const { law } = pageSearch(wholeSearch());
    const { n, perSecond, low, high } = law.curve;
    assert.equal(n[0], 100);
    assert.equal(n.at(-1), 1240);
    assert.ok(perSecond.every((each, i) => low[i]! <= each && (high[i] === null || each <= high[i]!)));
    assert.deepEqual(
      pageSearch(documentWith({ model: { of: 'connections', points: [], fit: null, claim: 'too few' } })).law.curve.n,
      [],
    );
  });

  it('says what a grid knows, and what only follows', () => {
    const { heat, curve } = pageSearch(gridSearch());
    assert.equal(curve, null);
    assert.deepEqual(heat!.rates, [500, 1000, 1500]);
    assert.deepEqual(
      heat!.rows.map(({ cells }) => cells.map(({ state, text }) => `${state} ${text}`)),
      [
        ['not run ok', 'held 12.0', 'over 62.1*'],
        ['held 9.00', 'generator 62.1?', 'not run over'],
        ['over 62.1*', 'not run over', 'not run over'],
      ],
    );
    assert.deepEqual(
      heat!.rows.map(({ isAnswer }) => isAnswer),
      [true, false, false],
    );
  });

  const words: readonly (readonly [Parameters<typeof documentWith>[0], string])[] = [
    [{}, '1,240 connections'],
    [{ answer: { ...documentWith().answer, atLeast: true } }, '≥ 1,240 connections'],
    [{ search: { ...documentWith().search, axis: 'rate' } }, '1,240 msg/s'],
    [{ answer: { ...documentWith().answer, connections: null, ratePerSecond: null } }, 'NO CAPACITY'],
    [
      {
        steps: [step(1, 1, FAILED)],
        answer: { ...documentWith().answer, connections: null, limitedBy: { by: 'client', text: 'busy', fix: '-w 2' } },
      },
      'NO ANSWER',
    ],
  ];
  for (const [changes, word] of words) {
    it(`answers ${word}`, () => assert.equal(pageSearch(documentWith(changes)).verdict.at(-1)!.word, word));
  }

  it('says nothing twice in its headline, counts one step as one, and leaves out an engine that is not known', () => {
    const answer = { ...documentWith().answer, atLeast: true, text: '>= 10 connections at 1/s each, p99 4.1 ms' };
    const of = (changes: Parameters<typeof documentWith>[0]) => pageSearch(documentWith(changes));
    assert.equal(of({ answer }).verdict.at(-1)!.text, 'at 1/s each, p99 4.1 ms');
    const none = { ...answer, connections: null, text: 'no answer: no step passed before it was stopped' };
    assert.equal(of({ answer: none }).verdict.at(-1)!.text, 'no step passed before it was stopped');
    const one = of({
      steps: [step(1, 1)],
      target: { ...documentWith().target, engine: null },
      search: { ...documentWith().search, require: null },
    });
    assert.ok(one.verdict.some(({ word }) => word === '1 STEP'));
    assert.doesNotMatch(JSON.stringify([one.place, one.facts]), /server engine|not known/i);
  });
});

describe('the page of a comparison', () => {
  it('has every round of both sides, and what the verdict rests on', () => {
    const { cells, sides, facts, name } = pageComparison(made);
    const [p50] = cells[0]!.rows;
    assert.equal(p50!.values.a.length, 5);
    assert.equal(p50!.values.b.length, 5);
    assert.ok(p50!.values.a.every((value) => value !== null && value > 9000));
    assert.equal(p50!.sign, '✕');
    assert.deepEqual(
      sides.map(({ runs }) => runs.length),
      [5, 5],
    );
    assert.ok(facts.some(([label, text]) => label === 'Order of turns' && text === 'A B · B A · B A · A B · A B'));
    assert.equal(name, 'Comparison: nightly');
  });

  it('leaves out what a run could not measure', () => {
    const [first] = pageComparison({ document: partly, record: null }).cells;
    const { a, b } = first!.rows[0]!.values;
    assert.deepEqual([a.map((value) => value !== null), b.length], [[false, true, true], 3]);
  });

  it('names both machines only where they differ', () => {
    const { machines } = pageComparison(made);
    assert.equal(machines.length, 1);
    const other = { ...made.document.a.generators![0]!, cores: 64 };
    const apart = { ...made, document: { ...made.document, b: { ...made.document.b, generators: [other] } } };
    assert.deepEqual(
      pageComparison(apart).machines.map(([first]) => first),
      [
        ['Side', 'A'],
        ['Side', 'B'],
      ],
    );
  });
});
