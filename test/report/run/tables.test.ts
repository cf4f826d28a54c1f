import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResultDocument } from '../../../src/documents/result-document.js';
import type { CellResult, EventResult, Quantiles } from '../../../src/metrics/cell-result.js';
import { statusOf } from '../../../src/report/run/status.js';
import { tableShapes } from '../../../src/report/run/table-shape.js';
import { type ReportTable, reportModel } from '../../../src/report/run/tables.js';
import type { GateResult } from '../../../src/verdict/verdict.js';
import { healthyCell, quantilesOf, withConnections, withMessages, withWorker } from '../../verdict/cell-fixture.js';
import { concurrencyCells, documentOf, manyLoads, threshold, throughputCells } from '../document-fixture.js';

function documentWith(...cells: CellResult[]): ResultDocument {
  return documentOf({ cells, thresholds: [] });
}

function onlyTable(document: ResultDocument): ReportTable {
  const [table, ...more] = reportModel(document).tables;
  assert.equal(more.length, 0);
  return table!;
}

/** A cell whose response and service times are these. */
function withLatency(response: Partial<Quantiles> | null, service: Partial<Quantiles>): CellResult {
  const cell = healthyCell();
  const flow = cell.flows[0]!;
  const { latencyUs } = flow;
  const changed = {
    ...latencyUs,
    response: response === null ? null : { ...latencyUs.response!, ...response },
    service: { ...latencyUs.service!, ...service },
  };
  return { ...cell, flows: [{ ...flow, latencyUs: changed }] };
}

describe('which table a load gets', () => {
  const kinds = (cells: readonly CellResult[]) => tableShapes(cells).map(({ load, kind }) => `${load}: ${kind}`);

  it('follows from its axes and model', () => {
    assert.deepEqual(kinds([...concurrencyCells(), ...throughputCells()]), [
      'concurrency: connections',
      'throughput: rate',
    ]);
    assert.deepEqual(kinds(manyLoads()), [
      'matrix: matrix',
      'closed: connections',
      'listen: hold',
      'hold: hold',
      'ramp: ramp',
    ]);
    assert.deepEqual(kinds([healthyCell()]), ['concurrency: connections']);
  });

  it('gives every ramp a table of its own beside the steady cells of its load', () => {
    const ramps = ['a', 'b'].map((id) => ({ ...healthyCell({ load: 'mix', id }), ramp: true }));
    assert.deepEqual(kinds([healthyCell({ load: 'mix' }), ...ramps]), ['mix: connections', 'mix: ramp', 'mix: ramp']);
  });

  it('labels the closed model', () => {
    assert.equal(
      tableShapes([healthyCell({ model: 'closed' })])[0]!.subtitle,
      'service time · closed: the wait before sending is not counted',
    );
  });
});

