import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SENDS_PER_TICK } from '../../src/engine/pacing/scheduler.js';
import { cellWith } from '../plan/cell-builder.js';
import { clientFrames } from './client-frames.js';
import type { FakeServerOptions } from './fake-server.js';
import { runEngine } from './run-engine.js';

/** One second at 1000/s, in the middle of which the worker stands still for 320 ms. */
async function stalled(connections: number, options: Omit<FakeServerOptions, 'clock'> = {}, bytes = 64) {
  const cell = cellWith({
    connections: { from: connections, to: connections },
    rate: { from: 1000, to: 1000 },
    message: { format: 'json', size: { kind: 'fixed', bytes }, template: null },
    warmupMs: 0,
    durationMs: 1000,
  });
  const run = await runEngine(cell, options, ({ clock, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 500, () => clock.stall(320_000));
  });
  assert.equal(run.result.flows[0]!.messages.answered, 1000);
  assert.deepEqual(run.result.laws, []);
  return { ...run, perWrite: run.server.writes.map(({ copy }) => clientFrames(copy).length) };
}

test('what is due on one socket in one tick goes out as one write, 64 messages at most', async () => {
  const { perWrite } = await stalled(1);
  assert.equal(perWrite.filter((messages) => messages === SENDS_PER_TICK).length, 5);
  assert.equal(Math.max(...perWrite), SENDS_PER_TICK);
});

test('a tick with several sockets writes to each of them once, in order', async () => {
  const { perWrite, server } = await stalled(4);
  assert.equal(Math.max(...perWrite), SENDS_PER_TICK / 4);
  const first = perWrite.indexOf(SENDS_PER_TICK / 4);
  const indices = server.writes.slice(first, first + 4).map(({ index }) => index);
  assert.equal(new Set(indices).size, 4);
  for (const index of indices) {
    const mine = server.received.filter((message) => message.index === index).map(({ bytes }) => String(bytes));
    assert.deepEqual(mine, [...mine].sort());
  }
});

test('large frames are not copied into a batch', async () => {
  const { perWrite } = await stalled(1, {}, 20_000);
  assert.equal(Math.max(...perWrite), 1);
});

test('small frames that do not fit one batch go out as several writes', async () => {
  const { perWrite } = await stalled(1, {}, 1000);
  assert.equal(Math.max(...perWrite), 16);
});

test('what a busy socket keeps is not written over', async () => {
  for (const bytes of [64, 1000]) {
    const { server } = await stalled(3, { keeps: true }, bytes);
    for (const write of server.writes) assert.ok(write.bytes.equals(write.copy));
  }
});

test('all messages of a write bear the same instant, taken no earlier than they are due', async () => {
  const { result } = await stalled(1);
  const lag = result.flows[0]!.latencyUs.lag!;
  assert.equal(lag.count, 1000);
  assert.ok(lag.max! >= 318_000 && lag.max! <= 323_000, `largest lag ${lag.max} us`);
});
