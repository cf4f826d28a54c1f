import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import type { Cell } from '../../../src/plan/cell.js';
import { droppedBy } from '../../../src/plan/drops.js';
import type { ReconnectSpec } from '../../../src/profile/profile.js';
import { judgeCell } from '../../../src/verdict/validity.js';
import { cellWith } from '../../plan/cell-builder.js';
import { Cluster, runEngine } from '../run-engine.js';
import { CHURN, failed, IMMEDIATE, messages, NEVER } from './churn-cells.js';

/** An event of the plan cuts half of 20 connections after one second of two. */
const CUT: Partial<Cell> = {
  ...CHURN,
  lifetime: null,
  warmupMs: 0,
  reconnect: IMMEDIATE,
  events: [{ kind: 'disconnect', atMs: 1000, share: 0.5 }],
};

/** There is no instrument check on a fake server, and every cell says so: that is left out. */
function reasonsOf(result: CellResult) {
  return judgeCell(result, []).reasons.filter(({ code }) => code !== 'error_unknown');
}

test('a cut with immediate: half is lost and at once back, and the target is not blamed for the plan', async () => {
  const { result } = await runEngine(cellWith(CUT), { connectMs: () => 40 });
  assert.deepEqual(result.laws, []);
  const [event] = result.events!;
  const { heldBefore, dropped, heldAfter, recoveredMs, peakConnectsPerSecond } = event!;
  assert.deepEqual(
    { heldBefore, dropped, heldAfter, recoveredMs, peakConnectsPerSecond },
    { heldBefore: 20, dropped: 10, heldAfter: 20, recoveredMs: 40, peakConnectsPerSecond: 10 },
  );
  // 200 msg/s over 20 connections: 4 of the 8 due in 40 ms were due on those that were cut, give or take the last one.
  assert.ok(event!.notConnected >= 2 && event!.notConnected <= 6, `${event!.notConnected} found no connection`);
  assert.equal(messages(result).notConnected, event!.notConnected);
  assert.deepEqual(failed(result), []);
  assert.deepEqual([judgeCell(result, []).target, reasonsOf(result)], ['ok', []]);
  assert.equal(result.connections.held, 20);
});

test('a lifetime that ends while its connection is being cut leaves no connection behind', async () => {
  // The second in which all are cut is that of an end, to the instant.
  const cell = cellWith({
    ...{ ...CUT, lifetime: { kind: 'fixed', meanMs: 500 } },
    events: [{ kind: 'disconnect', atMs: 1012.5, share: 1 }],
  });
  const { result } = await runEngine(cell, {});
  assert.deepEqual(result.laws, []);
  const { attempts, opened, openAtEnd, held } = result.connections;
  assert.deepEqual({ attempts, openAtEnd, held }, { attempts: opened, openAtEnd: 0, held: 20 });
  assert.equal(result.events![0]!.dropped, 20);
  assert.deepEqual(failed(result), []);
});

test('what was in flight when the plan cut it is lost in the gap, and held against nobody', async () => {
  const { result } = await runEngine(cellWith(CUT), { answer: () => [{ afterMs: 200 }] });
  const { lostInFlight } = result.events![0]!;
  assert.ok(lostInFlight > 10, `${lostInFlight} lost`);
  assert.equal(messages(result).lost, lostInFlight);
  assert.deepEqual(failed(result), []);
  assert.deepEqual(result.laws, []);
});

test('a cut with backoff: those that are refused wait longer each time', async () => {
  const attempts = new Map<number, number>();
  const backoff: ReconnectSpec = { policy: 'backoff', baseMs: 100, capMs: 250, jitter: 'none' };
  const cell = cellWith({ ...CUT, reconnect: backoff });
  const { result } = await runEngine(cell, {
    connectMs: (c) => {
      attempts.set(c, (attempts.get(c) ?? 0) + 1);
      return [2, 3, 4].includes(attempts.get(c)!) ? null : 1;
    },
  });
  // 100 ms, refused after 1; 200, refused; 250, refused; 250, open after 1.
  const { recoveredMs, dropped } = result.events![0]!;
  assert.deepEqual([recoveredMs, dropped], [804, 10]);
  assert.equal(result.connections.failed, 30);
  assert.deepEqual(failed(result), []);
  assert.deepEqual(result.laws, []);
});

test('never: what is lost stays lost, which is what was asked for', async () => {
  const { result } = await runEngine(cellWith({ ...CUT, reconnect: NEVER }), {});
  const { recoveredMs, heldAfter, notConnected } = result.events![0]!;
  assert.deepEqual([recoveredMs, heldAfter, notConnected], [null, 10, 100]);
  assert.deepEqual(failed(result), []);
  assert.equal(judgeCell(result, []).target, 'ok');
});

test('connections that do not come back after a cut fail the gate, whoever refuses them', async () => {
  let isCut = false;
  const { result } = await runEngine(cellWith(CUT), { connectMs: () => (isCut ? null : 1) }, ({ clock, t0Us }) =>
    clock.after((t0Us - clock.nowUs()) / 1000 + 500, () => (isCut = true)),
  );
  assert.deepEqual(
    failed(result).map(({ gate, message }) => `${gate}: ${message}`),
    ['recovered: disconnect of 50 % at 1 s: 99 % never held again: 10 of the 20 wanted were held in the end'],
  );
  assert.equal(judgeCell(result, []).target, 'overloaded');
});

