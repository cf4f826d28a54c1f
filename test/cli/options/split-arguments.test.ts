import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN } from '../../../src/cli/flags/run.js';
import { COMPARE } from '../../../src/cli/flags/saved.js';
import { splitArguments } from '../../../src/cli/options/split-arguments.js';

const CASES: readonly [words: string, given: Readonly<Record<string, unknown>>][] = [
  ['-c 5 -R=10 -d30s', { connections: '5', rate: '10', duration: '30s' }],
  ['--rate=10 --rate 20', { rate: ['10', '20'] }],
  ['--seed -1 -R -5', { seed: '-1', rate: '-5' }],
  ['-qc 5', { quiet: true, connections: '5' }],
  ['--json --no-progress --quiet=false', { json: true, progress: false, quiet: false }],
  ['--json=maybe', { json: 'maybe' }],
  ['-d --json', { duration: '', json: true }],
  ['--no-duration', { duration: false }],
  ['--dashboard smoke', { dashboard: '', profile: 'smoke' }],
  ['--dashboard 8080 smoke', { dashboard: '8080', profile: 'smoke' }],
  ['-- --json', { profile: '--json' }],
  ['a.yaml b.yaml', { profile: 'a.yaml', _: ['b.yaml'] }],
  // A slip takes a value, or none, as the flag that was meant does: the profile is not lost to it.
  ['--quite smoke', { quite: true, profile: 'smoke' }],
  ['--durations 5s smoke', { durations: '5s', profile: 'smoke' }],
  ['-z 1 smoke', { z: '1', profile: 'smoke' }],
];

for (const [words, given] of CASES) {
  test(words, () => assert.deepEqual(splitArguments(words.split(' '), RUN), { _: [], ...given }));
}

test('--vs takes all runs that follow', () => {
  assert.deepEqual(splitArguments('A1 A2 --vs B1 B2 -q'.split(' '), COMPARE), {
    runs: ['A1', 'A2'],
    vs: ['B1', 'B2'],
    quiet: true,
    _: [],
  });
});

test('no name of a flag touches the prototype', () => {
  const argv = splitArguments(['--__proto__', 'x', '--constructor=y'], RUN);
  assert.equal(Object.getPrototypeOf(argv), Object.prototype);
  assert.deepEqual(Object.keys(argv), ['__proto__', 'constructor', '_']);
});
