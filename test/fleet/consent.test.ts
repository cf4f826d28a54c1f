import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import { type AskedLoad, permitLoad, refusedKind, refusedLoad } from '../../src/fleet/consent.js';
import { parse } from '../profile/fixtures.js';

const INSIDE = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b::6464:64c8',
  '::169.254.169.254',
  '2002:a9fe:a9fe::',
  '2002:a83f:8110::1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  'FD00:0EC2:0:0:0:0:0:254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
];

const asked = (host: string, changes: Partial<AskedLoad> & { addresses?: readonly string[] } = {}): AskedLoad => {
  const { addresses = [host], ...rest } = changes;
  return { route: { host, addresses, proxy: null }, peakConnections: 10, peakPerSecond: 100, ...rest };
};

const big = { peakConnections: 101, peakPerSecond: 100 };

function refused(load: AskedLoad, allows: readonly string[] = []): WsurgeError {
  const error = refusedLoad(load, allows);
  assert.ok(error !== null);
  assert.equal(error.exitCode, 104);
  assert.ok(error.next !== null);
  return error;
}

describe('an agent', () => {
  for (const ip of INSIDE) {
    it(`refuses ${ip}, however small the load, unless its own command line names it`, () => {
      const error = refused(asked(ip));
      assert.equal(error.code, 'target_inside');
      assert.ok(error.next!.endsWith(`wsurge agent --allow-target ${ip.split('%')[0]}`));
      assert.equal(refusedLoad(asked(ip, { peakConnections: 99 }), [ip]), null);
    });

    it(`refuses a name that leads to ${ip}, also where the name is allowed`, () => {
      const error = refused(asked('bench.example.com', { addresses: ['10.0.0.1', ip] }), ['bench.example.com']);
      assert.equal(error.code, 'target_inside');
      assert.match(error.message, /^bench\.example\.com \(.+\) is a link-local or metadata address/);
    });
  }

  it('refuses every link-local address, in each way to write it', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, (c, d) => {
        const hex = ((c << 8) | d).toString(16);
        for (const ip of [`169.254.${c}.${d}`, `::ffff:169.254.${c}.${d}`, `::ffff:a9fe:${hex}`]) refused(asked(ip));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0xfe80, max: 0xfebf }), fc.ipV6(), (first, rest) => {
        const ip = `${first.toString(16)}::${
          rest
            .split(':')
            .at(-1)!
            .replace(/.*\..*/, '1') || '1'
        }`;
        refused(asked(ip));
      }),
    );
  });

  it('takes another spelling of an address that it names', () => {
    assert.equal(refusedLoad(asked('::ffff:a9fe:101'), ['169.254.1.1']), null);
    assert.equal(refusedLoad(asked('fd00:ec2::254'), ['[FD00:EC2:0::254]']), null);
    refused(asked('169.254.1.2'), ['169.254.1.1']);
  });

  it('refuses a proxy at such an address', () => {
    const proxy = { host: 'proxy', address: '169.254.169.254', port: 80, authorization: null };
    const error = refused({ ...asked('10.0.0.1'), route: { host: '10.0.0.1', addresses: ['10.0.0.1'], proxy } });
    assert.match(error.message, /^the proxy's 169\.254\.169\.254 is a link-local/);
  });

  for (const ip of ['127.0.0.1', '10.1.2.3', '192.168.0.7', '172.16.0.1', '::1', 'fc00::1', '::ffff:127.0.0.1']) {
    it(`loads its own networks as much as it is asked to: ${ip}`, () => {
      assert.equal(refusedLoad(asked(ip, { peakConnections: 1e6, peakPerSecond: null }), []), null);
    });
  }

  for (const [what, load] of [
    ['101 connections', big],
    ['1,001 messages a second', { peakConnections: 1, peakPerSecond: 1001 }],
    ['messages as fast as they are answered', { peakConnections: 1, peakPerSecond: null }],
  ] as const) {
    it(`refuses ${what} for a public address, unless its own command line names the host`, () => {
      const wanted = asked('bench.example.com', { addresses: ['8.8.8.8'], ...load });
      const error = refused(wanted);
      assert.equal(error.code, 'target_not_allowed');
      assert.match(error.message, /bench\.example\.com \(8\.8\.8\.8\) is a public address/);
      assert.match(error.next!, /wsurge agent --allow-target bench\.example\.com/);
      assert.equal(refusedLoad(wanted, ['BENCH.example.com']), null);
      refused(wanted, ['example.com']);
    });
  }

  it('sends a small load to a public address', () => {
    assert.equal(refusedLoad(asked('8.8.8.8', { peakConnections: 100, peakPerSecond: 1000 }), []), null);
  });

  it('counts a name that only a proxy knows as a public one', () => {
    const proxy = { host: 'proxy', address: '10.0.0.2', port: 80, authorization: null };
    const error = refused({ route: { host: 'x.internal', addresses: [], proxy }, ...big });
    assert.match(error.message, /x\.internal may be a public address/);
  });

  it('throws what it refuses', () => {
    assert.throws(() => permitLoad(asked('169.254.1.1'), []), WsurgeError);
    permitLoad(asked('10.0.0.1'), []);
  });
});

describe('the kind of a target', () => {
  const targetOf = (target: string) =>
    parse(`target: ${target}\nload: [{ connections: 1, rate: 1, duration: 1s }]`).profile.target;

  for (const [target, message] of [
    ['{ command: node server.js, url: "ws://127.0.0.1:9001/" }', /runs no commands/],
    ['{ embedded: auto }', /starts no server/],
    ['{ url: "ws+unix:/var/run/docker.sock:/" }', /never to a unix socket/],
  ] as const) {
    it(`is refused by an agent: ${target}`, () => {
      const error = refusedKind(targetOf(target));
      assert.ok(error !== null && error.next !== null);
      assert.match(error.message, message);
    });
  }

  it('is accepted: a URL of a host', () => {
    assert.equal(refusedKind(targetOf('{ url: "wss://[::1]:9001/x" }')), null);
  });
});
