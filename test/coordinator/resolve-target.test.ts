import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { isPublicAddress, type ResolveDeps, resolveTarget } from '../../src/coordinator/resolve-target.js';

describe('resolving the target', () => {
  function deps(part: Partial<ResolveDeps>): ResolveDeps {
    let nowMs = 0;
    return {
      lookup: () => assert.fail('no lookup wanted'),
      accepts: () => assert.fail('no connect wanted'),
      nowMs: () => {
        nowMs += 4;
        return nowMs;
      },
      ...part,
    };
  }

  it('leaves addresses and unix sockets as they are', async () => {
    const none = deps({});
    assert.deepEqual(await resolveTarget('wss://[2001:db8::1]/', 'all', none), {
      host: '2001:db8::1',
      addresses: ['2001:db8::1'],
      refusing: [],
      resolvedMs: 0,
    });
    assert.deepEqual(await resolveTarget('ws+unix:/run/app.sock:/chat', 'all', none), {
      host: '/run/app.sock',
      addresses: [],
      refusing: [],
      resolvedMs: 0,
    });
  });

  it('looks a name up once and says how long that took', async () => {
    const asked: string[] = [];
    const lookup = async (host: string) => {
      asked.push(host);
      return [{ address: '10.0.0.9' }];
    };
    assert.deepEqual(await resolveTarget('ws://app.lan:9001/', 'all', deps({ lookup })), {
      host: 'app.lan',
      addresses: ['10.0.0.9'],
      refusing: [],
      resolvedMs: 4,
    });
    assert.deepEqual(asked, ['app.lan']);
  });

  it('takes the first address of this machine that accepts, else the first', async () => {
    const lookup = async () => [{ address: '::1' }, { address: '127.0.0.1' }];
    const onlyV4 = deps({ lookup, accepts: async (address, port) => address === '127.0.0.1' && port === 9001 });
    assert.deepEqual((await resolveTarget('ws://localhost:9001/', 'all', onlyV4)).addresses, ['127.0.0.1']);
    const nobody = deps({ lookup, accepts: async () => false });
    assert.deepEqual((await resolveTarget('ws://localhost:9001/', 'all', nobody)).addresses, ['::1']);
    const both = deps({ lookup, accepts: async () => true });
    assert.deepEqual((await resolveTarget('ws://localhost:9001/', 'all', both)).addresses, ['::1']);
  });

  it('uses all addresses that accept, or the first of them, and says which do not', async () => {
    const lookup = async () => [{ address: '10.0.0.1' }, { address: '10.0.0.2' }, { address: 'fd00::3' }];
    const two = deps({ lookup, accepts: async (address) => address !== '10.0.0.1' });
    const all = await resolveTarget('ws://app.lan/', 'all', two);
    assert.deepEqual([all.addresses, all.refusing], [['10.0.0.2', 'fd00::3'], ['10.0.0.1']]);
    const first = await resolveTarget('ws://app.lan/', 'first', two);
    assert.deepEqual([first.addresses, first.refusing], [['10.0.0.2'], []]);
  });

  it('is 103 naming the host where the name is unknown', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const error = { exitCode: 103, message: 'cannot resolve the host nowhere.test: ENOTFOUND' };
    await assert.rejects(resolveTarget('ws://nowhere.test/', 'all', deps({ lookup })), error);
    await assert.rejects(resolveTarget('ws://empty.test/', 'all', deps({ lookup: async () => [] })), { exitCode: 103 });
  });

  it('is 104 where the URL names no host', async () => {
    await assert.rejects(resolveTarget('nonsense', 'all', deps({})), { exitCode: 104 });
  });

  it('finds the server on this machine by the name localhost', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    assert.ok(typeof bound === 'object' && bound !== null);
    const { addresses } = await resolveTarget(`ws://localhost:${bound.port}/`, 'all');
    server.close();
    assert.deepEqual(addresses, ['127.0.0.1']);
  });
});

describe('public addresses', () => {
  const own = [
    ...['127.0.0.1', '127.255.0.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
    ...['100.64.0.1', '100.127.255.255', '169.254.169.254', '198.18.0.1'],
    ...['::1', '::', 'fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:10.0.0.1', '::ffff:7f00:1'],
  ];
  for (const ip of own) it(`are not ${ip}`, () => assert.equal(isPublicAddress(ip), false));

  const others = [
    ...['8.8.8.8', '11.0.0.1', '172.15.255.255', '172.32.0.1', '192.167.0.1', '100.63.255.255', '100.128.0.1'],
    ...['169.253.0.1', '2606:4700::1', 'fec0::1', '::ffff:8.8.8.8'],
  ];
  for (const ip of others) it(`are ${ip}`, () => assert.equal(isPublicAddress(ip), true));

  it('are a matter of IP addresses only', () => assert.throws(() => isPublicAddress('localhost'), TypeError));
});
