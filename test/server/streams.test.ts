import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dueBy, Streams, streamText } from '../../src/server/streams.js';
import { FakePeer } from './fake-peer.js';

const ONE_TICK = 64;

/** Streams under a clock that stands still until it is told; the real timer never comes to matter. */
function manual() {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, epochMs: () => 1_700_000_000_000 + nowMs };
  const streams = new Streams(clock, (peer, text) => void peer.deliver(text, false));
  return {
    streams,
    at: (ms: number) => {
      nowMs = ms;
      streams.tick();
    },
  };
}

test('message i is due at i / rate, whatever the rate: no drift', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 999_999 }),
      fc.double({ min: 0.01, max: 100_000, noNaN: true }),
      (i, rate) => {
        const spec = { count: 1_000_000, ratePerSecond: rate, sizeBytes: 0 };
        assert.equal(dueBy(spec, (i * 1000) / rate), i + 1);
      },
    ),
  );
  assert.equal(dueBy({ count: 3, ratePerSecond: 10, sizeBytes: 0 }, 1e9), 3);
});

test('a late tick is made up for, and the schedule stays where it was', () => {
  const { streams, at } = manual();
  const peer = new FakePeer();
  streams.start(peer, { count: 100, ratePerSecond: 100, sizeBytes: 64 });
  assert.equal(peer.sent.length, 1);
  at(9.9);
  assert.equal(peer.sent.length, 1);
  at(10);
  assert.equal(peer.sent.length, 2);
  at(505);
  assert.equal(peer.sent.length, 51);
  at(510);
  assert.equal(peer.sent.length, 52);
  streams.stopAll();
});

test('one tick sends at most 64 of a stream, so others get theirs', () => {
  const { streams, at } = manual();
  const [fast, slow] = [new FakePeer(), new FakePeer()];
  streams.start(fast, { count: 10_000, ratePerSecond: 100_000, sizeBytes: 0 });
  streams.start(slow, { count: 10, ratePerSecond: 100, sizeBytes: 0 });
  const before = fast.sent.length;
  at(50);
  assert.equal(fast.sent.length, before + ONE_TICK);
  assert.equal(slow.sent.length, 6);
  streams.stopAll();
});

test('a stream ends when all is sent, when its peer closes, and when its peer is gone', () => {
  const { streams, at } = manual();
  const [short, closing, gone] = [new FakePeer(), new FakePeer(), new FakePeer()];
  streams.start(short, { count: 3, ratePerSecond: 1000, sizeBytes: 0 });
  for (const peer of [closing, gone]) streams.start(peer, { count: 1000, ratePerSecond: 1000, sizeBytes: 0 });
  at(1);
  closing.end();
  streams.stop(gone);
  const sent = gone.sent.length;
  at(10);
  assert.deepEqual([short.sent.length, short.state.streams], [3, 0]);
  assert.equal(closing.sent.length, 2);
  assert.equal(gone.sent.length, sent);
  assert.equal(streams.size, 0);
});

test('messages have the size asked for, or the least that holds their fields', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 999_999 }), (sizeBytes, index) => {
      const spec = { count: 1_000_000, ratePerSecond: 1, sizeBytes };
      const text = streamText(spec, index, 1_700_000_000_000.25, 'x'.repeat(sizeBytes));
      const message = JSON.parse(text);
      assert.deepEqual([message.index, message.count, message.sentAtMs], [index, 1_000_000, 1_700_000_000_000.25]);
      assert.ok(text.length === sizeBytes || (sizeBytes < 100 && message.pad === undefined));
    }),
  );
});
