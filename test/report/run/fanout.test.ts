/** What was sent to many, in tables and sentences. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { parseResult } from '../../../src/documents/result-schema.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { type FanoutTable, fanoutTables } from '../../../src/report/run/fanout-tables.js';
import { markdownReporter } from '../../../src/report/run/markdown.js';
import { pageData } from '../../../src/report/run/page-data.js';
import { subscriberLines } from '../../../src/report/run/subscriber-lines.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { terminalText } from '../../../src/report/run/terminal.js';
import { fanoutLines } from '../../../src/report/run/terminal-table.js';
import { reachText } from '../../../src/text/number-text.js';
import { displayWidth } from '../../../src/text/width.js';
import { chatCells, documentOf } from '../document-fixture.js';
import { fanoutCell, fanoutCells, fanoutOf, subscribersWith } from '../fanout-fixture.js';
import { recordsOf } from './csv-records.js';
import { savedRunOf } from './saved-fixture.js';

const document = documentOf({ cells: fanoutCells(), thresholds: [] });
const plainRun = documentOf({ cells: chatCells(), thresholds: [] });
const style = { colors: picocolors.createColors(false), columns: 80, wide: false };
const judged = (cell: CellResult) => ({ ...cell, validity: 'valid' as const, target: 'ok' as const });

describe('fan-out tables', () => {
  it('have a row for each cell, with the figures of its deliveries', () => {
    const [table, ...others] = reportModel(document).fanout;
    assert.deepEqual(others, []);
    assert.equal(table!.title, 'room · say');
    assert.match(table!.subtitle, /^reaches the sender's room · deliver time/);
    const shown = table!.rows.map(({ values }) =>
      ['subs', 'sent', 'delivered', 'reach', 'missed', 'redelivered'].map((key) => values[key]),
    );
    assert.deepEqual(shown, [
      ['10', '100.0', '1000', '100', '0', '0'],
      ['40', '100.0', '4000', '100', '0', '0'],
      ['100', '100.0', '9995', '99.991', '8', '12'],
    ]);
    const { lastUs, spreadUs, firstUs } = document.cells[1]!.fanout![0]!;
    const { values } = table!.rows[1]!;
    assert.deepEqual(
      ['first_p50', 'last_p99', 'spread_p50'].map((key) => Number(values[key]) * 1000),
      [firstUs.p50, lastUs.p99, spreadUs.p50].map((us) => Math.round(us! / 10) * 10),
    );
    assert.deepEqual(
      table!.rows.map(({ isBad }) => isBad),
      [false, false, true],
    );
  });

  it('are one for each load and request', () => {
    const two = [{ name: 'say' }, { name: 'all', reaches: 'all' as const }];
    const cells = [fanoutCell(10, two, 100, 'a'), fanoutCell(40, two, 100, 'a'), fanoutCell(10, two, 100, 'b')];
    const tables = fanoutTables(cells.map(judged));
    assert.deepEqual(
      tables.map(({ title, rows }) => [title, rows.length]),
      [
        ['a · say', 2],
        ['a · all', 2],
        ['b · say', 1],
        ['b · all', 1],
      ],
    );
    assert.match(tables[1]!.subtitle, /^reaches all/);
    assert.deepEqual(reportModel(plainRun).fanout, []);
    assert.deepEqual(reportModel(plainRun).subscribers, []);
  });

  it('have columns for late, gone and replayed deliveries only where there were any', () => {
    const keysOf = (cells: CellResult[]) => fanoutTables(cells.map(judged))[0]!.columns.map(({ key }) => key);
    const extra = (cells: CellResult[]) => keysOf(cells).filter((key) => ['late', 'gone', 'replayed'].includes(key));
    assert.deepEqual(extra([fanoutCell(10)]), []);
    assert.deepEqual(extra(fanoutCells()), ['late', 'gone', 'replayed']);
    assert.deepEqual(extra([fanoutCell(10, [{ gone: 1 }])]), ['gone']);
  });

  it('say below what came again, late, to nobody, or too early, and why a number is not there', () => {
    const [table] = fanoutTables(document.cells);
    assert.match(table!.remarks[0]!, /^c100-r100: 12 redelivered.*, 3 of the missed came late, 40 gone.*, 2 replayed/);
    assert.equal(table!.remarks.length, 1);
    const few = fanoutTables([judged(fanoutCell(10, [{ messages: 80 }]))])[0]!;
    assert.deepEqual(few.remarks, ['c10-r100: last p99, spread p99 n/a: n too small (80)']);
    assert.equal(few.rows[0]!.values['last_p99'], 'n/a');
    const missing = fanoutTables([judged(fanoutCell(10, [{ missed: { 3: 40 } }]))])[0]!;
    assert.ok(
      missing.remarks.some((text) => text.endsWith('last p99, spread p99 n/a: 4 % did not reach all')),
      missing.remarks.join('; '),
    );
  });

  it('have a row of their own for those who read slowly, whom no other figure counts', () => {
    const cell = fanoutCell(10, [{ slowMissed: 300 }]);
    const [table] = fanoutTables([fanoutCell(10), cell].map(judged));
    const shown = table!.rows.map(({ values, isBad }) => [
      ...['subs', 'sent', 'reach', 'deliver_p50', 'deliver_p99', 'last_p99', 'missed'].map((key) => values[key]),
      isBad,
    ]);
    const [fast, other] = shown;
    assert.deepEqual(fast, other);
    assert.deepEqual(shown[2], ['slow', '', '70', '300–500', '>= 5000', '', '300', false]);
    assert.ok(
      table!.remarks.some((text) =>
        text.endsWith('slow: 1 connection that reads 10 messages a second at most; the row above it is of the others'),
      ),
    );
    const [, , row] = fanoutLines(table!, style).filter((line) => /^ *slow |^ +10 /.test(line));
    assert.match(row!, /^ slow +70 +300–500 +>= 5000 +300$/);
    assert.ok(reportModel(documentOf({ cells: [cell], thresholds: [] })).legend.some((text) => text.startsWith('a–b')));
    const [plain, slow] = recordsOf(
      csvFiles(savedRunOf(documentOf({ cells: [fanoutCell(10), cell], thresholds: [] })))[2]!.text as string,
    );
    assert.deepEqual(
      ['slow', 'slowMissed', 'slowDeliver_p50Us'].map((name) => plain![name]),
      ['', '', ''],
    );
    assert.deepEqual(
      ['slow', 'slowDelivered', 'slowMissed'].map((name) => Number(slow![name])),
      [1, 700, 300],
    );
    const { serviceUs: _, histogram: __, brackets: ___, ...older } = cell.fanout![0]!.slow!;
    const before = judged({ ...cell, fanout: [{ ...cell.fanout![0]!, slow: older }] });
    assert.equal(fanoutTables([before])[0]!.rows[1]!.values['deliver_p50'], '500');
    const document = documentOf({ cells: [cell], thresholds: [] });
    assert.deepEqual(
      parseResult(JSON.parse(JSON.stringify(document))).cells[0]!.fanout![0]!.slow,
      cell.fanout![0]!.slow,
    );
  });

  it('owe the reader a bound of the deliver time, and the bracket', () => {
    const missing = documentOf({ cells: [fanoutCell(10, [{ missed: { 3: 200 } }])], thresholds: [] });
    const model = reportModel(missing);
    assert.match(model.fanout[0]!.rows[0]!.values['deliver_p99']!, /^>= /);
    assert.ok(model.legend.some((line) => /^>=.*deliver time/.test(line)));
    assert.ok(!reportModel(documentOf({ cells: [fanoutCell(10)], thresholds: [] })).legend.some((l) => /^>=/.test(l)));
  });

  it('of a request that nobody could receive have no reach and no times', () => {
    const alone = fanoutOf({ reaches: 'others', messages: 0, subscribers: 1 });
    const cell = judged({ ...fanoutCell(1), fanout: [alone] });
    const [{ rows, remarks }] = fanoutTables([cell]) as [FanoutTable];
    const { values } = rows[0]!;
    assert.deepEqual([values['subs'], values['reach'], values['deliver_p50']], ['n/a', 'n/a', 'n/a']);
    assert.ok(remarks.some((text) => text.endsWith('reach n/a: no connection was owed a delivery')));
    assert.deepEqual(pageData([savedRunOf(documentOf({ cells: [cell], thresholds: [] }))]).runs[0]!.fanoutCurves, []);
  });

  it('of messages that are for one connection each have no spread, and say why', () => {
    const [{ rows, remarks }] = fanoutTables([judged(fanoutCell(1, [{ messages: 2000 }]))]) as [FanoutTable];
    const { values } = rows[0]!;
    assert.deepEqual(
      ['subs', 'reach', 'spread_p50', 'spread_p99'].map((key) => values[key]),
      ['1', '100', 'n/a', 'n/a'],
    );
    assert.match(values['last_p99']!, /^[\d.]+$/);
    assert.deepEqual(remarks, ['c1-r100: spread p99 n/a: each message is for one connection']);
  });

  it('hold 80 columns, whatever the name and the numbers are', () => {
    const text = fc.oneof(fc.string({ minLength: 1, maxLength: 60 }), fc.constant('接続'.repeat(20)));
    const count = fc.constantFrom(0, 1, 999, 99_999, 1_234_567, 9_999_999_999);
    const us = fc.constantFrom(null, 0, 5, 94, 999_999, 59_000_000, 599_000_000);
    fc.assert(
      fc.property(
        text,
        count,
        count,
        us,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, sent, missed, at, reach) => {
          const base = fanoutOf({ subscribers: 10, messages: 100 });
          const times = {
            ...base.lastUs,
            p50: at,
            p99: at,
            max: at,
            atLeast: ['p99' as const],
            atMost: ['p50' as const],
          };
          const fanout = {
            ...{ ...base, name, reach, deliverUs: times, lastUs: times, spreadUs: times },
            deliveries: { ...base.deliveries, expected: sent, missed, redelivered: missed, gone: sent },
            perSecond: { sent, delivered: sent * 7 },
          };
          const [table] = fanoutTables([judged({ ...fanoutCell(10), load: name, fanout: [fanout] })]);
          for (const line of fanoutLines(table!, style)) assert.ok(displayWidth(line) <= 80, line);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stand in the terminal and in Markdown, before the verdict', () => {
    const [text, markdown] = [terminalText(document, style), markdownReporter.render(document)];
    assert.match(text, /room · say[\s\S]*99\.991[\s\S]*subscribers[\s\S]*verdict/);
    assert.match(markdown, /## room · say[\s\S]*99\.991[\s\S]*worst served: connection 7/);
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 80, line);
    assert.match(markdown, /redelivered/);
  });
});

describe('the reach', () => {
  it('is 100 only where nothing is missing, and takes at most 6 characters', () => {
    assert.deepEqual([1, 0.99995, 0.9999999, 0.999, 0.975, 0.5, 0.1, 0.034567, 0, null].map(reachText), [
      '100',
      '99.995',
      '99.999',
      '99.9',
      '97.5',
      '50',
      '10',
      '3.45',
      '0',
      'n/a',
    ]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const said = reachText(share);
        assert.ok(said.length <= 6, said);
        assert.ok(Number(said) <= share * 100 + 1e-6);
        assert.equal(said === '100', share === 1);
      }),
    );
  });
});

describe('subscribers in sentences', () => {
  it('one short sentence where everybody received everything', () => {
    const lines = subscriberLines([judged(fanoutCell(10)), judged(fanoutCell(40))]);
    assert.deepEqual(lines, [{ where: 'all 2 cells', text: 'every connection received all that was meant for it' }]);
  });

  it('the worst by their numbers, and Jain’s index, where somebody missed something', () => {
    const lines = subscriberLines(document.cells).filter(({ where }) => where === 'c100-r100');
    assert.match(
      lines[0]!.text,
      /^worst served: connection 7 with 995 of 1,000 \(99\.5 %\), connection 12 with .*; 3 of 100 connections missed some$/,
    );
    assert.match(lines[1]!.text, /^Jain's fairness index of their shares: 0\.9999 /);
  });

  it('how many missed some, and how many all, beyond the ten that are named', () => {
    const missed = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i, i < 4 ? 1000 : 1]));
    const subscribers = subscribersWith(100, 1000, missed);
    const textOf = (of: typeof subscribers) =>
      subscriberLines([judged({ ...fanoutCell(100), subscribers: of })])[0]!.text;
    assert.match(textOf(subscribers), /; 30 of 100 connections missed some, 4 of them all$/);
    const { missing: _, unreached: __, ...older } = subscribers;
    assert.match(textOf(older), /; at least 10 of 100 connections missed some$/);
  });

  it('no index of nothing, nor of one connection', () => {
    const indexOf = (connections: number, missed: number) => {
      const all = Object.fromEntries(Array.from({ length: connections }, (_, i) => [i, missed]));
      const cell = { ...fanoutCell(connections), subscribers: subscribersWith(connections, 1000, all) };
      const [file] = csvFiles(savedRunOf(documentOf({ cells: [cell], thresholds: [] }))).slice(2);
      assert.equal(recordsOf(file!.text as string)[0]!['jain'], cell.subscribers.jain?.toString() ?? '');
      return subscriberLines([judged(cell)])[1]!.text;
    };
    assert.equal(indexOf(12, 1000), "Jain's fairness index of their shares: n/a (none of them got anything)");
    assert.equal(indexOf(1, 5), "Jain's fairness index of their shares: n/a (there is only one)");
    assert.match(indexOf(12, 5), /shares: 1 \(1: all equal/);
  });

  it('says nothing of a run whose totals were lost', () => {
    const { subscribers: _, ...cell } = fanoutCell(10);
    assert.deepEqual(subscriberLines([judged(cell)]), []);
  });
});
