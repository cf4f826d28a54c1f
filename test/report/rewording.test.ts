/** What a sentence says is for people: other words change no colour, no state and no legend. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import { pageSearch } from '../../src/report/capacity/page-data.js';
import { capacityText } from '../../src/report/capacity/terminal.js';
import { comparisonModel } from '../../src/report/comparison/model.js';
import { pageComparison } from '../../src/report/comparison/page-data.js';
import { pageData } from '../../src/report/run/page-data.js';
import { reportModel } from '../../src/report/run/tables.js';
import { gridSearch, wholeSearch } from './capacity/capacity-fixture.js';
import { single, steady } from './comparison/comparison-fixture.js';
import { documentOf, troubleCells } from './document-fixture.js';
import { savedRunOf } from './run/saved-fixture.js';

/** Free text of a document; everything else in it is a number, a key or one of a few fixed words. */
const SENTENCES = new Set(['why', 'fix', 'message', 'note', 'text', 'reason', 'claim', 'maxNote', 'said', 'notes']);

/** The document in other words: every sentence says the same to a machine. */
function reworded<T>(value: T): T {
  return rewordedAll(value, false) as T;
}

function rewordedAll(value: unknown, isSentence: boolean): unknown {
  if (typeof value === 'string') return isSentence ? 'other words, >= 1–2 n/a: FAILED' : value;
  if (Array.isArray(value)) return value.map((item) => rewordedAll(item, isSentence));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewordedAll(item, SENTENCES.has(key))]));
}

const STYLE = { colors: picocolors.createColors(true), columns: 120, wide: false };

/** The colours of a text in their order, each stretch of one colour once. */
function coloursIn(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  return text.match(/\u001b\[3\dm/g) ?? [];
}

describe('a document in other words', () => {
  it('has the same tones, states and colours as a capacity search', () => {
    for (const search of [wholeSearch(), gridSearch()]) {
      const shown = (document: typeof search) => {
        const { verdict, steps, heat } = pageSearch(document);
        return {
          verdict: verdict.map(({ label, tone }) => [label, tone]),
          steps: steps.rows.map(({ word, tone }) => [word, tone]),
          heat: heat?.rows.map(({ cells }) => cells.map(({ state }) => state)),
          colours: coloursIn(capacityText(document, STYLE)),
        };
      };
      assert.deepEqual(shown(reworded(search)), shown(search));
      assert.ok(shown(search).colours.length > 3);
    }
  });

  it('has the same tones, results and legend as a run', () => {
    const shown = (document: ReturnType<typeof documentOf>) => {
      const { verdict, tables, benchmark, legend, doubts } = reportModel(document);
      return {
        verdict: verdict.map(({ label, word, tone }) => [label, word, tone]),
        rows: tables.flatMap(({ rows }) => rows.map(({ status, legend }) => [status, legend])),
        benchmark: benchmark.map(({ result }) => result),
        doubts: doubts.map(({ severity }) => severity).sort(),
        legend,
      };
    };
    for (const document of [documentOf(), documentOf({ cells: troubleCells(), thresholds: [] })]) {
      assert.deepEqual(shown(reworded(document)), shown(document));
    }
  });

  it('has the same tones as a comparison, and says how it was compared', () => {
    for (const document of [single, steady(1.2)]) {
      const shown = (of: typeof document) => {
        const { verdict, cells, facts } = pageComparison({ document: of, record: null });
        return {
          verdict: verdict.map(({ label, word, tone }) => [label, word, tone]),
          rows: cells.flatMap(({ rows }) => rows.map(({ word, tone }) => [word, tone])),
          facts: facts.map(([name]) => name),
        };
      };
      assert.deepEqual(shown(reworded(document)), shown(document));
      const { sides, comparedBy } = comparisonModel(document);
      const page = pageComparison({ document, record: null });
      assert.deepEqual(
        page.sides.map(({ text }) => text),
        [sides.a, sides.b],
      );
      assert.ok(page.facts.some(([, text]) => text === comparedBy));
    }
  });
});

it('the head of a page says when, against what, and on which engine, whatever its list of facts is called', () => {
  const [run] = pageData([savedRunOf(documentOf())]).runs;
  const { startedAt, target } = documentOf();
  assert.deepEqual(run!.head, {
    started: startedAt,
    target: `${target.url} at ${target.address}`,
    engine: target.engine,
  });
});
