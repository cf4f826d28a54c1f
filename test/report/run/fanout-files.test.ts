/** What was sent to many, in files, on the page and in `--events`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLines } from '../../../src/app/event-lines.js';
import { parseResult } from '../../../src/documents/result-schema.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { hgrmFiles } from '../../../src/report/run/hdr-files.js';
import { runSuites } from '../../../src/report/run/junit.js';
import { type PageCell, pageData } from '../../../src/report/run/page-data.js';
import { cellWith } from '../../plan/cell-builder.js';
import { chatCells, documentOf } from '../document-fixture.js';
import { fanoutCell, fanoutCells, fanoutOf } from '../fanout-fixture.js';
import { recordsOf } from './csv-records.js';
import { savedRunOf } from './saved-fixture.js';

const document = documentOf({ cells: fanoutCells(), thresholds: [] });
const plainRun = documentOf({ cells: chatCells(), thresholds: [] });
const saved = savedRunOf(document);

describe('fan-out in files', () => {
  it('fanout.csv has a row for each cell and request, and only runs with fan-out have the file', () => {
    const files = csvFiles(saved);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['cells.csv', 'requests.csv', 'fanout.csv', 'seconds.csv'],
    );
    const rows = recordsOf(files[2]!.text as string);
    const numbers = ['subscribers', 'expected', 'delivered', 'missed', 'gone', 'late', 'redelivered', 'replayed'];
    assert.deepEqual(
      rows.map((row) => [row['cell'], row['request'], row['reaches'], ...numbers.map((name) => Number(row[name]))]),
      document.cells.map(({ id, axes, fanout }) => {
        const { deliveries } = fanout![0]!;
        const { expected, delivered, missed, gone, late, redelivered, replayed } = deliveries;
        const counts = [expected, delivered, missed, gone, late, redelivered, replayed];
        return [id, 'say', 'room', axes.connections, ...counts];
      }),
    );
    const [, , row] = rows;
    const { deliverUs, lastUs, reach } = document.cells[2]!.fanout![0]!;
    assert.deepEqual(
      ['reach', 'deliver_p50Us', 'last_p99Us', 'jain'].map((name) => Number(row![name])),
      [reach, deliverUs.p50, lastUs.p99, document.cells[2]!.subscribers!.jain],
    );
    assert.ok(!csvFiles(savedRunOf(plainRun)).some(({ name }) => name === 'fanout.csv'));
  });

  it('hgrm: a distribution of the deliveries, and of the first, the last and the spread of messages', () => {
    const files = hgrmFiles(saved);
    const names = files.map(({ name }) => name).filter((name) => name.startsWith('room-c100-r100-say-'));
    assert.deepEqual(
      names,
      ['deliver', 'deliver-service', 'first', 'last', 'spread'].map((of) => `room-c100-r100-say-${of}.hgrm`),
    );
    const textOf = (of: string) => files.find(({ name }) => name === `room-c100-r100-say-${of}.hgrm`)!.text as string;
    assert.match(textOf('deliver'), /#\[.*missed and not in it: 8\]/);
    assert.match(textOf('deliver'), /Total count += +99952/);
    assert.match(textOf('last'), /#\[.*did not reach all and not in it: 8\]/);
  });

  it('result.json keeps it, with the deliveries of each second', () => {
    const again = parseResult(JSON.parse(JSON.stringify(document)));
    assert.deepEqual(again.cells[2]!.fanout, document.cells[2]!.fanout);
    assert.deepEqual(again.cells[2]!.subscribers, document.cells[2]!.subscribers);
    assert.equal(again.cells[0]!.seconds[0]!.delivered, 1000);
  });
});

describe('fan-out in JUnit', () => {
  const casesOf = (...cells: CellResult[]) =>
    runSuites(documentOf({ cells, thresholds: [] })).find(({ name }) => name === 'deliveries')!.cases;

  it('is a case for each cell and request, with reach and times; skipped where a gate fails for it', () => {
    const cells = [fanoutCell(10), fanoutCell(100, [{ missed: { 7: 500 }, redelivered: 12 }, { name: 'news' }])];
    assert.deepEqual(
      casesOf(...cells).map(({ name, outcome }) => [name, outcome]),
      [
        ['room/c10-r100 say', 'passed'],
        ['room/c100-r100 say', 'skipped'],
        ['room/c100-r100 news', 'passed'],
      ],
    );
    const [whole, some] = casesOf(...cells);
    assert.match(
      whole!.message,
      /^reach 100 %: 10,000 of 10,000 deliveries came; deliver p50 0\.48 ms, p99 0\.68 ms; last/,
    );
    assert.match(
      some!.message,
      /^reach 99 %: 49,500 of 50,000 deliveries came; 12 came again; .*, p99 n\/a \(100 % did not reach all\)$/,
    );
    const nobody = { ...fanoutCell(1), fanout: [fanoutOf({ reaches: 'others', messages: 0, subscribers: 1 })] };
    assert.deepEqual(casesOf(nobody)[0]!.message, 'no connection was owed a delivery');
  });

  it('is no suite where nothing reaches others', () => {
    assert.deepEqual(casesOf(...chatCells()), []);
  });
});

describe('fan-out on the page', () => {
  const [run] = pageData([saved]).runs;

  it('has the curves of deliver time, last delivery and reach against the subscribers', () => {
    const [curve, ...others] = run!.fanoutCurves;
    assert.deepEqual(others, []);
    const fanouts = document.cells.map(({ fanout }) => fanout![0]!);
    assert.deepEqual(curve, {
      ...{ load: 'room', request: 'say', axis: 'subscribers', rate: 100, x: [10, 40, 100], valid: [true, true, true] },
      deliverP50Us: fanouts.map(({ deliverUs }) => deliverUs.p50),
      deliverP99Us: fanouts.map(({ deliverUs }) => deliverUs.p99),
      lastP50Us: fanouts.map(({ lastUs }) => lastUs.p50),
      lastP99Us: fanouts.map(({ lastUs }) => lastUs.p99),
      reachPercent: [100, 100, 99.992],
    });
  });

  it('draws a sweep of the rate over the rate, a matrix once for each rate, and no single point', () => {
    const curvesOf = (...cells: CellResult[]) =>
      pageData([savedRunOf(documentOf({ cells, thresholds: [] }))]).runs[0]!.fanoutCurves.map(({ axis, rate, x }) => [
        ...[axis, rate, x.join(' ')],
      ]);
    assert.deepEqual(curvesOf(fanoutCell(10)), []);
    assert.deepEqual(curvesOf(fanoutCell(10, [{}], 200), fanoutCell(10, [{}], 100)), [['rate', null, '100 200']]);
    // So many messages for each connection: the rate grows with the connections.
    assert.deepEqual(curvesOf(fanoutCell(10, [{}], 100), fanoutCell(20, [{}], 200)), [['subscribers', null, '10 20']]);
    const matrix = [10, 20].flatMap((connections) => [100, 200].map((rate) => fanoutCell(connections, [{}], rate)));
    assert.deepEqual(curvesOf(...matrix), [
      ['subscribers', 100, '10 20'],
      ['subscribers', 200, '10 20'],
    ]);
    assert.deepEqual(curvesOf({ ...fanoutCell(10), ramp: true }, { ...fanoutCell(20), ramp: true }), []);
  });

  it('has the sorted shares and the worst where somebody missed something, else neither', () => {
    const [whole, , some] = run!.cells;
    assert.deepEqual([whole!.shares, whole!.worst], [undefined, undefined]);
    assert.equal(some!.shares!.count, 100);
    assert.deepEqual(some!.shares!.percent.slice(0, 4), [99.5, 99.8, 99.9, 100]);
    assert.deepEqual(some!.worst, document.cells[2]!.subscribers!.worst);
  });

  it('has the percentiles of those who read slowly beside those of the others', () => {
    const cell = fanoutCell(10, [{ slowMissed: 300 }]);
    const [{ byDelivery = [] }] = pageData([savedRunOf(documentOf({ cells: [cell], thresholds: [] }))]).runs[0]!
      .cells as [PageCell];
    assert.deepEqual(
      byDelivery.map(({ name }) => name),
      ['deliver', 'first', 'last', 'slow'],
    );
    const { x, us } = byDelivery.at(-1)!;
    assert.ok(Math.abs(us[x.indexOf(2)]! - 500_000) < 2000, 'half of all that they were to read');
    assert.ok(1 - 1 / x.at(-1)! <= 0.7, 'nothing is known of what they missed');
    const names = hgrmFiles(savedRunOf(documentOf({ cells: [cell], thresholds: [] }))).map(({ name }) => name);
    assert.ok(names.includes('room-c10-r100-say-slow-deliver.hgrm'), names.join(' '));
  });

  it('has the curves of a cell that says fairness, the worst connection first', () => {
    const base = fanoutCell(4);
    const byConnection = { count: 4, jain: 0.99, worst: [], curve: [0.5, 1, 1, 1], p99CurveUs: [100, 200, 400] };
    const cell = { ...base, byConnection, subscribers: { ...base.subscribers!, p99CurveUs: [10, 20] } };
    const [asked] = pageData([savedRunOf(documentOf({ cells: [cell], thresholds: [] }))]).runs[0]!.cells;
    assert.deepEqual(asked!.answerShares, { count: 4, percent: [50, 100, 100, 100] });
    assert.deepEqual(asked!.connectionTimes, [
      { of: 'answers', us: [400, 200, 100] },
      { of: 'deliveries', us: [20, 10] },
    ]);
    assert.deepEqual([run!.cells[0]!.answerShares, run!.cells[0]!.connectionTimes], [undefined, undefined]);
  });

  it('has the deliveries of each second, and the percentiles of each delivery and of first and last', () => {
    const [cell] = run!.cells;
    assert.deepEqual(new Set(cell!.rate.delivered), new Set([1000]));
    assert.deepEqual(
      cell!.byDelivery!.map(({ request, name }) => `${request} ${name}`),
      ['say deliver', 'say first', 'say last'],
    );
    for (const { x, us } of cell!.byDelivery!) assert.ok(x.length > 10 && x.length === us.length);
    const [spoken] = pageData([savedRunOf(plainRun)]).runs[0]!.cells;
    assert.deepEqual([spoken!.byDelivery, spoken!.rate.delivered, spoken!.shares], [undefined, undefined, undefined]);
  });
});

describe('fan-out in --events', () => {
  const cellLine = (result: CellResult) =>
    new EventLines(null)
      .of({
        type: 'cell',
        ...{ result, cell: cellWith({ id: result.id }), judged: { validity: 'valid', target: 'ok' } },
      })
      .at(-1)!;

  it('the line of a cell has its deliveries and the worst connections', () => {
    const result = fanoutCells()[2]!;
    const line = cellLine(result) as unknown as Record<string, never>;
    const [fanout] = result.fanout!;
    assert.deepEqual(line['fanout'], [
      {
        ...{ request: 'say', reaches: 'room', ...fanout!.messages, ...fanout!.deliveries, reach: fanout!.reach },
        deliver: { p50Us: fanout!.deliverUs.p50, p99Us: fanout!.deliverUs.p99, maxUs: fanout!.deliverUs.max },
        first: { p50Us: fanout!.firstUs.p50, p99Us: fanout!.firstUs.p99, maxUs: fanout!.firstUs.max },
        last: { p50Us: fanout!.lastUs.p50, p99Us: fanout!.lastUs.p99, maxUs: fanout!.lastUs.max },
        spread: { p50Us: fanout!.spreadUs.p50, p99Us: fanout!.spreadUs.p99, maxUs: fanout!.spreadUs.max },
      },
    ]);
    const { count, missing, unreached, jain, worst } = result.subscribers!;
    assert.deepEqual(line['subscribers'], { count, missing, unreached, jain, worst });
    const spoken = cellLine(chatCells()[0]!);
    assert.ok(!('fanout' in spoken) && !('subscribers' in spoken));
  });
});
