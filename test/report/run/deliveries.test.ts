/** A load in which no message has a reply: every output speaks of deliveries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { pooledDeliveries } from '../../../src/metrics/pooled-deliveries.js';
import { columnsAt, columnsOf } from '../../../src/report/run/columns.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { gridOf } from '../../../src/report/run/grid.js';
import { pageData } from '../../../src/report/run/page-data.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { tableHeader } from '../../../src/report/run/terminal-table.js';
import { displayWidth } from '../../../src/text/width.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { withFanout } from '../../verdict/fanout-fixture.js';
import { chatCells, documentOf } from '../document-fixture.js';
import { fanoutCell } from '../fanout-fixture.js';
import { recordsOf } from './csv-records.js';
import { savedRunOf } from './saved-fixture.js';

const style = { colors: picocolors.createColors(false), columns: 80, wide: false };
const savedOf = (...cells: CellResult[]) => savedRunOf(documentOf({ cells, thresholds: [] }));
const pageOf = (cell: CellResult) => pageData([savedOf(cell)]).runs[0]!.cells[0]!;
const factOf = (cell: CellResult, name: string) => pageOf(cell).facts.find(([key]) => key === name)?.[1];

describe('the main table', () => {
  it('has deliver times, deliveries a second and what was missed, and no column without a value', () => {
    const [table] = reportModel(
      documentOf({ cells: [fanoutCell(100, [{ missed: { 7: 8 } }])], thresholds: [] }),
    ).tables;
    assert.match(table!.subtitle, /^deliver time · /);
    assert.deepEqual(
      columnsAt(table!.columns, 'narrow').map(({ key }) => key),
      ['conns', 'held', 'p50', 'p95', 'p99', 'max', 'rate', 'missed', 'cpu', 'status'],
    );
    const [row] = table!.rows;
    assert.deepEqual([row!.values['rate'], row!.values['missed'], row!.values['p50']], ['9999', '8', '1.38']);
    const [say] = row!.requests!;
    assert.deepEqual([say!.outcome, say!.values['p50'], say!.values['rate']], ['8 missed', '1.38', '9999']);
    const wide = Object.entries(row!.values).filter(([, text]) => text === 'n/a');
    assert.deepEqual(wide, []);
    assert.deepEqual(row!.gaps, []);
    const whole = reportModel(documentOf({ cells: [fanoutCell(10)], thresholds: [] })).tables[0]!;
    assert.equal(whole.rows[0]!.requests![0]!.outcome, 'all delivered');
  });

  it('stays that of replies where any message has one, and where nothing reaches others', () => {
    for (const cells of [chatCells(), [healthyCell()]]) {
      const { tables } = reportModel(documentOf({ cells, thresholds: [] }));
      assert.match(tables[0]!.subtitle, /^response time · /);
      assert.ok(tables[0]!.columns.some(({ key }) => key === 'lost'));
    }
  });

  it('fits 80 columns in every shape, and its names fit their columns', () => {
    for (const kind of ['connections', 'rate', 'matrix', 'hold', 'ramp'] as const) {
      const columns = columnsOf(kind, ['delivers']);
      for (const { name, unit, width } of columns) assert.ok(Math.max(name.length, unit.length) <= width, name);
      const shape = { load: 'x', kind, title: 'x', subtitle: '', columns, cells: [] };
      for (const line of tableHeader(shape, style)) assert.ok(displayWidth(line) <= 80, line);
      assert.equal(new Set(columns.map(({ key }) => key)).size, columns.length, kind);
    }
  });

  it('of a ramp has the deliveries of each second, and of each request over all of it', () => {
    const cell = { ...fanoutCell(10), ramp: true };
    const [{ columns, rows, subtitle }] = reportModel(documentOf({ cells: [cell], thresholds: [] })).tables as [never];
    assert.match(subtitle, /^deliver time, per second/);
    assert.deepEqual(
      (columns as { key: string }[]).map(({ key }) => key),
      ['second', 'open', 'planned', 'sent', 'delivered', 'p50', 'p99'],
    );
    const [first] = rows as { values: Record<string, string> }[];
    assert.deepEqual([first!.values['delivered'], first!.values['p50']], ['1000', '1.50']);
    const last = (rows as { requests?: { values: Record<string, string> }[] }[]).at(-1)!;
    assert.equal(last.requests![0]!.values['delivered'], '10000');
  });

  it('of a matrix has the p99 of deliveries in its grid', () => {
    const cells = [10, 40].flatMap((connections) => [100, 200].map((rate) => fanoutCell(connections, [{}], rate)));
    const grid = gridOf(
      cells.map((cell) => ({ ...cell, validity: 'valid', target: 'ok' })),
      () => 'VALID',
    );
    assert.deepEqual(
      grid.rows.map((row) => row.cells.map((cell) => cell!.p99Us)),
      [0, 2].map((i) => [cells[i]!, cells[i + 1]!].map(({ fanout }) => fanout![0]!.deliverUs.p99)),
    );
  });
});

describe('deliveries of several requests together', () => {
  const cell = withFanout(
    healthyCell({ connections: 10 }),
    { name: 'say', messages: 100, deliverUs: [1000], addedUs: [100] },
    { name: 'news', messages: 300, deliverUs: [5000], missed: 90, addedUs: [100] },
  );

  it('are one distribution, in which those missed rank last, with its own bracket', () => {
    const { deliverUs, serviceUs, brackets, perSecond, missed } = pooledDeliveries(cell.fanout!)!;
    assert.deepEqual([deliverUs.count, deliverUs.censored, missed, perSecond], [3910, 90, 90, 391]);
    assert.ok(Math.abs(deliverUs.p50! - 5000) < 20 && Math.abs(deliverUs.min! - 1000) < 20);
    assert.deepEqual([deliverUs.p99, deliverUs.atLeast.includes('p99')], [5_000_000, true], 'the timeout');
    assert.deepEqual(deliverUs.p50, serviceUs.p50);
    const [low, high] = brackets!.quantiles.p50!;
    assert.ok(high === deliverUs.p50 && low < high && low > 4800, `${low}–${high}`);
  });

  it('know no bound of what is missed where no request tells the timeout', () => {
    const silent = cell.fanout!.map((each) => ({ ...each, deliverUs: { ...each.deliverUs, atLeast: [] } }));
    const { deliverUs } = pooledDeliveries(silent)!;
    assert.deepEqual([deliverUs.p99, deliverUs.reasons.p99], [null, 'unanswered']);
  });

  it('are those of the only one, if there is one; and none where nothing reaches others', () => {
    const [say] = cell.fanout!;
    assert.equal(pooledDeliveries([say!])!.deliverUs, say!.deliverUs);
    assert.equal(pooledDeliveries([]), null);
  });
});

describe('the page of a cell', () => {
  it('tells what was done with the messages: delivered, sent, or answered', () => {
    assert.equal(factOf(fanoutCell(10), 'Rate'), '100 msg/s asked, 100 msg/s sent, 1,000 deliveries/s');
    assert.match(factOf(healthyCell({ rate: 100 }), 'Rate')!, /^100 msg\/s asked, 100 msg\/s answered$/);
    assert.match(factOf(healthyCell({ model: 'listen' }), 'Rate')!, /^none asked, [\d,.]+ msg\/s received$/);
  });

  it('has the quantiles and the requests of deliveries, and says so', () => {
    const cell = fanoutCell(10);
    const [fanout] = cell.fanout!;
    const { quantiles, requests, headline, delivers } = pageOf(cell);
    assert.deepEqual([headline, delivers], ['deliver time', true]);
    const p99 = quantiles.find(({ name }) => name === 'p99')!;
    assert.deepEqual([p99.response, p99.service], [fanout!.deliverUs.p99, fanout!.serviceUs.p99]);
    assert.deepEqual([requests![0]!.counts.delivered, requests![0]!.p99], [10_000, '0.68']);
    assert.deepEqual([pageOf(healthyCell()).headline, pageOf(healthyCell()).delivers], ['response time', undefined]);
  });
});

it('cells.csv has the deliveries a second, empty where nothing reaches others', () => {
  const rows = recordsOf(csvFiles(savedOf(fanoutCell(10), healthyCell()))[0]!.text as string);
  assert.deepEqual(
    rows.map(({ deliveredPerSecond }) => deliveredPerSecond),
    ['1000', ''],
  );
});
