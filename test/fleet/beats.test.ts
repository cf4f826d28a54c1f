import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Beats } from '../../src/fleet/beats.js';
import { BEAT_MS } from '../../src/fleet/orders.js';
import { InventedTime } from '../bus/memory-bus.js';

/** The beats of so many agents in `ms`: when, and to whom. */
async function beatsOf(agents: number, ms: number) {
  const time = new InventedTime();
  const told: { readonly agent: number; readonly atMs: number }[] = [];
  const members = Array.from({ length: agents }, (_, agent) => agent);
  const beats = new Beats(members, (agent) => told.push({ agent, atMs: time.nowUs / 1000 }), time.clock());
  time.after(ms, () => beats.end());
  await time.rest();
  return told;
}

describe('beats', () => {
  test('of a thousand agents are sent in ten groups over the second, each agent once a second', async () => {
    const told = await beatsOf(1000, 5 * BEAT_MS + 50);
    const atOnce = new Map<number, number>();
    for (const { atMs } of told) atOnce.set(atMs, (atOnce.get(atMs) ?? 0) + 1);
    assert.deepEqual(
      [...atOnce],
      Array.from({ length: 50 }, (_, i) => [(i + 1) * (BEAT_MS / 10), 100]),
    );
    for (let agent = 0; agent < 1000; agent++) {
      const own = told.filter((beat) => beat.agent === agent).map(({ atMs }) => atMs);
      assert.deepEqual(
        own.map((atMs) => atMs - own[0]!),
        [0, 1, 2, 3, 4].map((second) => second * BEAT_MS),
      );
    }
  });

  test('of fewer agents than groups are one at a time', async () => {
    const told = await beatsOf(3, 2 * BEAT_MS + 1);
    assert.deepEqual(
      told.map(({ agent }) => agent),
      [0, 1, 2, 0, 1, 2],
    );
    assert.deepEqual(
      (await beatsOf(1, 3 * BEAT_MS + 1)).map(({ atMs }) => atMs),
      [1000, 2000, 3000],
    );
    assert.deepEqual(await beatsOf(0, 3 * BEAT_MS), []);
  });
});
