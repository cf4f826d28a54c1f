import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CalibrationItem, CalibrationSource } from '../../src/campaign/calibration-source.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import { DEFAULT_ACCURACY } from '../../src/profile/accuracy.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell, withWorker } from '../verdict/cell-fixture.js';
import { threshold } from '../verdict/threshold-fixture.js';

const SLO = threshold('ws_service_time', 'p(95)', '<', 1_000_000);
const MOST = { rate: 4000, connections: 900 };

function item(name: 'rate' | 'connections', from: number): CalibrationItem {
  return {
    name,
    limits: { from, floor: from, max: 100_000, whole: true, confirm: false },
    cellAt: (level) => cellWith({ axes: { connections: level, rate: level } }),
  };
}

/** What a generator would leave that can do so much of it. */
function measured({ id, load, axes }: Cell): CellResult {
  const fits = axes.connections <= MOST[load as keyof typeof MOST];
  const cell = healthyCell({ id, load });
  return fits ? cell : withWorker(cell, { busy: 0.8 });
}

function calibrate(items: readonly CalibrationItem[]): { source: CalibrationSource; cells: Cell[] } {
  const source = new CalibrationSource(items, SLO);
  const cells: Cell[] = [];
  for (let cell = source.next(); cell !== null; cell = source.next()) {
    cells.push(cell);
    source.settle(measured(cell));
  }
  return { source, cells };
}

describe('a calibration', () => {
  it('finds, one thing after the other, the most at which the measurement stays VALID', () => {
    const { source, cells } = calibrate([item('rate', 1000), item('connections', 200)]);
    for (const name of ['rate', 'connections'] as const) {
      const level = source.levelOf(name)!;
      // The generator's own limit is worth a tenth.
      assert.ok(level <= MOST[name] && level * 1.1 >= MOST[name], `${name}: ${level}`);
    }
    const order = cells.map(({ load }) => load);
    assert.ok(order.lastIndexOf('rate') < order.indexOf('connections'));
    assert.equal(new Set(cells.map(({ id }) => id)).size, cells.length);
    assert.equal(new Set(cells.map(({ seed }) => seed)).size, cells.length);
  });

  it('asks for what the floor of the machine allows, where that is coarser than a millisecond', () => {
    const bracketed = (id: string, load: string, widthUs: number) =>
      ({
        ...healthyCell({ id, load }),
        brackets: {
          checks: 1000,
          missed: 0,
          addedHistogram: null,
          unknown: null,
          quantiles: { p50: [400, 500], p95: [400, 900], p99: [400, 400 + widthUs] },
        },
      }) satisfies CellResult;
    const play = (floorUs: number, loadUs: number) => {
      const source = new CalibrationSource(
        [
          { ...item('rate', 1), limits: { from: 1, floor: 1, max: 1, whole: true, confirm: false } },
          item('connections', 200),
        ],
        SLO,
      );
      for (let cell = source.next(); cell !== null; cell = source.next())
        source.settle(bracketed(cell.id, cell.load, cell.load === 'rate' ? floorUs : loadUs));
      return source;
    };
    const fine = play(500, 1500);
    assert.deepEqual([fine.accuracy, fine.levelOf('connections')], [DEFAULT_ACCURACY, null]);
    const coarse = play(1460, 2900);
    assert.deepEqual(coarse.accuracy, { share: 0.2, us: 3000 });
    assert.equal(coarse.levelOf('connections'), 100_000);
    assert.equal(play(1460, 3300).levelOf('connections'), null);
  });

  it('has no figure for what does not hold even at the least', () => {
    const { source } = calibrate([item('rate', 9000)]);
    assert.equal(source.levelOf('rate'), null);
  });
});
