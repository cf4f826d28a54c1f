import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { calibrationPath, type MachineFile, readMachineFile, writeMachineFile } from '../../src/store/machine-file.js';

const KEPT: MachineFile = {
  version: 1,
  measuredAt: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'a processor', cores: 2, kernel: 'Linux 6.1 x64', node: 'v20.19.0' },
  engine: 'ws',
  calibration: { floorUs: { p50: 200, p99: null }, ratePerSecond: 9000, connections: 4000, connectsPerSecond: null },
};

describe('what is kept of a machine', () => {
  it('lies in the cache folder of the user, where there is one', () => {
    assert.equal(calibrationPath({ XDG_CACHE_HOME: '/c', HOME: '/h' }), '/c/wsurge/calibration.json');
    assert.equal(calibrationPath({ XDG_CACHE_HOME: 'relative', HOME: '/h' }), '/h/.cache/wsurge/calibration.json');
    assert.equal(calibrationPath({}), null);
  });

  it('comes back as it was, but not on another machine, nor where it is damaged', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-machine-'));
    try {
      const file = calibrationPath({ XDG_CACHE_HOME: folder })!;
      assert.equal(await readMachineFile(file, KEPT.machine), null);
      await writeMachineFile(file, KEPT);
      assert.deepEqual(await readMachineFile(file, KEPT.machine), KEPT);
      assert.equal(await readMachineFile(file, { ...KEPT.machine, cores: 4 }), null);
      await writeFile(file, '{"version": 1,');
      assert.equal(await readMachineFile(file, KEPT.machine), null);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
