/** Where a hostile order leads: addresses of metadata services in every form, unix sockets, commands, strangers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Order } from '../../src/fleet/orders.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { Fixture, INSIDE, LEASE, prepareOf, reachOf, shardWith, targetWith, URL } from './agent-fixture.js';
import { assertAsBefore, reached, SECRET, sendOrder } from './hostile-fixture.js';

const endpointAt = (url: string) => ({ ...shardWith().endpoint, url });
const reachAt = (url: string): Order => reachOf(targetWith({ url } as never), shardWith({ endpoint: endpointAt(url) }));
const prepareWith = (changes: Partial<Cell>): Order => prepareOf(shardWith({ cell: cellWith(changes) }));

/** The address of a metadata service, in every way to write it. */
const METADATA = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '025177524776',
  '169.254.43518',
  '169.16689662',
  '169.254.169.254.',
  '%31%36%39.254.169.254',
  '１６９.254.169.254',
  '169。254。169。254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[0:0:0:0:0:FFFF:A9FE:A9FE]',
  '[::169.254.169.254]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::a9fe:a9fe]',
  '[2002:a9fe:a9fe::1]',
  '[fe80::1]',
  '[FE80:0:0::1]',
  '[fd00:ec2::254]',
  '[FD00:0EC2:0:0:0:0:0:0254]',
  '[fd20:ce::254]',
  '100.100.100.200',
  '168.63.129.16',
  '0x646464c8',
  INSIDE,
];

describe('the place of a target', () => {
  for (const host of METADATA) {
    test(`${host} is refused, named or by a redirect, and nothing is sent there`, async () => {
      const f = await reached();
      const { canaries } = f;
      assert.equal(await sendOrder(f, reachAt(`ws://${host}/latest/meta-data/`), 0), 'target_inside');
      assert.equal(await sendOrder(f, reachAt(`wss://user:${SECRET}@${host}:8443/?a=${SECRET}`), 0), 'target_inside');
      assert.equal(f.canaries, canaries);
      f.redirects.set(URL, `http://${host}/`);
      const follows = reachOf(targetWith({ followRedirects: true }));
      assert.equal(await sendOrder(f, follows, 0), 'target_inside');
      assert.equal(f.canaries, canaries + 1, 'to the first server alone');
      assert.equal(await sendOrder(f, prepareOf(shardWith({ endpoint: endpointAt(`ws://${host}/`) }))), 'not_reached');
      await assertAsBefore(f);
    });
  }

  test('a proxy at such an address is refused', async () => {
    const f = await reached();
    const proxy = `http://user:${SECRET}@169.254.169.254:3128`;
    assert.equal(await sendOrder(f, reachOf(targetWith({ proxy })), 0), 'target_inside');
    await assertAsBefore(f);
  });

  test('a proxy that is none is refused', async () => {
    const f = await reached();
    for (const proxy of [
      SECRET,
      '',
      'socks5://10.0.0.1',
      'ws+unix:/x:/',
      'http://%zz@10.0.0.1/',
      'http://10.0.0.1:0',
    ]) {
      assert.equal(await sendOrder(f, reachOf(targetWith({ proxy })), 0), 'bad_proxy', proxy);
    }
    await assertAsBefore(f);
  });

  test('one of several addresses of a name is refused without being tried', async () => {
    const f = new Fixture({ addresses: ['10.0.0.7', '169.254.169.254'] });
    await f.order(LEASE);
    assert.equal(await sendOrder(f, reachOf(), 0), 'target_inside');
    assert.deepEqual(f.tried, ['10.0.0.7']);
    assert.equal(f.canaries, 0);
  });

  test('what the order says of addresses, proxies and places to leave from counts for nothing', async () => {
    const f = await reached();
    const proxy = { host: 'p', address: '169.254.169.254', port: 80, authorization: SECRET };
    const endpoint = { ...shardWith().endpoint, address: '169.254.169.254', addresses: ['fd00:ec2::254'], proxy };
    assert.ok('cellHash' in ((await f.order(prepareOf(shardWith({ endpoint })), 1)) as object));
    for (const { endpoint } of f.threads[0]!.shards) {
      assert.deepEqual([endpoint.address, endpoint.addresses, endpoint.proxy], ['10.0.0.7', undefined, undefined]);
      assert.deepEqual(endpoint.localAddresses, ['10.0.0.2']);
    }
  });

  test('a public one gets no load without the consent of this agent, each part of the load by itself', async () => {
    const f = await reached({
      addresses: ['198.51.100.7'],
      offers: { workers: 4, connections: null, perSecond: null },
    });
    const large: readonly Partial<Cell>[] = [
      { connections: { from: 101, to: 101 } },
      { connections: { from: 1, to: 101 } },
      { rate: { from: 1001, to: 1001 } },
      { rate: { from: 0, to: 1001 } },
      { model: 'closed', rate: null },
    ];
    for (const changes of large) assert.equal(await sendOrder(f, prepareWith(changes)), 'target_not_allowed');
    const asked = { target: targetWith(), peakConnections: 101, peakPerSecond: 1 };
    for (const target of [
      asked,
      { ...asked, peakConnections: 1, peakPerSecond: 1001 },
      { ...asked, peakPerSecond: null },
    ])
      assert.equal(await sendOrder(f, { ...reachOf(), target }, 0), 'target_not_allowed');
    await assertAsBefore(f);
  });

  const never: Readonly<Record<string, readonly [Order, code: string]>> = {
    'a unix socket': [reachAt('ws+unix:/var/run/docker.sock:/'), 'agent_no_unix_socket'],
    'a unix socket behind a harmless target': [
      reachOf(targetWith(), shardWith({ endpoint: endpointAt('ws+unix:///run/x:/') })),
      'agent_no_unix_socket',
    ],
    'a file': [reachAt('file:///etc/passwd'), 'agent_no_unix_socket'],
    'no URL': [reachAt(`not a URL ${SECRET}`), 'agent_no_unix_socket'],
    'a command': [
      reachOf({ ...targetWith(), kind: 'command', command: `rm -rf ${SECRET}` } as never),
      'agent_starts_nothing',
    ],
    'an embedded server': [reachOf({ kind: 'embedded', engine: 'ws' } as never), 'agent_starts_nothing'],
    'a command that is none': [reachOf({ kind: 'command', command: { $SECRET: 1 } } as never), 'agent_starts_nothing'],
    'a kind that nobody knows': [reachOf({ ...targetWith(), kind: 'file' } as never), 'bad_order'],
  };
  for (const [name, [order, code]] of Object.entries(never)) {
    test(`is never ${name}`, async () => {
      const f = await reached();
      const { canaries } = f;
      assert.equal(await sendOrder(f, order, 0), code);
      assert.equal(f.canaries, canaries);
      await assertAsBefore(f);
    });
  }
});
