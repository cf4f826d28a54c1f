import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marginsOf, noiseOf } from '../../../src/cli/options/shares.js';
import type { Problem } from '../../../src/errors.js';

const given = (...values: readonly string[]) => values.map((value) => ({ value, origin: '--noise' }));

test('one share of noise is that of every metric but the reach, which is given by its name', () => {
  const problems: Problem[] = [];
  const all = noiseOf(given('3%'), problems);
  assert.deepEqual([all.p50, all.last, all.spread, 'reach' in all], [0.03, 0.03, 0.03, false]);
  assert.deepEqual(noiseOf(given('p50=3%', 'reach=0.05%'), problems), { p50: 0.03, reach: 0.0005 });
  assert.deepEqual(problems, []);
});

test('margins may be given for every metric of messages that reach others', () => {
  const problems: Problem[] = [];
  const margins = marginsOf(given('reach=0.5%,first=20%', 'spread=0.3'), problems);
  assert.deepEqual(margins, { reach: 0.005, first: 0.2, spread: 0.3 });
  assert.deepEqual(problems, []);
  const wrong: Problem[] = [];
  marginsOf(given('reached=1%'), wrong);
  assert.match(wrong[0]?.hint ?? '', /reach/);
});
