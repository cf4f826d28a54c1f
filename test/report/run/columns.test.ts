/** Columns carry their values, and what their signs owe the reader. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult, Quantiles } from '../../../src/metrics/cell-result.js';
import type { Column } from '../../../src/report/run/column.js';
import { type CellTableKind, cellColumns, columnsOf } from '../../../src/report/run/columns.js';
import { rowOf } from '../../../src/report/run/rows.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { documentOf } from '../document-fixture.js';

const KINDS: readonly CellTableKind[] = ['connections', 'rate', 'matrix', 'hold'];

/** A cell whose response and service times are these in part. */
function cellWith(changes: Partial<Quantiles>): CellResult {
  const cell = healthyCell();
  const flow = cell.flows[0]!;
  const changed = (quantiles: Quantiles | null) => (quantiles === null ? null : { ...quantiles, ...changes });
  const { response, service, lag } = flow.latencyUs;
  return { ...cell, flows: [{ ...flow, latencyUs: { response: changed(response), service: changed(service), lag } }] };
}

const legendOf = (cell: CellResult) => reportModel(documentOf({ cells: [cell], thresholds: [] })).legend;

describe('a column', () => {
  it('without a value does not compile', () => {
    // @ts-expect-error: `value` is missing
    const column: Column = { key: 'x', name: 'x', unit: '', width: 1, align: 'left', detail: 'wide' };
    assert.equal(column.key, 'x');
  });

  it('has a key of its own in its table', () => {
    for (const kind of [...KINDS, 'ramp'] as const) {
      const keys = columnsOf(kind).map(({ key }) => key);
      assert.equal(new Set(keys).size, keys.length, kind);
    }
  });

  it('says of a healthy cell more than n/a, but for what few cells have', () => {
    const judged = { ...healthyCell(), validity: 'valid', target: 'ok' } as const;
    for (const kind of KINDS) {
      const { values } = rowOf(kind, judged, []);
      assert.deepEqual(
        Object.keys(values).sort(),
        cellColumns(kind)
          .map(({ key }) => key)
          .sort(),
      );
      const unknown = Object.keys(values).filter((key) => values[key] === 'n/a' && !key.startsWith('ping'));
      assert.deepEqual(unknown, [], kind);
    }
  });

  it('is plain data for a page: no functions, no legend', () => {
    for (const kind of [...KINDS, 'ramp'] as const) {
      for (const head of columnsOf(kind)) {
        assert.deepEqual(Object.keys(head), ['key', 'name', 'unit', 'width', 'align', 'detail']);
      }
    }
  });
});

describe('the legend', () => {
  it('follows from the signs of the values', () => {
    assert.deepEqual(legendOf(healthyCell()), []);
    assert.match(legendOf(cellWith({ atLeast: ['p99'] })).join('\n'), /^>= {3}at least: the rest was never answered/m);
    assert.match(legendOf(cellWith({ atMost: ['p99'] })).join('\n'), /^<= {3}at most: too few messages/m);
  });

  it('is owed by the column of the sign alone: a rate that is a bound is no latency that is one', () => {
    const keys = (kind: CellTableKind) =>
      cellColumns(kind).flatMap(({ key, legend }) => (legend === undefined ? [] : [[key, Object.keys(legend).length]]));
    const byKey = new Map(keys('connections').map(([key, signs]) => [key, signs] as const));
    assert.equal(byKey.get('rate'), 1);
    assert.equal(byKey.get('p99'), 3);
    assert.equal(byKey.has('conns'), false);
    assert.ok(keys('hold').some(([key]) => key === 'pingP50'));
  });
});
