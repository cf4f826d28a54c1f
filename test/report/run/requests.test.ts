/** Requests and sessions in every output. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { EventLines } from '../../../src/app/event-lines.js';
import type { ResultDocument } from '../../../src/documents/result-document.js';
import { parseResult } from '../../../src/documents/result-schema.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { Totals } from '../../../src/metrics/histogram.js';
import { columnsOf } from '../../../src/report/run/columns.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { hgrmFiles, hlogFiles } from '../../../src/report/run/hdr-files.js';
import { junitFiles } from '../../../src/report/run/junit.js';
import { markdownReporter } from '../../../src/report/run/markdown.js';
import { pageData } from '../../../src/report/run/page-data.js';
import { rowOf } from '../../../src/report/run/rows.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { terminalText } from '../../../src/report/run/terminal.js';
import { rowLines } from '../../../src/report/run/terminal-table.js';
import { displayWidth } from '../../../src/text/width.js';
import { cellWith } from '../../plan/cell-builder.js';
import { healthyCell, quantilesOf, withRequests } from '../../verdict/cell-fixture.js';
import { chatCells, documentOf, refusingChat, threshold } from '../document-fixture.js';
import { recordsOf } from './csv-records.js';
import { savedRunOf } from './saved-fixture.js';

const chat = documentOf({
  cells: chatCells(),
  thresholds: [
    threshold({
      metric: 'ws_service_time',
      expression: 'max<1',
      aggregation: { kind: 'max' },
      limit: 1000,
      selector: { request: 'history' },
      gate: true,
    }),
  ],
});
const saved = savedRunOf(chat);
const style = { colors: picocolors.createColors(false), columns: 80, wide: false };
const NAMES = ['say', 'history', 'orders.create-with-a-long-name'];

describe('requests in the tables', () => {
  it('have a row each, in the order of the profile, with the values of their own messages', () => {
    const rows = reportModel(chat).tables.flatMap((table) => table.rows);
    for (const [i, { requests }] of rows.entries()) {
      assert.deepEqual(
        requests!.map(({ name }) => name),
        NAMES,
      );
      for (const [k, { values }] of requests!.entries()) {
        const { messages, perSecond } = chat.cells[i]!.requests![k]!;
        assert.equal(values['lost'], String(messages.lost));
        assert.equal(Number(values['rate']), Number(perSecond.answered.toFixed(1)));
        assert.equal(values['conns'] ?? values['cpu'], undefined, 'they have no connections and no processor');
      }
    }
  });

  it('say what became of their messages, the worst first', () => {
    const base = { planned: 100, sent: 100, answered: 100, received: 100 };
    const outcomeOf = (counters: Partial<Record<'sent' | 'answered' | 'failed' | 'blocked' | 'unmatched', number>>) => {
      const cell = withRequests(healthyCell(), [{ name: 'a', counters: { ...base, ...counters } }]);
      const [row] = rowOf('connections', { ...cell, validity: 'valid', target: 'ok' }, []).requests!;
      return `${row!.outcome}${row!.isBad ? '!' : ''}`;
    };
    assert.equal(outcomeOf({}), '100 answered');
    assert.equal(outcomeOf({ answered: 98 }), '98 of 100!');
    assert.equal(outcomeOf({ answered: 98, blocked: 2 }), '2 blocked!');
    assert.equal(outcomeOf({ answered: 98, blocked: 2, failed: 7 }), '7 failed!');
    assert.equal(outcomeOf({ answered: 0, unmatched: 100 }), '100 sent');
  });

  it('hold 80 columns, whatever the name and the numbers are', () => {
    const text = fc.oneof(fc.string({ minLength: 1, maxLength: 60 }), fc.constant('接続'.repeat(20)));
    const count = fc.constantFrom(0, 1, 999, 99_999, 1_234_567, 9_999_999_999);
    fc.assert(
      fc.property(
        ...([text, count, count, fc.constantFrom('connections', 'rate', 'matrix')] as const),
        (name, planned, failed, kind) => {
          const counters = { planned, sent: planned, answered: 0, received: 0 };
          const [base] = withRequests(healthyCell(), [{ name, counters: { planned: 1, sent: 1 } }]).requests!;
          const request = { ...base!, messages: { ...base!.messages, ...counters, failed, lost: planned } };
          const cell = { ...healthyCell(), protocol: 'none' as const, requests: [request] };
          const row = rowOf(kind, { ...cell, validity: 'valid', target: 'ok' }, []);
          const shape = { load: 'x', kind, title: 'x', subtitle: '', columns: columnsOf(kind), cells: [] };
          for (const line of rowLines(row, shape, style)) assert.ok(displayWidth(line) <= 80, line);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('owe the reader the signs that only they have', () => {
    const few = withRequests(healthyCell(), [
      { name: 'often', counters: { planned: 5000, sent: 5000, answered: 5000, received: 5000 }, serviceUs: [9000] },
      { name: 'rare', counters: { planned: 500, sent: 500, answered: 500, received: 500 }, serviceUs: [9000] },
    ]);
    const legend = reportModel(documentOf({ cells: [few], thresholds: [] })).legend;
    assert.ok(
      legend.some((line) => line.startsWith('<=')),
      legend.join('; '),
    );
  });

  it('stand below the seconds of a ramp, with what became of their messages over all of it', () => {
    const second = { planned: 10, sent: 10, answered: 10, received: 10, open: 5, inFlight: 0 };
    const noTimes = { p50: null, p90: null, p99: null, max: null };
    const base = { ...chatCells()[0]!, ramp: true };
    const seconds = (['warmup', 'measure', 'measure'] as const).map((phase, i) => ({
      ...{ ...second, ...noTimes, phase, second: Math.max(0, i - 1) },
    }));
    const document = documentOf({ cells: [{ ...base, seconds }], thresholds: [] });
    const [table] = reportModel(document).tables;
    assert.deepEqual(
      table!.rows.map(({ values, requests }) => [values['second'], requests?.length]),
      [
        ['0', undefined],
        ['1', 3],
      ],
    );
    for (const [i, { name, values, outcome, isBad }] of table!.rows.at(-1)!.requests!.entries()) {
      const { messages } = base.requests![i]!;
      const counts = { planned: messages.planned, sent: messages.sent, answered: messages.answered };
      assert.deepEqual(values, Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, String(n)])));
      const text = terminalText(document, style);
      assert.ok(
        text.split('\n').some((line) => line.endsWith(` ${outcome}`)),
        text,
      );
      assert.ok(markdownReporter.render(document).includes(isBad ? `${name} (${outcome})` : `↳ ${name} |`));
    }
    assert.match(table!.remark!, /^requests over the whole ramp · /);
    const none = documentOf({ cells: [{ ...healthyCell(), ramp: true, seconds }], thresholds: [] });
    const [plain] = reportModel(none).tables;
    assert.ok(plain!.rows.every(({ requests }) => requests === undefined) && !/requests/.test(plain!.remark!));
  });

  it('have no row where connections are only held', () => {
    const held = rowOf('hold', { ...chatCells()[0]!, validity: 'valid', target: 'ok' }, []);
    assert.ok((held.requests ?? []).every(({ values }) => Object.keys(values).length === 0));
  });

  it('have columns for failures, sessions and waits only where there are any', () => {
    const keys = (document: ResultDocument) => reportModel(document).tables[0]!.columns.map(({ key }) => key);
    const extra = ['failed', 'blocked', 'readyP50', 'readyP99', 'waitP50', 'waitP99'];
    const has = (document: ResultDocument) => extra.filter((key) => keys(document).includes(key));
    assert.deepEqual(has(documentOf()), []);
    assert.deepEqual(has(chat), ['failed', 'blocked', 'readyP50', 'readyP99']);
    const [cell] = chatCells();
    const [first, ...others] = cell!.requests!;
    const waiting = { ...cell!, requests: [{ ...first!, waitUs: quantilesOf([100_000], 500) }, ...others] };
    const waits = documentOf({ cells: [waiting], thresholds: [] });
    assert.deepEqual(has(waits), extra);
    const [say, history] = reportModel(waits).tables[0]!.rows[0]!.requests!;
    assert.deepEqual([say!.values['waitP50'], history!.values['waitP50']], ['100', '']);
  });
});

describe('requests in files', () => {
  it('requests.csv has a row for each, and only runs with requests have the file', () => {
    const files = csvFiles(saved);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['cells.csv', 'requests.csv', 'seconds.csv'],
    );
    const rows = recordsOf(files[1]!.text as string);
    const wanted = chat.cells.flatMap(({ id, requests }) =>
      requests!.map(({ name, messages, latencyUs }) => [
        ...[id, name, messages.planned, messages.answered, messages.failed, messages.lost],
        ...[latencyUs.response!.p50, latencyUs.service!.p95],
      ]),
    );
    assert.deepEqual(
      rows.map((row) => [
        ...[row['cell'], row['request'], Number(row['planned']), Number(row['answered'])],
        ...[Number(row['failedReplies']), Number(row['lost']), Number(row['p50Us']), Number(row['service_p95Us'])],
      ]),
      wanted,
    );
    assert.ok(!csvFiles(savedRunOf(documentOf())).some(({ name }) => name === 'requests.csv'));
  });

  it('cells.csv tells failed connects from failed replies, and how long sessions took', () => {
    const refusing = savedRunOf(documentOf({ cells: refusingChat(), thresholds: [] }));
    const [, row] = recordsOf(csvFiles(refusing)[0]!.text as string);
    assert.deepEqual([row!['failed'], row!['failedReplies'], row!['ready_p50Us']], ['100', '48', '900']);
    const heads = (csvFiles(refusing)[0]!.text as string).split('\r\n')[0]!.split(',');
    assert.equal(new Set(heads).size, heads.length, 'no column twice');
    const seconds = [...(csvFiles(refusing).at(-1)!.text as Iterable<string>)].join('').split('\r\n')[0]!.split(',');
    assert.equal(new Set(seconds).size, seconds.length, 'no column twice');
  });

  it('hgrm: a percentile distribution for each request, of its answered messages', () => {
    const files = hgrmFiles(saved);
    assert.equal(new Set(files.map(({ name }) => name)).size, files.length);
    const file = files.find(({ name }) => name === 'chat-c100-r500-history-response.hgrm');
    assert.ok(file !== undefined, files.map(({ name }) => name).join(', '));
    assert.match(file.text, /Total count\s*=\s*2000/);
    assert.equal(files.length, chat.cells.length * 2 * (1 + NAMES.length));
  });

  it('hgrm: names that are the same once they are fit for a file have a file each', () => {
    const [cell] = chatCells();
    const [say] = cell!.requests!;
    const requests = ['a b', 'a_b', 'a-b'].map((name) => ({ ...say!, name }));
    const names = hgrmFiles(savedRunOf(documentOf({ cells: [{ ...cell!, requests }], thresholds: [] }))).map(
      ({ name }) => name,
    );
    assert.equal(new Set(names).size, 2 * (1 + requests.length));
    assert.ok(names.includes(`chat-c100-r500-a-b-response-2.hgrm`), names.join(', '));
  });

  it('hlog: each second of each request under a tag of its own, which add up to those of the cell', () => {
    const lines = [...hlogFiles(saved)[0]!.text].join('').split('\n');
    const logged = lines.flatMap((line) => {
      const [, tag, startS, text] = /^Tag=([^,]+),([\d.]+),1\.000,[\d.]+,(.+)$/.exec(line) ?? [];
      return tag === undefined ? [] : [{ tag, startS: startS!, count: Totals.decode(text!).count }];
    });
    for (const { id } of chat.cells) {
      for (const latency of ['response', 'service']) {
        const of = (tag: string) => logged.filter((each) => each.tag === `${tag}.${latency}`);
        const whole = of(id);
        assert.equal(whole.length, 3);
        for (const [i, { startS, count }] of whole.entries()) {
          const parts = NAMES.map((name) => of(`${id}-${name}`)[i]!);
          assert.ok(parts.every((part) => part.startS === startS && part.count > 0));
          assert.equal(
            parts.reduce((sum, part) => sum + part.count, 0),
            count,
          );
        }
      }
    }
  });

  it('JUnit: a threshold on a request, by its name', () => {
    const [file] = junitFiles(saved);
    assert.match(file!.text, /ws_service_time\{request:history\} max&lt;1/);
  });

  it('result.json has them, and is read back', () => {
    const again = parseResult(JSON.parse(JSON.stringify(chat)));
    assert.deepEqual(
      again.cells.map(({ protocol, requests, session, ruled }) => [
        protocol,
        requests!.map(({ name }) => name),
        session!.steps.map(({ name }) => name),
        ruled!.length,
      ]),
      chat.cells.map(() => ['socket.io', NAMES, ['login', 'join'], 3]),
    );
  });

  it('result.json with a damaged histogram of a request or a step is refused, with its place', () => {
    const broken = (place: string, text: string) => {
      const copy = JSON.parse(JSON.stringify(chat));
      const keys = place.split('.');
      const last = keys.pop()!;
      keys.reduce((at, key) => at[key], copy)[last] = text;
      return copy;
    };
    for (const place of [
      'cells.1.requests.2.histograms.service',
      'cells.0.requests.0.warmupHistograms.lag',
      'cells.1.session.readyHistogram',
      'cells.1.session.steps.0.histogram',
    ]) {
      assert.throws(() => parseResult(broken(place, 'x')), new RegExp(`^Error: ${place.replaceAll('.', '\\.')}: `));
    }
  });
});

describe('requests on the page', () => {
  const { runs } = pageData([saved]);
  const [, cell] = runs[0]!.cells;

  it('have their counts, and a curve each', () => {
    assert.deepEqual(
      cell!.requests!.map(({ name, counts }) => [name, counts.planned, counts.answered, counts.failed, counts.lost]),
      [
        [NAMES[0], 500, 500, 0, 0],
        [NAMES[1], 2000, 1998, 0, 2],
        [NAMES[2], 2500, 2500, 48, 0],
      ],
    );
    for (const [i, { name, us }] of cell!.byRequest!.entries()) {
      const { histograms } = chat.cells[1]!.requests![i]!;
      assert.equal(name, NAMES[i]);
      assert.equal(us.at(0), Totals.decode(histograms.response!).valueAtRank(1));
    }
  });

  it('are absent where a cell has none', () => {
    const [plain] = pageData([savedRunOf(documentOf())]).runs[0]!.cells;
    assert.ok(!('requests' in plain!) && !('sessions' in plain!) && !('byRequest' in plain!));
  });
});

describe('sessions', () => {
  it('stand in a table of their own: connect, ready, and each step', () => {
    const { sessions } = reportModel(chat);
    assert.deepEqual(
      sessions.map(({ where, name, count, p50 }) => [where, name, count, p50]),
      chat.cells.flatMap(({ id }, i) => [
        [id, 'connect', ['100', '500'][i], '1.10'],
        [id, 'ready', ['100', '500'][i], '0.90'],
        [id, 'login', ['100', '500'][i], '0.45'],
        [id, 'join', ['100', '500'][i], '0.30'],
      ]),
    );
    assert.equal(reportModel(documentOf()).sessions.length, 0);
  });

  it('are one sentence each where the rows are on the screen already and notes are short', () => {
    const model = reportModel(chat);
    const text = terminalText(chat, style);
    assert.match(text, /^sessions, ms +part +count +p50 +p99 +max$/m);
    assert.ok(model.sessions.length > 0);
  });

  it('that failed are named with what the server said, on the page', () => {
    const { runs } = pageData([savedRunOf(documentOf({ cells: refusingChat(), thresholds: [] }))]);
    assert.deepEqual(runs[0]!.cells[1]!.errors, [
      { what: 'CONNECT_ERROR (session): step connect: 44{"message":"invalid token"}', count: 100 },
    ]);
  });
});

describe('the line of a cell in --events', () => {
  const lineOf = (result: CellResult) =>
    new EventLines(null)
      .of({
        type: 'cell',
        ...{ result, cell: cellWith({ id: result.id }), judged: { validity: 'valid', target: 'ok' } },
      })
      .at(-1)!;

  it('has its requests, failures and sessions', () => {
    const line = lineOf(chatCells()[1]!);
    assert.deepEqual(
      (line['requests'] as Record<string, unknown>[]).map((each) => [
        ...[each['request'], each['planned'], each['answered'], each['failed'], each['blocked'], each['lost']],
        each['p50Us'],
      ]),
      chat.cells[1]!.requests!.map(({ name, messages, latencyUs }) => [
        ...[name, messages.planned, messages.answered, messages.failed, messages.blocked, messages.lost],
        latencyUs.response!.p50,
      ]),
    );
    assert.equal(line['failed'], 48);
    assert.deepEqual(line['ready'], { count: 500, p50Us: 900, p99Us: null });
  });

  it('is what it was for a cell without any', () => {
    const line = lineOf(healthyCell());
    assert.ok(!('requests' in line) && !('failed' in line) && !('ready' in line));
  });
});
