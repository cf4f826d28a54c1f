import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClientNoise } from './client-noise.js';

test('a busy machine explains doubts about the client, but no lost worker and no broken law', () => {
  for (const code of ['client_lag', 'clock_paused', 'instrument_error', 'cpu_steal']) {
    assert.equal(isClientNoise({ side: 'client', code }), true, code);
  }
  for (const code of ['conservation', 'worker_lost'])
    assert.equal(isClientNoise({ side: 'client', code }), false, code);
});

test('a busy machine explains nothing about the target', () => {
  assert.equal(isClientNoise({ side: 'target', code: 'target_backlog' }), false);
  assert.equal(isClientNoise({ side: 'unknown', code: 'not_run' }), false);
});
