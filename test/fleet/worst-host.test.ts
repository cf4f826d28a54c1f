import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { worstHost } from '../../src/fleet/worst-host.js';
import type { HostFacts } from '../../src/metrics/client-result.js';

const FACTS = ['cpuPercent', 'rssBytes', 'throttled', 'steal', 'suspendedMs'] as const;
const fact = fc.option(fc.nat(1000));
const host: fc.Arbitrary<HostFacts> = fc.record({
  cpuPercent: fact,
  rssBytes: fact,
  throttled: fact,
  steal: fact,
  suspendedMs: fact,
});

describe('the worst of several machines', () => {
  it('is in each respect as bad as one of them, and no better than any', () => {
    fc.assert(
      fc.property(fc.array(host, { minLength: 1, maxLength: 5 }), (hosts) => {
        const worst = worstHost(hosts);
        assert.deepEqual(Object.keys(worst).sort(), [...FACTS].sort());
        for (const fact of FACTS) {
          assert.ok(hosts.some((each) => each[fact] === worst[fact]));
          assert.ok(hosts.every((each) => each[fact] === null || each[fact] <= worst[fact]!));
        }
      }),
    );
  });

  it('is a single one as it is', () => {
    const one = { cpuPercent: 12.5, rssBytes: 1e8, throttled: null, steal: 0, suspendedMs: 0 };
    assert.deepEqual(worstHost([one]), one);
  });

  it('is unknown without any', () => {
    assert.throws(() => worstHost([]), /no machine/);
  });
});
