/** What an agent is asked to do with a target: where it goes, and what it never does, whatever it is asked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Order, Reached } from '../../src/fleet/orders.js';
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

describe('hostile orders', () => {
  const script = { path: '/etc/passwd', sha256: '' };
  const wire = { script, steps: [], rules: [], requests: [], rooms: null } as never;
  const cases: Record<string, readonly [Order, code: string]> = {
    'a unix socket': [
      reachOf(
        targetWith({ url: 'ws+unix:/var/run/docker.sock:/' } as never),
        shardWith({ endpoint: { ...shardWith().endpoint, url: 'ws+unix:/var/run/docker.sock:/' } }),
      ),
      'agent_no_unix_socket',
    ],
    'a unix socket behind a harmless target': [
      reachOf(targetWith(), shardWith({ endpoint: { ...shardWith().endpoint, url: 'ws+unix:/run/x:/' } })),
      'agent_no_unix_socket',
    ],
    'a command': [reachOf(targetWith({ kind: 'command', command: 'rm -rf /' } as never)), 'agent_starts_nothing'],
    'a script': [reachOf(targetWith(), shardWith({ cell: cellWith({ wire }) })), 'no_script'],
  };
  for (const [name, [order, code]] of Object.entries(cases)) {
    test(`${name} is refused, and nothing is sent`, async () => {
      const f = new Fixture();
      await f.order(LEASE);
      assert.equal(await f.order(order), code);
      assert.equal(f.canaries, 0);
    });
  }

  test('the address of a metadata service, and a public one, unless the agent allows it', async () => {
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

  test('more than it offers, workers that are none, a target that it has not tried', async () => {
    const f = new Fixture({ offers: { workers: 2, connections: 100, perSecond: 1000 } });
    await f.order(LEASE);
    await f.order(reachOf());
    const many = cellWith({ connections: { from: 1000, to: 1000 } });
    const fast = cellWith({ rate: { from: 100_000, to: 100_000 } });
    const elsewhere = { ...shardWith().endpoint, url: 'ws://other.local:9001/' };
    const wrong = [
      [shardWith({ from: 0, to: 3 }), 'over_offer'],
      [shardWith({ cell: many }), 'over_offer'],
      [shardWith({ cell: fast }), 'over_offer'],
      [shardWith({ from: 4, to: 4 }), 'bad_order'],
      [shardWith({ from: -1 }), 'bad_order'],
      [shardWith({ to: 7 }), 'bad_order'],
      [shardWith({ endpoint: elsewhere }), 'not_reached'],
      [shardWith({ cell: cellWith({ wire }) }), 'no_script'],
    ] as const;
    for (const [shard, code] of wrong) assert.equal(await f.order(prepareOf(shard), 1), code);
    assert.equal(f.threads.length, 0);
    assert.equal(typeof (await f.order(prepareOf(), 1)), 'object');
  });
});
