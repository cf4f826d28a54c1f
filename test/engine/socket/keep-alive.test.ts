/**
 * Pings that keep connections alive: one an interval on each, spread, counted apart, and none where none is asked for.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeepAlive } from '../../../src/engine/socket/keep-alive.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import type { Cell } from '../../../src/plan/cell.js';
import { concurrencyNotes } from '../../../src/verdict/notes.js';
import { judgeTarget } from '../../../src/verdict/target-status.js';
import { cellWith } from '../../plan/cell-builder.js';
import { ManualClock } from '../manual-clock.js';
import { runEngine } from '../run-engine.js';

const silent = (changes: Partial<Cell> = {}) =>
  cellWith({ rate: { from: 0, to: 0 }, warmupMs: 0, durationMs: 6000, connectRate: 5, ...changes });

/** A run against a proxy that cuts what was silent for 2 s, with this close code. */
async function behindProxy(cell: Cell, code: number): Promise<CellResult> {
  const { result } = await runEngine(cell, {}, ({ clock, server }) => {
    const look = () => {
      for (const connection of server.connections) {
        if (connection === undefined || !connection.isOpen) continue;
        const since = Math.max(connection.receivedUs, connection.times.openUs!);
        if (clock.nowUs() - since >= 2_000_000) connection.drop(code);
      }
      clock.after(10, look);
    };
    look();
  });
  assert.deepEqual(result.laws, []);
  return result;
}

test('each connection is pinged once an interval, one after the other', async () => {
  const clock = new ManualClock();
  const at: [number, number][] = [];
  const startUs = clock.nowUs();
  const ping = (connection: number) => at.push([connection, Math.round((clock.nowUs() - startUs) / 1000)]);
  const keepAlive = new KeepAlive({ intervalMs: 1000, connections: 4, clock, ping });
  keepAlive.start();
  await clock.runUntilSettled(new Promise<void>((resolve) => clock.after(2050, resolve)));
  keepAlive.stop();
  assert.deepEqual(
    at.map(([connection]) => connection),
    [0, 1, 2, 3, 0, 1, 2, 3],
  );
  for (const [index, [, ms]] of at.entries())
    assert.ok(ms >= 250 * (index + 1) && ms < 250 * (index + 1) + 100, `${ms}`);
});

test('a shorter interval holds from then on, a longer one never', async () => {
  const clock = new ManualClock();
  let pings = 0;
  const keepAlive = new KeepAlive({ intervalMs: 60_000, connections: 2, clock, ping: () => pings++ });
  const after = (ms: number) => clock.runUntilSettled(new Promise<void>((resolve) => clock.after(ms, resolve)));
  keepAlive.start();
  await after(10_000);
  assert.equal(pings, 0);
  keepAlive.atMost(1000);
  await after(3050);
  assert.equal(pings, 6);
  keepAlive.atMost(5000);
  await after(3000);
  assert.equal(pings, 12);
  keepAlive.stop();
});

describe('behind a proxy that cuts idle connections', () => {
  for (const code of [1006, 1001, 1000]) {
    test(`cut with ${code}: the idle limit is named and how to keep alive, not a target that is down`, async () => {
      const result = await behindProxy(silent(), code);
      assert.equal(result.endedAfterSilence!.count, 10);
      assert.equal(result.connections.held, 0);
      const { status, reasons } = judgeTarget(result, 'valid');
      assert.equal(status, 'ok');
      assert.deepEqual(
        reasons.map(({ code: reason, side }) => [reason, side]),
        [['idle_cut', 'unknown']],
      );
      assert.match(reasons[0]!.message, /10 of 10 connections .* each after about 2 s .*10 x 1\d\d\d/);
      assert.match(reasons[0]!.fix!, /--keep-alive 1s \(keepAlive/);
    });
  }

  test('kept alive, all are held; the pings are counted apart from messages', async () => {
    const result = await behindProxy(silent({ keepAliveMs: 1000 }), 1006);
    assert.deepEqual([result.connections.held, result.endedAfterSilence], [10, undefined]);
    const { pings, pongs } = result.keepAlive!;
    assert.ok(pings >= 10 * 6 && pongs === pings, `${pings} pings, ${pongs} pongs`);
    const { sent, received } = result.flows[0]!.messages;
    assert.deepEqual([sent, received, result.bytes.sent], [0, 0, 0]);
    assert.match(
      concurrencyNotes([{ ...result, validity: 'valid' }])
        .map(({ text }) => text)
        .join(),
      /kept alive by \d+ pings, \d+ answered/,
    );
  });

  test('all at once may as well be a target that died: it stays down, and the hint is there', async () => {
    const { result } = await runEngine(silent({ connectRate: 500 }), {}, ({ clock, server }) =>
      clock.after(2000, () => server.connections.map((connection) => connection.drop(1006))),
    );
    const { status, reasons } = judgeTarget(result, 'valid');
    assert.equal(status, 'down');
    assert.match(reasons[0]!.fix!, /look at the log.*--keep-alive 1s/);
  });

  test('a target that dies under traffic is no idle limit', async () => {
    const { result } = await runEngine(cellWith({ durationMs: 4000 }), {}, ({ clock, server }) =>
      clock.after(3000, () => server.connections.map((connection) => connection.drop(1006))),
    );
    const { status, reasons } = judgeTarget(result, 'valid');
    assert.equal(status, 'down');
    assert.doesNotMatch(reasons[0]!.fix!, /keep-alive/);
  });
});

test('nothing is pinged unless asked for; a load with messages goes on as without', async () => {
  const without = await runEngine(cellWith(), {});
  assert.equal(without.result.keepAlive, undefined);
  assert.ok(without.server.connections.every(({ keptAlive }) => keptAlive === 0));
  const { result } = await runEngine(cellWith({ keepAliveMs: 100 }), {});
  assert.deepEqual(result.flows[0]!.messages, without.result.flows[0]!.messages);
  assert.deepEqual([result.pingUs.count, result.connections.held], [10, 10]);
});