describe('latency cells', () => {
  const p99Of = (cell: CellResult) => onlyTable(documentWith(cell)).rows[0]!.values['p99'];

  it('show a bracket only where the generator made up more than a fifth of the response time', () => {
    assert.equal(p99Of(withLatency({ p99: 1000 }, { p99: 799 })), '0.80–1.00');
    assert.equal(p99Of(withLatency({ p99: 1000 }, { p99: 800 })), '1.00');
  });

  it('show bounds as bounds, never inside a bracket', () => {
    assert.equal(p99Of(withLatency({ p99: 5_000_000, atLeast: ['p99'] }, { p99: 1000 })), '>= 5000');
    assert.equal(p99Of(withLatency({ p99: 12_345, atMost: ['p99'] }, { p99: 1000 })), '<= 12.3');
    assert.equal(p99Of(withLatency({ p99: 5000 }, { p99: 1000, atMost: ['p99'] })), '5.00');
  });

  it('say why there is no number, in a note that belongs to the row', () => {
    const cell = withLatency({ p99: null, count: 600, censored: 400, reasons: { p99: 'unanswered' } }, { p99: null });
    const model = reportModel(documentWith(cell));
    const [row] = model.tables[0]!.rows;
    assert.equal(row!.values['p99'], 'n/a');
    assert.deepEqual(
      model.notes.filter(({ number }) => number === row!.note).map(({ text }) => text),
      ['p99 n/a: 40 % unanswered'],
    );
  });

  it('name several gaps of one cause once', () => {
    const none = {
      p50: null,
      p95: null,
      p99: null,
      count: 3,
      reasons: { p50: 'few_samples', p95: 'few_samples', p99: 'few_samples' },
    } as const;
    const model = reportModel(documentWith(withLatency(none, none)));
    assert.deepEqual(
      model.notes.map(({ text }) => text),
      ['p50, p95, p99 n/a: n too small (3)'],
    );
    assert.ok(model.next.some((step) => step.includes('-d 60s')));
  });

  it('print the largest value only as a bound where messages stayed unanswered', () => {
    const max = (cell: CellResult) => onlyTable(documentWith(cell)).rows[0]!.values['max'];
    assert.equal(max(withLatency({ max: 7000, censored: 0 }, {})), '7.00');
    assert.equal(max(withLatency({ max: 7000, censored: 2 }, {})), '>= 7.00');
    assert.equal(max(withLatency({ max: 7000, censored: 2, p99: 5e6, atLeast: ['p99'] }, {})), '>= 5000');
  });

  it('are service time in the closed model', () => {
    const values = onlyTable(documentWith(healthyCell({ model: 'closed', serviceUs: [2500], rate: 500 }))).rows[0]!
      .values;
    assert.deepEqual([values['p50'], values['p95'], values['p99']], ['2.50', '2.50', '2.50']);
  });
});

describe('the other columns', () => {
  it('come from the cell', () => {
    const cell = withConnections(
      withMessages(healthyCell({ connections: 100, cpuPercent: 42.4 }), {
        answered: 9990,
        received: 9990,
        timedOut: 10,
      }),
      { held: 98 },
    );
    const { values } = onlyTable(documentWith({ ...cell, rate: { ...cell.rate, answeredPerSecond: 998.7 } })).rows[0]!;
    assert.deepEqual(
      ['conns', 'held', 'rate', 'lost', 'cpu', 'connAsked', 'connOpened', 'connP50', 'connMax', 'rss'].map(
        (key) => values[key],
      ),
      ['100', '98', '998.7', '10', '42', '100', '100', '1.10', '1.50', '85'],
    );
  });

  it('count what was sent where replies are not matched, and what was received where nobody sends', () => {
    const unmatched = withMessages(healthyCell(), { unmatched: 10_000, answered: 0 });
    const rates = { ...unmatched.rate, sentPerSecond: 997, answeredPerSecond: 0 };
    assert.equal(onlyTable(documentWith({ ...unmatched, rate: rates })).rows[0]!.values['rate'], '997.0');
    assert.equal(onlyTable(documentWith(healthyCell({ model: 'listen' }))).rows[0]!.values['rate'], '1000');
  });

  it('say why the server could not be measured', () => {
    const cell = {
      ...healthyCell(),
      server: { status: 'unavailable', engine: null, reason: 'it runs elsewhere' },
    } as const;
    const model = reportModel(documentWith(cell));
    assert.equal(model.tables[0]!.rows[0]!.values['cpu'], 'n/a');
    assert.equal(model.notes[0]!.text, 'cpu n/a: it runs elsewhere');
  });

  it('have pings and connects of a hold', () => {
    const cell = { ...healthyCell({ rate: 0 }), pingUs: quantilesOf([500], 100) };
    const { values } = onlyTable(documentWith(cell)).rows[0]!;
    assert.deepEqual([values['pingP50'], values['pingMax'], values['connP50']], ['0.50', '0.50', '1.10']);
  });
});

