import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { further } from '../share.js';
import { canonicalSet } from './canonical-set.js';
import { computed } from './catalogue.js';
import type { Lab } from './experiment.js';
import { intervalCoverage } from './interval-coverage.js';
import { randomSets } from './random-sets.js';

/** Nothing here runs in real time: there is no floor to measure. */
const still: Lab = {
  floor: () => Promise.reject(new Error('an experiment without sockets asked for the floor of the machine')),
  runs: 1,
};

/** Seconds of computing each. */
const LONG = [canonicalSet, randomSets, intervalCoverage];

describe('accuracy without sockets', () => {
  for (const experiment of computed) {
    const options = LONG.includes(experiment) ? further : {};
    it(`${experiment.id}: ${experiment.title}`, options, async () => {
      const findings = await experiment.run(still);
      assert.ok(findings.length > 0);
      assert.deepEqual(
        findings.filter(({ within }) => !within),
        [],
      );
    });
  }
});
