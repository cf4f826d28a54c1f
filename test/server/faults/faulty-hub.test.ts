import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from '../../../src/server/admission.js';
import { parseFaults } from '../../../src/server/faults/fault-list.js';
import { FaultyHub } from '../../../src/server/faults/faulty-hub.js';
import type { TruthEntry } from '../../../src/server/faults/truth-entry.js';
import type { Handshake } from '../../../src/server/hub.js';
import { parseServerOptions } from '../../../src/server/options.js';
import { FakePeer } from '../fake-peer.js';
import { ManualClock } from './manual-clock.js';

const HEADERS: Readonly<Record<string, string>> = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const UPGRADE: HttpRequest = { method: 'GET', path: '/', query: '', header: (name) => HEADERS[name] ?? '' };

class Bench {
  readonly clock = new ManualClock();
  readonly log: TruthEntry[] = [];
  readonly hub: FaultyHub;

  constructor(faults: string) {
    const settings = parseServerOptions({ faults, pingIntervalMs: 0 });
    this.hub = new FaultyHub(settings, 'ws', parseFaults([faults]).plan, (entry) => this.log.push(entry), this.clock);
  }

  handshake(): Handshake {
    const reception = this.hub.receive(UPGRADE);
    assert.ok(reception.kind === 'websocket' && reception.handshake !== null);
    return reception.handshake;
  }

  open(): FakePeer {
    const peer = new FakePeer();
    const handshake = this.handshake();
    handshake.begin(() => {
      this.hub.onOpen(peer);
      handshake.opened(peer);
    });
    return peer;
  }

  say(peer: FakePeer, message: object): void {
    this.hub.onMessage(peer, Buffer.from(JSON.stringify(message)), false);
  }

  echo(peer: FakePeer, content: string): void {
    this.say(peer, { type: 'message', content });
  }
}

test('what comes right after a stall, before its timer, does not overtake what waited', () => {
  const bench = new Bench('stall:100ms/1s');
  const peer = bench.open();
  bench.clock.passTo(950_030);
  bench.echo(peer, 'waits');
  // The stall ends at 1,000,000 us; the turns of the loop come at ..930 and ..030.
  bench.clock.passTo(1_000_010);
  assert.deepEqual(peer.sent, []);
  bench.echo(peer, 'comes after');
  assert.deepEqual(
    peer.sent.map((text) => JSON.parse(text).content),
    ['waits', 'comes after'],
  );
});

test('what comes in the next stall does not overtake what waited for the one before, where the server stood still', () => {
  const bench = new Bench('stall:100ms/1s');
  const peer = bench.open();
  bench.clock.passTo(950_000);
  bench.echo(peer, 'waits');
  // Stands still from one stall into the next, so that no timer runs between them.
  bench.clock.jumpTo(1_950_000);
  bench.echo(peer, 'comes after');
  bench.clock.passTo(2_000_500);
  assert.deepEqual(
    peer.sent.map((text) => JSON.parse(text).content),
    ['waits', 'comes after'],
  );
});

test('a stall holds up every message, echo or not, and writes down when each came in', () => {
  const bench = new Bench('stall:100ms/1s');
  const peer = bench.open();
  bench.clock.passTo(920_000);
  bench.say(peer, { type: 'ping' });
  bench.clock.passTo(930_000);
  bench.echo(peer, 'x');
  bench.clock.passTo(999_999);
  assert.deepEqual(peer.sent, []);
  bench.clock.passTo(1_000_200);
  assert.deepEqual(
    peer.sent.map((text) => JSON.parse(text).type),
    ['pong', 'message'],
  );
  const message = bench.log.find((entry) => entry.kind === 'message');
  assert.equal(message?.inUs, 930_000);
  assert.ok(message.outUs! >= 1_000_000);
});

test('memory that the engine takes back after the call is not what leaves later', () => {
  for (const faults of ['delay:10ms', 'stall:999ms/1s', 'swap:100%']) {
    const bench = new Bench(faults);
    const peer = bench.open();
    bench.clock.passTo(500_000);
    const bytes = Buffer.from('{"type":"message","content":"mine"}');
    bench.hub.onMessage(peer, bytes, false);
    bytes.fill(0);
    bench.clock.passTo(3_000_000);
    assert.deepEqual(peer.sent, ['{"type":"message","content":"mine"}'], faults);
  }
});

