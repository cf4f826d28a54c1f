/** What an agent is asked to do with a target: where it goes, and what it never does, whatever it is asked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reached } from '../../src/fleet/orders.js';
import { cellWith } from '../plan/cell-builder.js';
import { Fixture, INSIDE, LEASE, prepareOf, reachOf, shardWith, targetWith, URL } from './agent-fixture.js';

describe('redirects of the target', () => {
  const follows = targetWith({ followRedirects: true });
  const far = 'wss://far.local/x';

  test('are followed where the order says so; then that is the target of its cells', async () => {
    const f = new Fixture();
    f.redirects.set(URL, far);
    await f.order(LEASE);
    assert.equal(await f.order(reachOf()), 'unreachable', 'not asked for');
    const reached = (await f.order(reachOf(follows))) as Reached;
    assert.deepEqual([reached.redirects, f.canaries], [[far], 3]);
    assert.equal(await f.order(prepareOf(), 1), 'not_reached', 'it did not get there');
    const shard = shardWith({ endpoint: { ...shardWith().endpoint, url: far } });
    assert.ok('cellHash' in ((await f.order(prepareOf(shard), 1)) as object));
  });

  test('are judged as the first target was, and the last one is not followed for ever', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    f.redirects.set(URL, `ws://${INSIDE}/`);
    assert.equal(await f.order(reachOf(follows)), 'target_inside');
    f.redirects.set(URL, 'ws+unix:/run/x:/');
    assert.equal(await f.order(reachOf(follows)), 'redirect_refused');
    f.redirects.set(URL, far).set(far, far);
    assert.equal(await f.order(reachOf(follows)), 'redirect_refused');
    assert.equal(f.canaries, 4, 'none to what was refused');
  });
});

describe('the consent of an agent', () => {
  test('is needed for the address of a metadata service, and for a load on a public one', async () => {
    const inside = new Fixture({ addresses: ['169.254.169.254'] });
    await inside.order(LEASE);
    assert.equal(await inside.order(reachOf()), 'target_inside');
    const cell = cellWith({ connections: { from: 600, to: 600 } });
    for (const allows of [[], ['bench.local']]) {
      const f = new Fixture({ addresses: ['198.51.100.7'], allows });
      await f.order(LEASE);
      // The order says little, and then prepares more.
      assert.equal(typeof (await f.order(reachOf())), 'object');
      const answer = await f.order(prepareOf(shardWith({ cell })), 1);
      if (allows.length === 0) assert.equal(answer, 'target_not_allowed');
      else assert.equal(typeof answer, 'object');
    }
  });
});
