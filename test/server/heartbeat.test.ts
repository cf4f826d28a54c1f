import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from '../../src/server/heartbeat.js';
import { FakePeer } from './fake-peer.js';

const INTERVAL_MS = 320;
const SLICES = 32;

function manual(count: number) {
  let nowMs = 1;
  const peers = new Set(Array.from({ length: count }, () => new FakePeer()));
  const heartbeat = new Heartbeat(
    INTERVAL_MS,
    peers,
    () => nowMs,
    (peer) => peer.terminate(),
  );
  const slice = () => {
    heartbeat.pingSlice();
    nowMs += INTERVAL_MS / SLICES;
  };
  const round = () => {
    for (let i = 0; i < SLICES; i += 1) slice();
  };
  return { peers, slice, round };
}

test('a round pings every peer once, spread over its slices', () => {
  const { peers, slice, round } = manual(1000);
  slice();
  assert.equal([...peers].filter((peer) => peer.pings === 1).length, Math.ceil(1000 / SLICES));
  for (let i = 1; i < SLICES; i += 1) slice();
  assert.ok([...peers].every((peer) => peer.pings === 1));
  for (const peer of peers) peer.state.pingedAtMs = 0;
  round();
  assert.ok([...peers].every((peer) => peer.pings === 2 && !peer.isCut));
});

test('the peers that did not answer are cut when their next ping is due', () => {
  const { peers, round } = manual(100);
  const all = [...peers];
  round();
  for (const peer of all.slice(0, 60)) peer.state.pingedAtMs = 0;
  assert.ok(all.every((peer) => !peer.isCut));
  round();
  assert.deepEqual(
    all.map((peer) => peer.isCut),
    all.map((_, i) => i >= 60),
  );
});

test('a peer that moved forward in the round is not cut before it had time to answer', () => {
  const { peers, round } = manual(320);
  round();
  // All but the last pinged leave, so that it comes first in the next round, a moment after its ping.
  const last = [...peers].at(-1)!;
  for (const peer of [...peers]) if (peer !== last) peers.delete(peer);
  round();
  assert.equal(last.isCut, false);
  round();
  assert.equal(last.isCut, true);
});

test('a closing peer gets no ping, and is cut when it never finishes', () => {
  const { peers, round } = manual(1);
  const [peer] = peers;
  peer!.end();
  round();
  round();
  assert.deepEqual([peer!.pings, peer!.isCut], [0, true]);
});
