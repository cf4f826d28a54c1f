/** What a reader sees first: one line of verdict, each reason once, every figure with its limit, in every format. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import type { ResultDocument } from '../../../src/documents/result-document.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { RUN_FORMATS } from '../../../src/report/formats.js';
import { pageData } from '../../../src/report/run/page-data.js';
import { runningPageData } from '../../../src/report/run/running-page.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { closingText, reportText } from '../../../src/report/run/terminal.js';
import { rowLines, tableHeader } from '../../../src/report/run/terminal-table.js';
import type { PageAssets } from '../../../src/report/shared/page-assets.js';
import { clipParts } from '../../../src/text/width.js';
import { healthyCell, withConnections, withMessages, withWorker } from '../../verdict/cell-fixture.js';
import { documentOf, threshold } from '../document-fixture.js';
import { savedRunOf } from './saved-fixture.js';

const STYLE = { colors: picocolors.createColors(false), columns: 80, wide: false };
const ASSETS: PageAssets = {
  style: '',
  scripts: { run: '', check: '', capacity: '', comparison: '' },
};
const COUNTS = [1, 10, 50, 100, 500, 1000];

const starved = (count: number, i: number): CellResult =>
  withWorker(healthyCell({ connections: count }), { runQueueWait: 0.2 + i / 100, busy: 0.95 });
const doubtful = documentOf({ cells: COUNTS.map(starved), thresholds: [] });

function headlineOf(document: ResultDocument): string {
  const { word, text } = reportModel(document).verdict.at(-1)!;
  return `${word} ${text}`;
}

function fileOf(document: ResultDocument, format: 'md' | 'junit'): string {
  return [...RUN_FORMATS[format]!(savedRunOf(document), ASSETS)[0]!.text].join('');
}

const slow = threshold({
  ...{ metric: 'ws_response_time', expression: 'p(95)<0.5', limit: 500, gate: true },
  aggregation: { kind: 'percentile', quantile: 0.95 },
});

describe('the headline', () => {
  it('of exit code 98 says which of its causes it is, and of what', () => {
    const one = [healthyCell({ connections: 1 }), starved(10, 0), healthyCell({ connections: 50 })];
    assert.match(headlineOf(documentOf({ cells: one, thresholds: [] })), /^INVALID c10-r1000 could not be measured/);
    const missing = { notRun: [{ id: 'concurrency/c50-r1000', reason: 'the target is gone' }] };
    const incomplete = documentOf({ cells: [healthyCell({})], thresholds: [], outcome: missing });
    assert.match(
      headlineOf(incomplete),
      /^INCOMPLETE 1 cell not run, concurrency\/c50-r1000 first: the target is gone/,
    );
    const wide = healthyCell({ connections: 10, serviceUs: [400, 401], lagUs: [600, 601] });
    const undecided = documentOf({ cells: [wide], thresholds: [{ ...slow, limit: 700, expression: 'p(95)<0.7' }] });
    assert.match(headlineOf(undecided), /^UNDECIDED 1 threshold could not be decided/);
  });

  it('of exit code 98 also says what surely failed, with the figure below', () => {
    const cells = [starved(10, 0)];
    const failing = documentOf({ cells, thresholds: [{ ...slow, limit: 0.1, expression: 'p(95)<0.1' }] });
    assert.equal(failing.verdict.exitCode, 98);
    assert.match(headlineOf(failing), /^INVALID c10-r1000 could not be measured; 1 threshold failed all the same \(/);
    assert.match(fileOf(failing, 'md'), /^\| failed \|/m);
    const shown = documentOf({ cells, thresholds: [{ ...slow, limit: 0.1, expression: 'p(95)<0.1', gate: false }] });
    assert.match(headlineOf(shown), /could not be measured; 1 threshold missed, not gating/);
  });

  it('of a failure names the gates and counts the thresholds, whose figures are told below', () => {
    const lost = withMessages(healthyCell({ connections: 10 }), { answered: 9000, received: 9000, timedOut: 1000 });
    assert.match(
      headlineOf(documentOf({ cells: [lost], thresholds: [] })),
      /^FAILED 1 default gate failed \(lost\) in/,
    );
    const text = headlineOf(documentOf({ cells: [healthyCell({})], thresholds: [slow] }));
    assert.match(text, /^FAILED 1 threshold failed \(/);
  });

  it('and the doubts count a cell under its own severity only', () => {
    const wide = (connections: number, highUs: number): CellResult => {
      const cell = healthyCell({ connections, addedUs: [1] });
      return { ...cell, brackets: { ...cell.brackets!, quantiles: { p99: [1000, highUs] } } };
    };
    const highs = [20_000, 30_000, 3000, 20_000, 4000, 900];
    const mixed = documentOf({ cells: COUNTS.map((count, i) => wide(count, highs[i]!)), thresholds: [] });
    assert.match(headlineOf(mixed), /^INVALID 3 of 6 cells could not be measured; 2 more DEGRADED \(/);
    const [doubt] = reportModel(mixed).doubts;
    assert.equal(doubt!.where, '3 of 6 cells, 2 more DEGRADED');
    assert.match(doubt!.message, /^worst c10-r1000: /);
  });

  it('says where thresholds were decided although brackets are wide', () => {
    const late = healthyCell({ connections: 10, serviceUs: [14_000], lagUs: [17_000], addedUs: [60] });
    const fine = healthyCell({ connections: 1, addedUs: [60] });
    const limit = (ms: number) => ({ ...slow, limit: ms * 1000, expression: `p(95)<${ms}` });
    const said = (ms: number) => headlineOf(documentOf({ cells: [fine, late], thresholds: [limit(ms)] }));
    const aside = /; decided in spite of wide brackets \(c10-r1000 INVALID\) /;
    assert.match(said(10), /^FAILED 1 threshold failed; .*exit code 99/);
    assert.match(said(10), aside);
    assert.match(said(50), /^PASSED .*exit code 0/);
    assert.match(said(50), aside);
    assert.doesNotMatch(said(20), aside, 'undecided');
  });
});

describe('a failed threshold', () => {
  it('shows value, limit and unit on the terminal, in Markdown, JUnit and on the page, titled or not', () => {
    for (const title of [null, 'Response time']) {
      const document = documentOf({ cells: [healthyCell({})], thresholds: [{ ...slow, title }] });
      const said = /0\.\d+ ms, limit p95 < 0\.5 ms/;
      const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll(/\s+/g, ' ');
      assert.match(plain(reportText(reportModel(document), STYLE)), said);
      assert.match(plain(fileOf(document, 'md')), said);
      assert.match(plain(fileOf(document, 'junit')), said);
      assert.match(JSON.stringify(pageData([savedRunOf(document)]).runs[0]!.doubts), said);
    }
  });

  it('is told where it does not gate and has no row in the benchmark, and finer where it prints as its limit', () => {
    const aside = documentOf({ cells: [healthyCell({})], thresholds: [{ ...slow, gate: false }] });
    assert.match(reportModel(aside).doubts[0]!.message, /missed \(does not gate\): 0\.\d+ ms, limit p95/);
    const cell = healthyCell({ serviceUs: [50_004], lagUs: [1] });
    const close = documentOf({ cells: [cell], thresholds: [{ ...slow, limit: 50_000, expression: 'p(95)<50' }] });
    assert.match(reportModel(close).doubts[0]!.message, /: 50\.0\d+ ms, limit p95 < 50 ms/);
  });
});

it('a threshold is told once, its metric named once', () => {
  const document = documentOf({
    cells: [healthyCell({})],
    thresholds: [{ ...slow, selector: { load: 'concurrency' } }],
  });
  const [doubt] = reportModel(document).doubts;
  assert.equal(doubt!.code, 'ws_response_time');
  assert.match(doubt!.message, /^\{load:concurrency\} p\(95\)<0\.5: 0\.\d+ ms, limit p95 < 0\.5 ms/);
  assert.equal(reportText(reportModel(document), STYLE).match(/p\(95\)<0\.5/g)!.length, 1);
});

describe('one reason', () => {
  it('is one line over all its cells, at most five in all, in every format', () => {
    const { doubts, reasons } = reportModel(doubtful);
    assert.equal(new Set(doubts.map(({ code }) => code)).size, doubts.length);
    assert.ok(reasons.length >= 2 * COUNTS.length);
    const line = doubts.find(({ code }) => code === 'cpu_starved')!;
    assert.equal(line.where, 'all 6 cells');
    assert.match(line.message, /^worst c1000-r1000: .*25 %/);
    const text = reportText(reportModel(doubtful), STYLE);
    assert.equal(text.match(/cpu_starved/g)!.length, 1);
    assert.equal(text.match(/^ {2}fix +stop other work/gm)!.length, 1, 'one fix for reasons that share it');
    const [shown, rest] = fileOf(doubtful, 'md').split('<details>', 2);
    assert.equal(shown!.match(/cpu\\_starved/g)!.length, 1);
    assert.ok(rest !== undefined);
  });

  it('counts once in JUnit, however many cells it is about, and the result does not count it again', () => {
    const text = fileOf(doubtful, 'junit');
    const invalid = reportModel(doubtful).doubts.filter(({ severity }) => severity === 'invalid').length;
    assert.match(text, new RegExp(`^<testsuites [^>]* failures="0" errors="${invalid}"`, 'm'));
    const failed = documentOf({ cells: [healthyCell({})], thresholds: [slow] });
    assert.match(fileOf(failed, 'junit'), /^<testsuites [^>]* failures="1" errors="0"/m);
    const gone = documentOf({ cells: [], thresholds: [] });
    assert.match(fileOf(gone, 'junit'), /^<testsuites [^>]* failures="0" errors="1"/m, 'nothing else tells it');
  });
});

describe('fixes, in every format', () => {
  const waiting = (cell: CellResult): CellResult => ({ ...cell, server: { ...cell.server, waited: 0.3 } as never });
  const here = documentOf({
    ...{ cells: COUNTS.map(starved).map(waiting), thresholds: [], workers: 1 },
    profile: { name: 'report', target: { kind: 'embedded' } },
  });

  it('advise only what can be done with one worker and the embedded server', () => {
    const { reasons, doubts } = reportModel(here);
    assert.ok(reasons.some(({ code }) => code === 'target_starved'));
    const told = [...reasons, ...doubts].map(({ fix }) => fix ?? '').join('\n');
    assert.match(told, /stop other work/);
    const all = `${told}\n${fileOf(here, 'md')}\n${fileOf(here, 'junit')}\n${reportText(reportModel(here), STYLE)}`;
    assert.doesNotMatch(all, /fewer workers|elsewhere|another one|worker 0: /);
  });

  it('that say the same are one, for the server as for the generator', () => {
    const fixes = reportModel(here)
      .doubts.filter(({ code }) => code === 'cpu_starved' || code === 'target_starved')
      .map(({ fix }) => fix);
    assert.equal(fixes.length, 2);
    assert.equal(new Set(fixes).size, 1);
    assert.equal(reportText(reportModel(here), STYLE).match(/^ {2}fix +stop other work/gm)!.length, 1);
  });
});

describe('the one fix on the terminal', () => {
  const fixOf = (...cells: CellResult[]) => {
    const text = reportText(reportModel(documentOf({ cells, thresholds: [], workers: 1 })), STYLE);
    return / {2}fix +(.*(?:\n {12}.*)*)/.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? null;
  };
  // The instrument check vouches for the figures, so that a busy machine is a note.
  const busy = withWorker(healthyCell({ connections: 100, addedUs: [60] }), { runQueueWait: 0.2 });
  const refusing: CellResult = {
    ...withConnections(busy, { failed: 10, opened: 90, held: 90 }),
    errors: [{ phase: 'session', code: 'CONNECT_ERROR', count: 10 }],
  };

  it('is about the sessions where the target refused some, however busy this machine was', () => {
    const { doubts } = reportModel(documentOf({ cells: [refusing], thresholds: [] }));
    assert.deepEqual(
      doubts.map(({ code }) => code),
      ['held', 'cpu_starved', 'target_session'],
    );
    assert.match(fixOf(refusing)!, /^see what each step sends with --dry-run/);
    assert.match(fixOf(busy)!, /^stop other work/);
  });

  it('is about the machine where the measurement was no good', () => {
    assert.match(fixOf(starved(50, 0), refusing)!, /^(stop other work|add workers)/);
  });
});

it('a long reason is whole in Markdown, JUnit and on the page, and ends with a part on the terminal', () => {
  const parts = Array.from({ length: 40 }, (_, i) => `part number ${i} of it`).join(', ');
  const lost = withWorker(healthyCell({}), { status: 'lost', error: parts });
  const document = documentOf({ cells: [lost], thresholds: [] });
  assert.ok(fileOf(document, 'md').includes(parts));
  assert.ok(fileOf(document, 'junit').includes(parts));
  assert.ok(JSON.stringify(pageData([savedRunOf(document)]).runs[0]!.doubts).includes(parts));
  assert.match(reportText(reportModel(document), STYLE), /ended before its time …\n/);
});

describe('an interrupted run', () => {
  const cut = withMessages(withConnections(healthyCell({ connections: 10 }), { opened: 0, attempts: 0, held: 0 }), {
    ...{ planned: 0, sent: 0, answered: 0, received: 0 },
  });
  const notRun = [50, 100].map((count) => ({ id: `concurrency/c${count}-r1000`, reason: 'interrupted' }));
  const held = threshold({
    metric: 'ws_connections_held',
    expression: 'value>=10',
    comparison: '>=',
    limit: 10,
    gate: true,
  });
  const selector = { load: 'concurrency', connections: '10' };
  const document = documentOf({
    cells: [healthyCell({ connections: 1 }), { ...cut, interrupted: true }],
    thresholds: [{ ...held, selector }],
    outcome: { interrupted: true, notRun },
  });

  it('blames nobody for the cell that was cut off', () => {
    const { doubts, reasons } = reportModel(document);
    assert.deepEqual(
      reasons.filter(({ severity }) => severity === 'failed'),
      [],
    );
    assert.match(headlineOf(document), /^INTERRUPTED partial results: 2 of 4 cells, 1 of them in part/);
    const missing = doubts.find(({ code }) => code === 'not_run');
    assert.deepEqual([missing?.where, missing?.message], ['2 of 4 cells', 'interrupted'], 'no worst without a figure');
  });

  it('still blames the server for a whole cell', () => {
    const failing = withConnections(healthyCell({ connections: 10 }), { held: 9 });
    const whole = documentOf({ cells: [failing], thresholds: [held], outcome: { interrupted: true, notRun } });
    const codes = reportModel(whole).reasons.filter(({ severity }) => severity === 'failed');
    assert.deepEqual(codes.map(({ code }) => code).sort(), ['held', 'ws_connections_held']);
  });
});

describe('the end of the output', () => {
  it('prints no row twice, and ends in verdict, doubts and the report', () => {
    const printed = new Set(doubtful.cells.map(({ id }) => id));
    const model = reportModel(doubtful);
    const lines = (reportText(model, STYLE, printed) + closingText(model, 'results/x/report.html', STYLE)).split('\n');
    assert.ok(!lines.some((line) => /^\s*\d+ +\d+ .*INVALID/.test(line)), 'a row');
    assert.ok(reportText(model, STYLE).includes('INVALID\n'), 'without rows on the screen they are printed');
    const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
    assert.ok(at('notes') < at('verdict') && at('verdict') < at('report'));
    assert.equal(at('report'), lines.length - 2, 'the last line');
  });

  it('holds the table on 24 lines: a line of verdict, at most five of doubts, one fix, the report', () => {
    const cells = COUNTS.map((count, i) =>
      withMessages(starved(count, i), { answered: 9000, received: 9000, timedOut: 1000 + i }),
    );
    const document = documentOf({ cells, thresholds: [slow, { ...slow, expression: 'p(95)<0.4', limit: 400 }] });
    const model = reportModel(document);
    assert.ok(model.doubts.length > 5, `${model.doubts.length} doubts`);
    const live = model.tables.flatMap((table) => [
      ...tableHeader(table, STYLE),
      ...table.rows.flatMap((row) => rowLines(row, table, STYLE)),
    ]);
    const printed = new Set(document.cells.map(({ id }) => id));
    const after = `\n${reportText(model, STYLE, printed)}${closingText(model, 'results/x/report.html', STYLE)}`;
    const lines = [...live, ...after.split('\n')];
    for (const line of lines) assert.ok(line.length <= 80, line);
    const screen = lines.slice(-24);
    for (const count of COUNTS) {
      assert.ok(
        screen.some((line) => new RegExp(`^ *${count} +`).test(line)),
        `the row of ${count} connections, in\n${screen.join('\n')}`,
      );
    }
    const verdict = screen.findIndex((line) => line.startsWith('verdict'));
    const end = screen.slice(verdict);
    assert.match(end[0]!, /\(exit code \d+\)$/);
    assert.match(end[5]!, /^ {2}\d+ more in report\.html$/);
    assert.match(end[6]!, /^ {2}fix +/);
    assert.ok(end.length <= 12, end.join('\n'));
  });

  it('cuts a doubt where one of its parts ends', () => {
    assert.equal(clipParts('one part: two (limit 90 %), and three more parts', 40), 'one part: two (limit 90 %) …');
    assert.equal(clipParts('short', 40), 'short');
    assert.equal(clipParts('a: b sentence without parts that is too long', 30), 'a: b sentence without parts …');
    assert.equal(clipParts('x'.repeat(30), 10), `${'x'.repeat(9)}…`);
  });

  it('has the notes before tables that are still to print, and folds them below rows that stand', () => {
    const model = reportModel(doubtful);
    const whole = reportText(model, STYLE);
    assert.ok(whole.indexOf('notes\n') < whole.indexOf('conns'), whole);
    const many = { ...model, remarks: Array.from({ length: 30 }, (_, i) => ({ where: `c${i}`, text: 'a note' })) };
    const printed = new Set(doubtful.cells.map(({ id }) => id));
    assert.match(
      reportText(many, STYLE, printed),
      /^(notes +\d+|notes\n[\s\S]*\n {2}\d+ more) in report\.html, or with --wide\n/m,
    );
    assert.doesNotMatch(reportText(many, { ...STYLE, wide: true }, printed), /with --wide/);
  });

  it('leaves room for the figures on a screen of 24 lines', () => {
    const model = reportModel(documentOf());
    const printed = new Set(documentOf().cells.map(({ id }) => id));
    const lines = (reportText(model, STYLE, printed) + closingText(model, 'results/x/report.html', STYLE)).split('\n');
    const last = lines.slice(-24);
    assert.ok(last.some((line) => line.startsWith('benchmark')));
    assert.ok(last.some((line) => line.startsWith('verdict')));
  });
});

describe('the page of a run that is still on', () => {
  const saved = savedRunOf(doubtful);

  it('gives no verdict before there is a cell', () => {
    const [run] = runningPageData(saved, 0, 6).runs;
    assert.deepEqual(
      run!.verdict.map(({ word }) => word),
      ['RUNNING'],
    );
    assert.equal(run!.tables[0]!.rows[0]!.status, 'RUNNING');
  });

  it('has no notes on thresholds, and of the running cell only that it is still running', () => {
    const cell = { ...healthyCell({ connections: 1, rate: 10 }), interrupted: true };
    const none = { ...slow, title: 'Response time', selector: { load: 'another' } };
    const document = documentOf({ cells: [healthyCell({ connections: 10 }), cell], thresholds: [none] });
    const whole = JSON.stringify(pageData([savedRunOf(document)]).runs[0]!.notes);
    assert.match(whole, /ended before its time/);
    const [first] = runningPageData(savedRunOf({ ...document, cells: [cell as never] }), 0, 2).runs;
    assert.deepEqual(first!.notes, [{ number: 1, text: 'n/a: still running' }]);
    assert.equal(first!.tables[0]!.rows[0]!.note, 1);
    const [second] = runningPageData(savedRunOf(document), 1, 2).runs;
    assert.doesNotMatch(JSON.stringify(second!.notes), /before its time|matches|too small/);
    assert.equal(second!.notes.filter(({ text }) => text === 'n/a: still running').length, 1);
  });

  it('judges the cells that are over, and not the running one', () => {
    const [run] = runningPageData(saved, 5, 6).runs;
    assert.match(run!.verdict[0]!.text, /of 5 cells/);
    assert.deepEqual(
      run!.tables[0]!.rows.map(({ status }) => status),
      [...Array.from({ length: 5 }, () => 'INVALID'), 'RUNNING'],
    );
  });
});
