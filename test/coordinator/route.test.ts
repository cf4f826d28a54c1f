import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResolveDeps } from '../../src/coordinator/resolve-target.js';
import { routeTo } from '../../src/coordinator/route.js';
import type { Target } from '../../src/profile/profile.js';
import { urlTarget } from '../target/target-fixture.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'app.lan': ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  'one.lan': ['10.0.0.9'],
  'proxy.lan': ['10.0.0.8'],
};

function deps(refuses: readonly string[] = []): ResolveDeps {
  return {
    lookup: async (host) => {
      const found = NAMES[host];
      if (found === undefined) throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
      return found.map((address) => ({ address }));
    },
    accepts: async (address) => !refuses.includes(address),
    nowMs: () => 0,
  };
}

const to = (url: string, changes: Partial<Target> = {}): Target => ({ ...urlTarget(url), ...changes }) as Target;

describe('several addresses', () => {
  it('are used in turn, and named', async () => {
    const route = await routeTo(to('ws://app.lan/'), {}, deps());
    assert.deepEqual(route.addresses, ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    assert.deepEqual(route.notes, [
      'app.lan has 3 addresses: connections go to 10.0.0.1, 10.0.0.2, 10.0.0.3 in turn; for one address: --resolve first',
    ]);
  });

  it('that take no connection are left out, and named', async () => {
    const route = await routeTo(to('ws://app.lan/'), {}, deps(['10.0.0.1', '10.0.0.3']));
    assert.deepEqual(route.addresses, ['10.0.0.2']);
    assert.deepEqual(route.notes, [
      'app.lan has 3 addresses: connections go to 10.0.0.2; 10.0.0.1, 10.0.0.3 take none',
    ]);
  });

  it('are one with resolve: first', async () => {
    const route = await routeTo(to('ws://app.lan/', { resolve: 'first' }), {}, deps(['10.0.0.1']));
    assert.deepEqual([route.addresses, route.notes], [['10.0.0.2'], []]);
  });
});

describe('variables that name a proxy', () => {
  const notes = async (url: string, env: Record<string, string>) => (await routeTo(to(url), env, deps())).notes;

  it('are not followed, which is said once', async () => {
    assert.deepEqual(
      await notes('ws://one.lan:9001/', { HTTP_PROXY: 'http://u:s3cret@p:1', ALL_PROXY: 'http://q:1' }),
      ['HTTP_PROXY is set, but wsurge goes to one.lan:9001 directly; to go through it: --proxy "$HTTP_PROXY"'],
    );
    assert.match((await notes('wss://one.lan/', { https_proxy: 'http://p:1' })).join(), /^https_proxy is set/);
    assert.match((await notes('wss://one.lan/', { ALL_PROXY: 'http://p:1' })).join(), /^ALL_PROXY is set/);
  });

  it('of the other scheme, empty ones, and this machine are no matter', async () => {
    assert.deepEqual(await notes('wss://one.lan/', { HTTP_PROXY: 'http://p:1' }), []);
    assert.deepEqual(await notes('ws://one.lan/', { HTTP_PROXY: '' }), []);
    for (const host of ['127.0.0.1', '[::1]'])
      assert.deepEqual(await notes(`ws://${host}:1/`, { HTTP_PROXY: 'http://p:1' }), []);
  });

  for (const [noProxy, excepts] of [
    ['one.lan', true],
    ['.lan', true],
    ['*.lan', true],
    ['a.test, lan', true],
    ['*', true],
    ['ONE.LAN:9001', true],
    ['one.lan:80', false],
    ['ne.lan', false],
    ['', false],
  ] as const) {
    it(`NO_PROXY=${noProxy} ${excepts ? 'excepts' : 'does not except'} the target`, async () => {
      const said = await notes('ws://one.lan:9001/', { HTTP_PROXY: 'http://p:1', NO_PROXY: noProxy });
      assert.equal(said.length, excepts ? 0 : 1);
    });
  }

  it('say nothing beside a proxy that was asked for', async () => {
    const route = await routeTo(
      to('ws://one.lan/', { proxy: 'http://proxy.lan:3128' }),
      { HTTP_PROXY: 'http://p:1' },
      deps(),
    );
    assert.deepEqual(route.notes, []);
  });
});

describe('a proxy', () => {
  it('is resolved with its credentials; names that only it knows stay open', async () => {
    const route = await routeTo(to('ws://inside.test/', { proxy: 'http://me:p%40ss@proxy.lan:3128' }), {}, deps());
    assert.deepEqual(route.proxy, {
      ...{ host: 'proxy.lan', address: '10.0.0.8', port: 3128 },
      authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
    assert.deepEqual([route.host, route.addresses], ['inside.test', []]);
  });

  it('that is not known is 103 and named as the proxy', async () => {
    const route = routeTo(to('ws://one.lan/', { proxy: 'http://nowhere.test' }), {}, deps());
    await assert.rejects(route, { exitCode: 103, message: /^the proxy: cannot resolve the host nowhere\.test/ });
  });
});
