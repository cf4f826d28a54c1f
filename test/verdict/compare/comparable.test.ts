import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesBetween } from '../../../src/verdict/compare/comparable.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell } from '../cell-fixture.js';

/** A cell of 10 s whose end was noticed so many ms late; `seconds`: how many of them were measured. */
function runWith({ lateMs = 0, seconds = 10, durationMs = 10_000 } = {}) {
  const cell = healthyCell();
  const second = cell.seconds.find(({ phase }) => phase === 'measure')!;
  const phases = cell.phases.map((phase) =>
    phase.name === 'measure' ? { ...phase, toMs: phase.toMs + lateMs } : phase,
  );
  const measured = Array.from({ length: seconds }, (_, i) => ({ ...second, second: i }));
  const document = documentOf({ cells: [{ ...cell, phases, seconds: measured }], thresholds: [] });
  return { ...document, profile: { load: [{ name: cell.load, durationMs }] } };
}

test('a measured time whose end was noticed late is that of the plan; one that was cut or extended is not', () => {
  const times = (a: object, b: object) => differencesBetween(runWith(a), runWith(b)).map(({ a, b }) => `${a} ${b}`);
  assert.deepEqual(times({}, { lateMs: 240 }), []);
  assert.deepEqual(times({ lateMs: 1900 }, { lateMs: 240 }), []);
  assert.deepEqual(times({}, { lateMs: 3000, seconds: 13 }), ['10000 13000']);
  assert.deepEqual(times({}, { lateMs: -4000, seconds: 6 }), ['10000 6000']);
  assert.deepEqual(times({ lateMs: 2000, seconds: 12, durationMs: 12_000 }, {}), ['12000 10000']);
});
