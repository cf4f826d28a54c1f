import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellRole } from '../../src/campaign/events.js';
import { SocketMemoryProbe } from '../../src/campaign/socket-memory-probe.js';
import type { CellPhase } from '../../src/coordinator/cell-events.js';
import { cellWith } from '../plan/cell-builder.js';
import { NO_PROGRESS } from './events-fixture.js';

/** What is known of each cell when every phase reads one byte more than the one before. */
function readOf(warmupMs: number, phases: readonly CellPhase[], role: CellRole = 'measured') {
  let bytes = 0;
  const probe = new SocketMemoryProbe(() => bytes);
  const cell = cellWith({ id: 'a', warmupMs });
  for (const phase of phases) {
    bytes++;
    probe.sink({ type: 'phase', phase, atMs: 0, cell, role, progress: NO_PROGRESS });
  }
  return probe.byCell.get('a');
}

test('is read as the load begins and as the drain begins', () => {
  assert.deepEqual(readOf(1000, ['connect', 'warmup', 'measure', 'drain']), { idle: 2, loaded: 4 });
  assert.deepEqual(readOf(0, ['connect', 'measure', 'drain']), { idle: 2, loaded: 3 });
  assert.deepEqual(readOf(1000, ['connect', 'warmup']), { idle: 2, loaded: null });
  assert.equal(readOf(1000, ['connect', 'warmup', 'measure', 'drain'], 'pre-warm'), undefined);
});