test('a late delivery has its own copy of the message, made once for all members', () => {
  const bench = new Bench('late-delivery:10ms');
  const peers = [bench.open(), bench.open()];
  for (const peer of peers) bench.say(peer, { type: 'join', room: 'r' });
  const text = '{"type":"broadcast","room":"r","content":"mine"}';
  const bytes = Buffer.from(text);
  bench.hub.onMessage(peers[0]!, bytes, false);
  bytes.fill(0);
  bench.clock.passTo(100_000);
  for (const peer of peers) assert.deepEqual(peer.sent.slice(1), [text]);
});

test('stuck room: from its instant on, and what is late in a stall waits for its end', () => {
  const bench = new Bench('stuck-room:r@5s,late-delivery:50ms,stall:100ms/1s');
  const peer = bench.open();
  bench.say(peer, { type: 'join', room: 'r' });
  for (const atUs of [4_880_000, 4_990_000, 5_100_000]) {
    bench.clock.passTo(atUs);
    bench.say(peer, { type: 'broadcast', room: 'r' });
  }
  bench.clock.passTo(9_000_000);
  const told = bench.log.filter((entry) => entry.kind === 'delivery');
  assert.deepEqual(
    told.map(({ inUs, did }) => [inUs, did]),
    [
      [4_880_000, 'delivered'],
      [4_990_000, 'delivered'],
      [5_100_000, 'stuck'],
    ],
  );
  // Due in the stall that ends at 5 s.
  assert.ok(told[0]!.outUs! >= 5_000_000);
  assert.equal(peer.sent.length, 3);
});

test('a server that stops answers no handshake that still waits', async () => {
  const bench = new Bench('handshake:250ms');
  let answers = 0;
  bench.handshake().begin(() => answers++);
  bench.clock.passTo(249_999);
  assert.equal(answers, 0);
  await bench.hub.closeAll(0);
  assert.equal(answers, 0);
  assert.equal(bench.clock.waiting, 0);
});

test('slow reader: stops after its last message, reads on after a pause, and is heard when the server stops', async () => {
  const stops = new Bench('slow-reader:2');
  const peer = stops.open();
  stops.echo(peer, 'a');
  assert.equal(peer.isRead, true);
  stops.echo(peer, 'b');
  assert.equal(peer.isRead, false);
  stops.clock.passTo(60_000_000);
  assert.equal(peer.isRead, false);
  const closing = stops.hub.closeAll(0);
  assert.equal(peer.isRead, true);
  stops.hub.onClose(peer);
  await closing;

  const slow = new Bench('slow-reader:10/s');
  const other = slow.open();
  // Three with one read: the next one is due 300 ms later.
  for (const content of ['a', 'b', 'c']) slow.echo(other, content);
  slow.clock.passTo(299_000);
  assert.equal(other.isRead, false);
  slow.clock.passTo(300_200);
  assert.equal(other.isRead, true);
});

test('misdelivered to the next connection in the order of opening, to its own where there is no other', () => {
  const bench = new Bench('misdeliver:100%');
  const peers = [bench.open(), bench.open(), bench.open()];
  for (const [index, peer] of peers.entries()) bench.echo(peer, `${index}`);
  assert.deepEqual(
    peers.map(({ sent }) => sent.map((text) => JSON.parse(text).content).join()),
    ['2', '0', '1'],
  );
  peers[1]!.state.isClosing = true;
  bench.echo(peers[0]!, 'past the one that closes');
  assert.equal(peers[2]!.sent.length, 2);
  for (const gone of peers.slice(1)) bench.hub.onClose(gone);
  bench.echo(peers[0]!, 'alone');
  const last = bench.log.at(-1);
  assert.deepEqual([last?.kind === 'message' && last.did, peers[0]!.sent.length], ['echo', 2]);
});