describe('the error of the instrument', () => {
  const checked = healthyCell({ instrument: { p50: 24, p99: -310 } });

  it('stands beside p50 and p99, and below the table where there is no room', () => {
    const table = onlyTable(documentWith(checked));
    assert.deepEqual([table.rows[0]!.values['err50'], table.rows[0]!.values['err99']], ['+0.024', '-0.31']);
    const { instrument } = reportModel(documentWith(checked));
    assert.equal(instrument, 'instrument check: p50 and p99 of its test messages were off by +0.024 ms and -0.31 ms');
  });

  it('is off where the check is off, which the verdict says', () => {
    const model = reportModel(documentWith(healthyCell()));
    assert.equal(model.tables[0]!.rows[0]!.values['err50'], 'off');
    assert.equal(model.instrument, null);
    assert.match(model.verdict[0]!.text, /; instrument check off$/);
    assert.doesNotMatch(reportModel(documentWith(checked)).verdict[0]!.text, /instrument/);
  });

  it('is n/a where the check has too few messages for the quantile', () => {
    const few = { ...checked, client: { ...checked.client, instrumentErrorUs: { p50: 24, p99: null } } };
    assert.equal(onlyTable(documentWith(few)).rows[0]!.values['err99'], 'n/a');
  });
});

describe('what a reader needs to doubt a row', () => {
  it('is in its columns: unanswered, backlog, halves and warm-up', () => {
    const cell = withMessages(healthyCell(), { answered: 8200, received: 8200, timedOut: 1800 });
    const backlog = { perSecond: 312.4, r2: 1, latePerSecond: 300 };
    const { values } = onlyTable(documentWith({ ...cell, overload: { ...cell.overload, backlog } })).rows[0]!;
    assert.deepEqual(
      ['unanswered', 'backlog', 'halves'].map((key) => values[key]),
      ['1800', '+312.4', '0.74, 0.74'],
    );
    assert.match(values['warmP50']!, /^0\.7/);
  });

  it('is a bound for the rate of a closed loop that the client limited', () => {
    const closed = healthyCell({ model: 'closed', rate: 4200.9 });
    const model = reportModel(documentWith(withWorker(closed, { busy: 0.8 })));
    assert.equal(model.tables[0]!.rows[0]!.values['rate'], '>=4200');
    assert.ok(model.legend.some((text) => text.includes('the generator was the limit')));
    assert.equal(onlyTable(documentWith(closed)).rows[0]!.values['rate'], '4201');
  });
});

describe('status', () => {
  const gate: GateResult = { gate: 'lost', cell: 'x', passed: false, message: '1 lost' };
  for (const [validity, target, gates, status] of [
    ['valid', 'ok', [], 'VALID'],
    ['degraded', 'ok', [], 'DEGRADED'],
    ['invalid', 'down', [gate], 'INVALID'],
    ['valid', 'overloaded', [gate], 'OVERLOAD'],
    ['valid', 'failing', [], 'FAIL'],
    ['degraded', 'failing', [], 'FAIL'],
    ['invalid', 'failing', [gate], 'INVALID'],
    ['valid', 'down', [gate], 'DOWN'],
    ['valid', 'ok', [gate], 'FAIL'],
    ['degraded', 'down', [gate], 'FAIL'],
    ['degraded', 'overloaded', [], 'DEGRADED'],
  ] as const) {
    it(`is ${status} for ${validity}, target ${target}, ${gates.length} failed gates`, () =>
      assert.equal(statusOf({ validity, target }, gates), status));
  }

  it('FAIL says in its note which gate failed', () => {
    const model = reportModel(documentWith(withMessages(healthyCell(), { duplicated: 2, received: 10_002 })));
    const [row] = model.tables[0]!.rows;
    assert.equal(row!.status, 'FAIL');
    assert.match(model.notes[row!.note! - 1]!.text, /^gate duplicated: 2 messages duplicated/);
  });
});

