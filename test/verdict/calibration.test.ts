import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beyondCalibration, type Calibration, nearFloor } from '../../src/verdict/calibration.js';
import { judgeTwin } from '../../src/verdict/null-twin.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from './cell-fixture.js';

const KEPT: Calibration = {
  floorUs: { p50: 200, p99: 900 },
  ratePerSecond: 9000,
  connections: 4000,
  connectsPerSecond: 1200,
};

describe('what a calibration means for a run', () => {
  const cell = (connections: number, rate: number, connectRate = 500) =>
    cellWith({ connections: { from: connections, to: connections }, rate: { from: rate, to: rate }, connectRate });

  it('is nothing up to what was found, and a warning for each thing beyond it', () => {
    assert.deepEqual(beyondCalibration([cell(4000, 9000, 1200)], KEPT), []);
    const warnings = beyondCalibration([cell(10, 1), cell(4001, 9001, 1201)], KEPT);
    assert.deepEqual(
      warnings.map((text) => text.replace(/ are asked.*fit for/, ' /')),
      [
        '9,001 msg/s / 9,000 (wsurge calibrate)',
        '4,001 connections / 4,000 (wsurge calibrate)',
        '1,201 connects a second / 1,200 (wsurge calibrate)',
      ],
    );
    const unknown = { ...KEPT, ratePerSecond: null, connections: null, connectsPerSecond: null };
    assert.deepEqual(beyondCalibration([cell(1e5, 1e5, 1e5)], unknown), []);
  });

  it('does not ask for a connect rate that a few connections never reach', () => {
    assert.deepEqual(beyondCalibration([cell(100, 1, 100_000)], KEPT), []);
  });

  it('is a warning where a median is under three times the floor', () => {
    const at = (us: number) => healthyCell({ id: `load/${us}`, serviceUs: [us], lagUs: [1] });
    assert.deepEqual(nearFloor([at(620)], KEPT), []);
    const [warning] = nearFloor([at(500), at(400), at(900)], KEPT);
    assert.match(
      warning!,
      /^the p50 of load\/500, and of 1 more \(0\.50 ms\) is under 3 times the floor of this machine \(0\.20 ms\)/,
    );
  });

  it('leaves a cell to its null twin where that gave a floor', () => {
    const fast = healthyCell({ serviceUs: [400], lagUs: [1] });
    assert.deepEqual(nearFloor([{ ...fast, nullTwin: judgeTwin(fast) }], KEPT), []);
    assert.equal(nearFloor([{ ...fast, nullTwin: { status: 'none', reason: 'interrupted' } }], KEPT).length, 1);
  });
});
