import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rng } from '../../src/stats/rng.js';
import { cellWith } from '../plan/cell-builder.js';
import type { Answer } from './fake-server.js';
import { runEngine } from './run-engine.js';

const SEEDS = 150;

/** A server that drops, delays, repeats, alters, swaps and misdelivers, on connections that fail and break. */
async function simulate(seed: number): Promise<void> {
  const rng = new Rng(seed);
  const connections = 1 + rng.below(12);
  const model = (['open', 'open', 'closed'] as const)[rng.below(3)]!;
  const match = (['sequence', 'sequence', 'order', 'none'] as const)[rng.below(4)]!;
  const cell = cellWith({
    model,
    arrival: model === 'open' && rng.below(2) === 0 ? 'poisson' : 'constant',
    connections: { from: connections, to: connections },
    rate: model === 'open' ? { from: 20 + rng.below(500), to: 20 + rng.below(1) } : null,
    reply: { match, field: 'sequence', echo: { kind: 'full' }, timeoutMs: 50 + rng.below(400) },
    inFlight: 1 + rng.below(3),
    thinkMs: rng.below(20),
    warmupMs: rng.below(3) * 350,
    durationMs: 300 + rng.below(1500),
    maxInFlight: 5 + rng.below(100),
    seed,
  });
  const steady = cell.rate === null ? null : { from: cell.rate.from, to: cell.rate.from };
  const answer = (_index: number, bytes: Buffer): Answer[] => {
    const afterMs = rng.below(8) === 0 ? rng.below(700) : rng.below(10);
    const kind = rng.below(30);
    if (kind === 0) return [];
    if (kind === 1) return [{ afterMs }, { afterMs: afterMs + rng.below(500) }];
    if (kind === 2) return [{ afterMs, to: rng.below(connections) }];
    if (kind === 3) return [{ afterMs, bytes: Buffer.from(bytes.toString().replace('x', 'y')) }];
    if (kind === 4) return [{ afterMs }, { afterMs: 1, bytes: Buffer.from('hello') }];
    return [{ afterMs }];
  };
  const { result } = await runEngine(
    { ...cell, rate: steady },
    { answer, connectMs: () => (rng.below(15) === 0 ? null : rng.below(30)), pong: rng.below(10) > 0 },
    ({ clock, server, engine, t0Us }) => {
      const leadMs = (t0Us - clock.nowUs()) / 1000;
      for (let i = rng.below(4); i > 0; i--) {
        const victim = rng.below(connections);
        clock.after(leadMs + rng.below(2000), () => server.connections[victim]?.drop(rng.below(2) === 0 ? 1006 : 1011));
      }
      if (rng.below(4) === 0) clock.after(leadMs + rng.below(1500), () => clock.stall(rng.below(400_000)));
      if (rng.below(6) === 0) clock.after(rng.below(2500), () => engine.stop());
    },
  );
  assert.deepEqual(result.laws, [], `seed ${seed}`);
  assert.equal(result.connections.openAtEnd, 0, `seed ${seed}`);
}

test(`the laws hold in ${SEEDS} random cells`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    await simulate(seed).catch((error: unknown) => {
      throw new Error(`simulation failed with seed ${seed}`, { cause: error });
    });
  }
});