test('a restart: what the server closes then, and refuses until it is back, is the plan’s doing', async () => {
  const cell = cellWith({ ...CUT, events: [{ kind: 'restart', atMs: 1000 }] });
  let isDown = false;
  const { result } = await runEngine(cell, { connectMs: () => (isDown ? null : 1) }, ({ clock, server, t0Us }) => {
    const at = (ms: number, callback: () => void) => clock.after((t0Us - clock.nowUs()) / 1000 + ms, callback);
    at(1010, () => {
      isDown = true;
      for (const connection of server.connections) connection.drop(1001);
    });
    at(1200, () => (isDown = false));
  });
  const { dropped, recoveredMs, refused, peakConnectsPerSecond } = result.events![0]!;
  // Tried at once at 1010, refused after 1 ms, and every 101 ms from then on: 1111 in vain, 1212 with success after 1.
  assert.deepEqual({ dropped, recoveredMs, refused }, { dropped: 20, recoveredMs: 213, refused: 40 });
  assert.equal(peakConnectsPerSecond, 60);
  assert.deepEqual(
    result.errors.map(({ phase }) => phase),
    ['restart'],
  );
  assert.deepEqual(result.laws, []);
  assert.deepEqual(failed(result), []);
  assert.deepEqual(reasonsOf(result), []);
});

test('a server that lets some in while it goes: they are the plan’s doing too, and no longer once it is back', async () => {
  const events = [{ kind: 'restart', atMs: 1000 } as const];
  const cell = cellWith({ ...CHURN, warmupMs: 0, durationMs: 3000, reconnect: IMMEDIATE, events });
  const restarted = async (dropsAgain: boolean) => {
    const { result } = await runEngine(cell, {}, ({ clock, server, engine, t0Us }) => {
      const at = (ms: number, callback: () => void) => clock.after((t0Us - clock.nowUs()) / 1000 + ms, callback);
      // One lifetime ends in between, and its successor is let in.
      at(1020, () => {
        for (const connection of server.connections) if (connection.isOpen) connection.drop(1001);
      });
      at(1100, () => engine.restarted(0));
      if (dropsAgain) at(1500, () => server.connections.at(-1)!.drop(1011));
    });
    assert.deepEqual(result.laws, []);
    return [...failed(result), ...reasonsOf(result)].map(({ message }) => message);
  };
  assert.deepEqual(await restarted(false), []);
  assert.deepEqual(await restarted(true), [
    '19 of 20 connections held (lost: 20 x 1001, 1 x 1011)',
    'the target ended 1 open connections: 20 x 1001, 1 x 1011',
  ]);
});

test('a connection that the server drops by itself is tried again, and held against the server', async () => {
  const { result } = await runEngine(cellWith({ ...CUT, events: [] }), {}, ({ clock, server, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 500, () => server.connections[3]!.drop(1011));
  });
  assert.equal(result.connections.opened, 21);
  assert.equal(result.connections.held, 19);
  assert.equal(judgeCell(result, []).target, 'overloaded');
  assert.deepEqual(result.laws, []);
});

test('recovery over several workers: the instant at which the last of all of them is back', async () => {
  const cell = cellWith(CUT);
  const cut = droppedBy(cell, 0);
  const slow = cut[cut.length - 1]!;
  let isOver = false;
  const cluster = new Cluster(cell, 3, { connectMs: (c) => (isOver && c === slow ? 123 : 2) });
  await cluster.connect();
  isOver = true;
  await cluster.run(cluster.clock.nowUs() + 60_000);
  const result = cluster.finish();
  const { dropped, recoveredMs, peakConnectsPerSecond } = result.events![0]!;
  assert.deepEqual(
    { dropped, recoveredMs, peakConnectsPerSecond },
    {
      ...{ dropped: 10, recoveredMs: 123, peakConnectsPerSecond: 10 },
    },
  );
  assert.deepEqual(result.laws, []);
});

test('sessions that the server ends by design are held until their successor opens, or fails', async () => {
  const reconnect = { policy: 'immediate', baseMs: 100, capMs: 1000, jitter: 'none' } as const;
  for (const [code, connectMs, held] of [
    [1000, () => 1, 10],
    [1001, () => 20, 10],
    [1011, () => 1, 9],
  ] as const) {
    const { result } = await runEngine(cellWith({ reconnect }), { connectMs }, ({ clock, server, t0Us }) => {
      for (const [connection, atMs] of [
        [2, 1305],
        [7, 1805],
      ] as const)
        clock.after((t0Us - clock.nowUs()) / 1000 + atMs, () => server.connections[connection]!.drop(code));
    });
    assert.deepEqual([result.connections.opened, result.connections.held], [12, held], `code ${code}`);
    assert.deepEqual(result.laws, []);
  }
});
