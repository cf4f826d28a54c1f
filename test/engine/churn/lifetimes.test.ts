import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCell } from '../../../src/verdict/validity.js';
import { cellWith } from '../../plan/cell-builder.js';
import { runEngine } from '../run-engine.js';
import { CHURN, failed, messages, NEVER } from './churn-cells.js';

test('churn: as many connects as the plan says, each connection closed with 1000, and no message lost', async () => {
  const { result } = await runEngine(cellWith(CHURN), {});
  assert.deepEqual(result.laws, []);
  assert.deepEqual(result.churn, {
    ...{ lifetime: 'fixed', meanMs: 500, ended: 80, opened: 80, askedPerSecond: 40, openedPerSecond: 40 },
  });
  const { attempts, opened, failed: refused, held, closedDirty, openAtEnd } = result.connections;
  assert.deepEqual(
    { attempts, opened, refused, held, closedDirty, openAtEnd },
    { ...{ attempts: 120, opened: 120, refused: 0, held: 20, closedDirty: 0, openAtEnd: 0 } },
  );
  assert.deepEqual(result.closeCodes, [{ code: 1000, clean: true, by: 'client', count: 120 }]);
  const { planned, answered, notConnected, lost } = messages(result);
  assert.deepEqual(
    { planned, answered, notConnected, lost },
    { planned: 400, answered: 400, notConnected: 0, lost: 0 },
  );
  assert.deepEqual(failed(result), []);
  assert.equal(judgeCell(result, []).target, 'ok');
});

test('churn: a connection waits for its last replies before it closes, and takes no new message meanwhile', async () => {
  const cell = cellWith({ ...CHURN, warmupMs: 0 });
  const { result, server } = await runEngine(cell, { answer: () => [{ afterMs: 150 }] });
  assert.deepEqual(result.laws, []);
  assert.equal(messages(result).lost, 0);
  assert.equal(messages(result).answered, 400);
  // At 40 ends a second some 5 of 20 are waiting at any time: what was theirs went to the others.
  assert.equal(server.received.length, 400);
  assert.deepEqual(failed(result), []);
});

test('churn: no reply is taken for a message that was sent on an earlier connection', async () => {
  const connections = { from: 1, to: 1 };
  const cell = cellWith({
    ...{ connections, rate: { from: 20, to: 20 }, warmupMs: 0, lifetime: { kind: 'fixed', meanMs: 400 } },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 100 },
    drainMs: 500,
  });
  // Every reply comes a whole lifetime late, on whatever connection there is then.
  const { result } = await runEngine(cell, { answer: () => [{ afterMs: 400, to: 0 }] });
  assert.deepEqual(result.laws, []);
  const { answered, late, unexpected, timedOut, sent } = messages(result);
  assert.deepEqual({ answered, late }, { answered: 0, late: 0 });
  assert.equal(timedOut, sent);
  assert.ok(unexpected > 10, `${unexpected} strangers`);
});

test('a lifetime that ends before its connection opened ends it as soon as it opens', async () => {
  const lifetime = { kind: 'fixed', meanMs: 500 } as const;
  const cell = cellWith({ connections: { from: 2, to: 2 }, lifetime, warmupMs: 0, durationMs: 3000 });
  const { result } = await runEngine(cell, { connectMs: () => 700 });
  // 12 lifetimes end in 3 s. Each connection only closes, 1 ms, and connects, 700 ms, from its first end on: the first
  // from 125 ms to 826, 1527, 2228 and 2929 ms, the second from 375 ms to 1076, 1777 and 2478 ms.
  assert.deepEqual([result.churn!.ended, result.churn!.opened, result.connections.held], [12, 7, 2]);
  assert.deepEqual(result.laws, []);
});

test('a longer measured time goes on replacing; once replacing has ended, lifetimes only count as ended', async () => {
  const cell = cellWith({ ...CHURN, warmupMs: 0 });
  // A lifetime ends every 25 ms, at 1987.5 and 2012.5 ms around the planned end: at 1995 ms no end is awaited.
  for (const [extendedMs, opened, socketsAfter2500Ms] of [
    [1000, 120, 20 + 100],
    [1995, 120, 20 + 100],
    [2050, 80, 20 + 80],
  ] as const) {
    let sockets = 0;
    const { result } = await runEngine(
      cell,
      {},
      ({ clock, engine, server, t0Us }) => {
        const at = (ms: number, callback: () => void) => clock.after((t0Us - clock.nowUs()) / 1000 + ms, callback);
        at(extendedMs, () => engine.extend(3000));
        at(2500, () => {
          sockets = server.sockets.flat().length;
        });
      },
      3000,
    );
    const { ended, opened: successors } = result.churn!;
    assert.deepEqual([ended, successors, sockets], [120, opened, socketsAfter2500Ms], `extended at ${extendedMs} ms`);
    assert.deepEqual(result.laws, []);
  }
});

test('churn in a closed loop: each successor begins with just as many messages in flight', async () => {
  const cell = cellWith({ ...CHURN, model: 'closed', rate: null, inFlight: 2, thinkMs: 700 });
  const { result, server } = await runEngine(cell, {});
  assert.deepEqual(result.laws, []);
  assert.deepEqual(failed(result), []);
  // No lifetime is as long as `think`: each connection sends its first messages and no more.
  assert.equal(server.received.length, 2 * result.connections.opened);
});

test('a successor that is refused is tried again when its own lifetime would be over', async () => {
  let connects = 0;
  const cell = cellWith({ ...CHURN, warmupMs: 0, connections: { from: 2, to: 2 }, reconnect: NEVER });
  const { result } = await runEngine(cell, { connectMs: () => (connects++ === 2 ? null : 1) });
  // Of 8 lifetimes in 2 s one had no successor until the next was due.
  assert.deepEqual([result.churn!.ended, result.churn!.opened], [8, 7]);
  assert.equal(result.connections.held, 1);
  assert.deepEqual(result.laws, []);
  assert.deepEqual(
    failed(result).map(({ gate }) => gate),
    ['held'],
  );
});
