import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { computed } from './catalogue.js';
import type { Lab } from './experiment.js';

/** Nothing here runs in real time: there is no floor to measure. */
const still: Lab = {
  floor: () => Promise.reject(new Error('an experiment without sockets asked for the floor of the machine')),
  runs: 1,
};

describe('accuracy without sockets', () => {
  for (const { id, title, run } of computed) {
    it(`${id}: ${title}`, async () => {
      const findings = await run(still);
      assert.ok(findings.length > 0);
      assert.deepEqual(
        findings.filter(({ within }) => !within),
        [],
      );
    });
  }
});
