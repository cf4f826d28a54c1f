import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Recorder } from '../../src/metrics/recorder.js';
import { cellWith } from '../plan/cell-builder.js';

test('an instant belongs to its phase and second, whatever was looked at before', () => {
  const phases = fc.record({
    warmupMs: fc.constantFrom(0, 350, 500, 1000, 2500),
    durationMs: fc.constantFrom(700, 3000),
  });
  fc.assert(
    fc.property(phases, fc.array(fc.integer({ min: -2_000, max: 6_000_000 })), ({ warmupMs, durationMs }, instants) => {
      const recorder = new Recorder(cellWith({ warmupMs, durationMs }));
      for (const instantUs of instants) {
        const inside = Math.min(Math.max(0, instantUs), (warmupMs + durationMs) * 1000 - 1);
        const sinceUs = inside - warmupMs * 1000;
        const expected =
          sinceUs < 0
            ? { phase: 'warmup', second: Math.floor(inside / 1e6) }
            : { phase: 'measure', second: Math.floor(sinceUs / 1e6) };
        const { phase, second } = recorder.at(instantUs);
        assert.deepEqual({ phase, second }, expected, `${instantUs} us`);
      }
    }),
  );
});
