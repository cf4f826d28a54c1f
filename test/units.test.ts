import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatPercent,
  parseBytes,
  parseCount,
  parseDurationMs,
  parseRatePerSecond,
} from '../src/units.js';

test('durations are read with their unit, and not without', () => {
  assert.equal(parseDurationMs('30s'), 30_000);
  assert.equal(parseDurationMs('1m30s'), 90_000);
  assert.equal(parseDurationMs('2h'), 7_200_000);
  assert.equal(parseDurationMs('250us'), 0.25);
  assert.equal(parseDurationMs(' 1.5s '), 1500);
  for (const text of ['30', '', 's', '-5s', '5 s', '5sec', '1e3s', 'NaN', 'Infinity', '٣s']) {
    assert.equal(parseDurationMs(text), null, text);
  }
});

test('sizes: decimal and binary prefixes mean what they say', () => {
  assert.equal(parseBytes('64'), 64);
  assert.equal(parseBytes('10KB'), 10_000);
  assert.equal(parseBytes('10 KiB'), 10_240);
  assert.equal(parseBytes('1mib'), 1_048_576);
  for (const text of ['', 'KB', '-1', '1TB', '0x10', '1e3']) assert.equal(parseBytes(text), null, text);
});

test('rates and counts', () => {
  assert.equal(parseRatePerSecond('500/s'), 500);
  assert.equal(parseRatePerSecond('5k/s'), 5000);
  assert.equal(parseRatePerSecond('5k'), 5000);
  assert.equal(parseRatePerSecond('30/m'), 0.5);
  assert.equal(parseRatePerSecond('3600/h'), 1);
  assert.equal(parseCount('1.5k'), 1500);
  for (const text of ['', '/s', '5/d', '-5/s', '5 /s', 'k']) assert.equal(parseRatePerSecond(text), null, text);
  for (const text of ['', 'k', '5/s', '-1', '1e3']) assert.equal(parseCount(text), null, text);
});

test('property: a sum of durations is the duration of the parts together', () => {
  const factor = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  const part = fc.record({
    amount: fc.nat(100_000),
    unit: fc.constantFrom('us' as const, 'ms' as const, 's' as const, 'm' as const, 'h' as const),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.map(({ amount, unit }) => `${amount}${unit}`).join('');
      const expected = parts.reduce((sum, { amount, unit }) => sum + amount * factor[unit], 0);
      assert.ok(Math.abs(parseDurationMs(text)! - expected) <= 1e-9 * Math.max(1, expected));
    }),
  );
});

test('property: any text is read as a finite number that is not negative, or not at all', () => {
  const nearMiss = fc.stringMatching(/^[0-9.kmKMGi/bBsh µu-]{0,8}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearMiss), (text) => {
      for (const parse of [parseDurationMs, parseBytes, parseRatePerSecond, parseCount]) {
        const value = parse(text);
        assert.ok(
          value === null || (Number.isFinite(value) && value >= 0),
          `${parse.name}(${JSON.stringify(text)}) = ${value}`,
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('formats name their unit and round where people would', () => {
  assert.deepEqual([0.5, 850, 12_500, 60_000, 135_000, 7_200_000, 5_400_000].map(formatDuration), [
    '0.5 ms',
    '850 ms',
    '12.5 s',
    '1 min',
    '2 min 15 s',
    '2 h',
    '1 h 30 min',
  ]);
  assert.deepEqual([0, 640, 9600, 81_000_000, -2500, 999_600].map(formatBytes), [
    '0 B',
    '640 B',
    '9.6 KB',
    '81.0 MB',
    '-2.5 KB',
    '1.0 MB',
  ]);
  assert.equal(formatCount(1_234_567.4), '1,234,567');
  for (const value of [
    0,
    9,
    999,
    1000,
    12_345,
    100_000,
    2 ** 53 - 1,
    -1,
    -999,
    -1000,
    -123_456,
    1e21,
    2 ** 60,
    Number.NaN,
  ])
    assert.equal(formatCount(value), value.toLocaleString('en-US'));
  assert.deepEqual([24, 240, 12_300, 1_250_000].map(formatMs), ['0.024', '0.24', '12.3', '1250']);
});

test('a share in percent has a few figures, and no zeros at its end', () => {
  assert.deepEqual(
    [0, 0.05, 0.025, 0.07, 0.12345, 1].map((share) => formatPercent(share)),
    ['0 %', '5 %', '2.5 %', '7 %', '12.3 %', '100 %'],
  );
  assert.equal(formatPercent(0.12345, 2), '12 %');
});

test('property: what formatBytes prints reads back within its rounding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 * 1e9 }), (bytes) => {
      const back = parseBytes(formatBytes(bytes));
      assert.ok(back !== null && Math.abs(back - bytes) <= bytes * 0.06, `${bytes}: ${formatBytes(bytes)}`);
    }),
  );
});
