import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasResponseTime, MODELS } from '../../src/plan/models.js';
import { MODEL_KEYS, MODEL_NAMES } from '../../src/profile/models.js';

describe('the facts of a model agree with each other', () => {
  for (const model of MODEL_NAMES) {
    const facts = MODELS[model];
    const keys = MODEL_KEYS[model];

    it(`${model}: the profile takes the keys that the load needs`, () => {
      assert.equal(keys.noMessage === null, facts.sends, 'a load that sends may have a message');
      assert.equal(keys.noRate === null, facts.pacedBy === 'plan', 'a plan needs a rate');
      assert.equal(keys.inFlight, facts.pacedBy === 'replies', 'only replies are waited for');
    });

    it(`${model}: laws, latency and throughput follow from who sets the pace`, () => {
      const law = { plan: 'due', replies: 'sent', server: 'silent' } as const;
      assert.equal(facts.planLaw, law[facts.pacedBy]);
      assert.equal(facts.pacedBy === 'server', !facts.sends);
      assert.equal(hasResponseTime(model), facts.pacedBy === 'plan', 'no plan, no instant to count from');
      assert.equal(facts.throughput, facts.sends ? 'answered' : 'received');
      assert.ok(!facts.growsBacklog || facts.pacedBy === 'plan', 'replies that set the pace leave nothing to pile up');
      assert.ok(facts.noFloor !== null || facts.pacedBy === 'plan', 'only a plan is the same load on another server');
    });
  }
});