describe('notes', () => {
  it('are numbered in the order of the rows, and equal ones share a number', () => {
    const model = reportModel(documentOf({ cells: concurrencyCells(), thresholds: [] }));
    assert.deepEqual(
      model.tables[0]!.rows.map(({ note }) => note),
      [null, 1, 1, 2, 3, 4],
    );
    assert.deepEqual(
      model.notes.map(({ number }) => number),
      [1, 2, 3, 4],
    );
    assert.equal(model.notes[0]!.text, 'p50: no difference proven against 1 connection');
  });
});

describe('the grid', () => {
  it('has p99 by connections and rates, marked where the row is not VALID', () => {
    const grid = reportModel(documentWith(...manyLoads().slice(0, 6))).tables[0]!.grid!;
    assert.deepEqual(grid.rates, [100, 500, 1000]);
    assert.deepEqual(
      grid.rows.map(({ connections }) => connections),
      ['10', '100'],
    );
    assert.deepEqual(
      grid.rows[1]!.cells.map((cell) => cell?.status),
      ['VALID', 'VALID', 'OVERLOAD'],
    );
    assert.equal(grid.legend, '^ OVERLOAD');
  });

  it('leaves a hole where a cell did not run', () => {
    const grid = reportModel(documentWith(...manyLoads().slice(0, 5))).tables[0]!.grid!;
    assert.equal(grid.rows[1]!.cells[2], null);
  });
});

describe('verdict and next steps', () => {
  const words = (document: ResultDocument) => reportModel(document).verdict.map(({ word }) => word);

  it('of a healthy run', () => assert.deepEqual(words(documentOf()), ['VALID', 'OK', 'PASS', 'PASS', 'PASSED']));

  it('of a run that was interrupted', () => {
    const document = documentOf({ cells: [healthyCell()], thresholds: [], outcome: { interrupted: true } });
    assert.equal(document.status, 'interrupted');
    assert.equal(words(document).at(-1), 'INTERRUPTED');
  });

  it('of thresholds that fail, miss or cannot be decided', () => {
    const cpu = (limit: number, gate: boolean) =>
      threshold({ metric: 'server_cpu_percent', expression: `value<${limit}`, limit, gate });
    const one = (...thresholds: ReturnType<typeof cpu>[]) =>
      words(documentOf({ cells: [healthyCell()], thresholds }))[3];
    assert.equal(one(cpu(50, true)), 'PASS');
    assert.equal(one(cpu(1, false)), 'MISSED');
    assert.equal(one(cpu(1, true), cpu(1, false)), 'FAIL');
    const nowhere = { ...cpu(1, true), selector: { load: 'gone' } };
    assert.equal(one(nowhere), 'UNDECIDED');
    assert.equal(one({ ...nowhere, gate: false }), 'MISSED');
  });

  it('lists reasons with what failed first, each with its fix', () => {
    const late = healthyCell({ id: 'late', lagUs: [5000], connections: 7 });
    const lossy = withMessages(healthyCell(), { answered: 9999, received: 9999, timedOut: 1 });
    const { reasons } = reportModel(documentWith(late, lossy));
    assert.equal(reasons[0]!.severity, 'failed');
    const lag = reasons.find(({ code }) => code === 'client_lag');
    assert.equal(lag?.where, 'late');
    assert.ok((lag?.fix ?? '').length > 0);
  });

  it('points to no --target where the plan restarts the server: it would be refused', () => {
    const next = (cell: CellResult) =>
      reportModel(documentWith(cell)).next.find((step) => /your own server/.test(step));
    const event: EventResult = {
      kind: 'restart',
      ...{ atMs: 1000, share: null, reconnect: 'backoff' as const, reached: true, problem: null },
      ...{ heldBefore: 1, dropped: 1, heldAfter: 1, recoveredMs: 9, peakConnectsPerSecond: 1 },
      ...{ refused: 0, lostInFlight: 0, notConnected: 0 },
    };
    assert.match(next(healthyCell())!, /--target/);
    assert.match(next({ ...healthyCell(), events: [event] })!, /target: \{ command: /);
  });
});
