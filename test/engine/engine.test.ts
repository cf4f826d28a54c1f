import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { cellWith } from '../plan/cell-builder.js';
import { runEngine } from './run-engine.js';

const messages = (result: CellResult) => result.flows[0]!.messages;

test('every planned message is sent in its second, answered, and nothing is left behind', async () => {
  const { result, clock, server } = await runEngine(cellWith(), {});
  assert.equal(messages(result).planned, 200);
  assert.equal(messages(result).answered, 200);
  assert.equal(result.flows[0]!.warmup.answered, 100);
  assert.deepEqual(result.laws, []);
  assert.deepEqual(
    result.seconds.map(({ phase, second, answered }) => [phase, second, answered]),
    [
      ['warmup', 0, 100],
      ['measure', 0, 100],
      ['measure', 1, 100],
    ],
  );
  assert.equal(result.connections.held, 10);
  assert.deepEqual(result.closeCodes, [{ code: 1000, clean: true, by: 'client', count: 10 }]);
  assert.equal(server.received.length, 300);
  assert.equal(clock.timers, 0);
});

test('a cell that is extended goes on as if it had been planned so long', async () => {
  for (const changes of [{}, { arrival: 'poisson' as const }, { model: 'closed' as const, rate: null, thinkMs: 300 }]) {
    const planned = cellWith({ durationMs: 5000, ...changes });
    const whole = await runEngine(planned, {});
    const first = { ...planned, durationMs: 2000 };
    const during: Parameters<typeof runEngine>[2] = ({ clock, engine, t0Us }) => {
      clock.after((t0Us - clock.nowUs()) / 1000 + 2500, () => engine.extend(4000));
      clock.after((t0Us - clock.nowUs()) / 1000 + 4990, () => engine.extend(5000));
    };
    const { result, server, clock, t0Us } = await runEngine(first, {}, during, 60_000);
    assert.deepEqual(result.laws, []);
    assert.deepEqual(messages(result), messages(whole.result));
    const bySecond = ({ seconds }: CellResult) => seconds.map(({ second, answered }) => [second, answered]);
    assert.deepEqual(bySecond(result), bySecond(whole.result));
    const instants = (run: { server: typeof server; t0Us: number }) =>
      run.server.received.map(({ atUs }) => Math.round(atUs - run.t0Us));
    assert.deepEqual(instants({ server, t0Us }), instants(whole));
    assert.equal(clock.timers, 0);
  }
});

test('a cell that may be extended and is not ends at its planned end', async () => {
  const { result, server } = await runEngine(cellWith(), {}, () => {}, 60_000);
  assert.deepEqual([messages(result).planned, messages(result).unsentAtStop, server.received.length], [200, 0, 300]);
  assert.deepEqual(result.laws, []);
});

test('a worker that hears of it too late owes what it has not sent', async () => {
  const late: Parameters<typeof runEngine>[2] = ({ clock, engine, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 3150, () => engine.extend(3000));
  };
  const { result } = await runEngine(cellWith({ drainMs: 5000 }), { answer: () => [{ afterMs: 400 }] }, late, 60_000);
  assert.deepEqual([messages(result).planned, messages(result).sent, messages(result).unsentAtStop], [300, 200, 100]);
  assert.deepEqual(result.laws, []);
});

test('a worker without connections that stands still past its end hears first that the end was put off', async () => {
  const { result } = await runEngine(
    cellWith(),
    {},
    ({ clock, server, engine, t0Us }) => {
      const at = (ms: number, call: () => void) => clock.after((t0Us - clock.nowUs()) / 1000 + ms, call);
      at(1500, () => {
        for (const connection of server.connections) connection.drop(1011);
      });
      at(2900, () => clock.stall(1_000_000));
      at(2999, () => engine.extend(3000));
    },
    60_000,
  );
  const { planned, sent, notConnected } = messages(result);
  assert.deepEqual([planned, sent + notConnected], [300, 300]);
  assert.deepEqual(result.laws, []);
});

test('no message leaves before it is due, and lateness does not add up', async () => {
  const cell = cellWith({ rate: { from: 700, to: 700 }, connections: { from: 3, to: 3 } });
  const { server, t0Us } = await runEngine(cell, {});
  server.received.forEach(({ atUs }, i) => {
    const lateUs = atUs - t0Us - (i * 1e6) / 700;
    assert.ok(lateUs >= -0.001, `message ${i} was ${-lateUs} us early`);
    assert.ok(lateUs < 2000, `message ${i} was ${lateUs} us late`);
  });
});

test('after a stall everything due goes out late with its intended instant, at most 64 a tick', async () => {
  const cell = cellWith({ rate: { from: 1000, to: 1000 }, warmupMs: 0 });
  const { result, server } = await runEngine(cell, {}, ({ clock, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 500, () => clock.stall(300_000));
  });
  assert.equal(messages(result).sent, 2000);
  const lag = result.flows[0]!.latencyUs.lag!;
  assert.ok(lag.max! > 298_000 && lag.max! < 303_000, `largest lag ${lag.max} us`);
  assert.equal(server.received.length, 2000);
  assert.deepEqual(result.laws, []);
});

test('bytes count where their messages do, also where the worker comes late to the end of the warm-up', async () => {
  // Timers of whole milliseconds: the message due at 1000 ms goes out at 500.1 ms, the worker looks at 500.3 ms.
  const { result, server, t0Us } = await runEngine(cellWith({ warmupMs: 500 }), {}, ({ clock, t0Us }) => {
    clock.stall(300);
    clock.after((t0Us - clock.nowUs()) / 1000 + 402, () => clock.stall(9100));
  });
  assert.ok(server.received.some(({ atUs }) => Math.round(atUs - t0Us) === 500_100));
  const { bytes } = result;
  const { sent, received } = messages(result);
  assert.deepEqual([sent, received, bytes.sent, bytes.received], [200, 200, 12_800, 12_800]);
  assert.deepEqual(result.laws, []);
});

test('connections that are refused count as failed, their messages as not connected', async () => {
  const { result } = await runEngine(cellWith(), { connectMs: (index) => (index < 3 ? null : 1) });
  const { asked, attempts, opened, failed, held } = result.connections;
  assert.deepEqual(
    { asked, attempts, opened, failed, held },
    { asked: 10, attempts: 10, opened: 7, failed: 3, held: 7 },
  );
  assert.equal(messages(result).notConnected, 60);
  assert.deepEqual(result.errors, [{ phase: 'connect', code: 'ECONNREFUSED', count: 3 }]);
  assert.deepEqual(result.laws, []);
});

test('a reply after the timeout is late, a second copy of it a duplicate, no reply is lost', async () => {
  const cell = cellWith({
    ...{ connections: { from: 1, to: 1 }, rate: { from: 10, to: 10 }, warmupMs: 0 },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 500 },
  });
  let i = 0;
  const { result } = await runEngine(cell, {
    answer: () => {
      const kind = i++ % 5;
      if (kind === 0) return [];
      if (kind === 1) return [{ afterMs: 600 }, { afterMs: 650 }];
      if (kind === 2) return [{ afterMs: 5 }, { afterMs: 6 }];
      return [{ afterMs: 5 }];
    },
  });
  const { sent, answered, timedOut, late, duplicated, lost } = messages(result);
  // The last of the late ones would come after the drain, which ends as soon as nothing is in flight.
  assert.deepEqual(
    { sent, answered, timedOut, late, duplicated, lost },
    { sent: 20, answered: 12, timedOut: 8, late: 3, duplicated: 7, lost: 5 },
  );
  assert.deepEqual(result.laws, []);
  assert.equal(result.flows[0]!.latencyUs.response!.count, 12);
});

test('a reply on another connection is misdelivered, an altered one corrupted, an overtaken one reordered', async () => {
  const cell = cellWith({
    connections: { from: 2, to: 2 },
    rate: { from: 100, to: 100 },
    warmupMs: 0,
    durationMs: 1000,
  });
  let i = 0;
  const { result } = await runEngine(cell, {
    answer: (_index, bytes) => {
      i++;
      if (i === 11) return [{ afterMs: 1, to: 1 }];
      if (i === 21) return [{ afterMs: 1, bytes: Buffer.from(bytes.toString().replace('xx', 'yy')) }];
      if (i === 31) return [{ afterMs: 30 }];
      return [{ afterMs: 1 }];
    },
  });
  const { misdelivered, corrupted, reordered, timedOut, answered } = messages(result);
  assert.deepEqual(
    { misdelivered, corrupted, reordered, timedOut, answered },
    {
      ...{ misdelivered: 1, corrupted: 1, reordered: 1, timedOut: 1, answered: 99 },
    },
  );
  assert.deepEqual(result.laws, []);
});

test('what a server says unasked is unexpected, a clock reading of ten digits too', async () => {
  const cell = cellWith({ connections: { from: 1, to: 1 }, rate: { from: 10, to: 10 }, warmupMs: 0, durationMs: 1000 });
  const { result } = await runEngine(cell, {
    answer: () => [
      { afterMs: 1 },
      { afterMs: 2, bytes: Buffer.from('{"news":true}') },
      { afterMs: 3, bytes: Buffer.from('{"time":1795479144}') },
    ],
  });
  assert.equal(messages(result).answered, 10);
  assert.equal(messages(result).unexpected, 20);
  assert.deepEqual(result.laws, []);
});

test('a connection cut in the middle: what was in flight is lost on close, what was due later not connected', async () => {
  const cell = cellWith({ connections: { from: 1, to: 1 }, rate: { from: 100, to: 100 }, warmupMs: 0 });
  const { result } = await runEngine(cell, { answer: () => [{ afterMs: 50 }] }, ({ clock, server, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 1000, () => server.connections[0]!.drop(1006));
  });
  const { sent, lostOnClose, notConnected, answered } = messages(result);
  assert.equal(sent + notConnected, 200);
  assert.ok(lostOnClose >= 4 && lostOnClose <= 6);
  assert.equal(answered + lostOnClose, sent);
  assert.equal(result.connections.held, 0);
  assert.equal(result.connections.closedDirty, 1);
  assert.deepEqual(result.closeCodes, [{ code: 1006, clean: false, by: 'server', count: 1 }]);
  assert.deepEqual(result.laws, []);
});

test('held is confirmed by pings: a half-open connection does not count', async () => {
  const { result } = await runEngine(cellWith(), { pong: false, answer: () => [] });
  assert.equal(result.connections.held, 0);
});

test('matching by order: replies without a sequence find their messages; a timeout ends the connection', async () => {
  const cell = cellWith({
    ...{ connections: { from: 2, to: 2 }, rate: { from: 100, to: 100 }, warmupMs: 0 },
    reply: { match: 'order', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 300 },
  });
  let i = 0;
  const { result } = await runEngine(cell, {
    answer: (index) => (index === 1 && i++ === 20 ? [] : [{ afterMs: 2, bytes: Buffer.from('ok') }]),
  });
  // The missing reply shifts all later ones on its connection: each answers one message too early, until the timeout.
  assert.equal(result.connections.closedDirty, 1);
  assert.deepEqual(result.errors, [{ phase: 'open', code: 'order_lost', count: 1 }]);
  assert.equal(messages(result).answered >= 100, true);
  assert.deepEqual(result.laws, []);
});

test('match none: everything sent is unmatched, everything received is counted', async () => {
  const cell = cellWith({ reply: { match: 'none', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 5000 } });
  const { result } = await runEngine(cell, {});
  assert.equal(messages(result).unmatched, 200);
  assert.equal(messages(result).received, 200);
  assert.equal(result.flows[0]!.latencyUs.response, null);
  assert.deepEqual(result.laws, []);
});

test('closed: each connection keeps its messages in flight; response time does not exist', async () => {
  const cell = cellWith({
    model: 'closed',
    rate: null,
    inFlight: 2,
    connections: { from: 3, to: 3 },
    warmupMs: 0,
    durationMs: 1000,
  });
  const { result } = await runEngine(cell, { answer: () => [{ afterMs: 10 }] });
  // 3 connections x 2 in flight x 100 round trips of 10 ms.
  assert.equal(messages(result).answered, 600);
  assert.equal(result.flows[0]!.latencyUs.response, null);
  assert.equal(result.flows[0]!.latencyUs.service!.p50! >= 10_000, true);
  assert.deepEqual(result.laws, []);
});

test('closed with think time: a pause after every reply', async () => {
  const cell = cellWith({
    model: 'closed',
    rate: null,
    thinkMs: 40,
    connections: { from: 1, to: 1 },
    warmupMs: 0,
    durationMs: 1000,
  });
  const { result } = await runEngine(cell, { answer: () => [{ afterMs: 10 }] });
  assert.equal(messages(result).answered, 20);
});

test('listen: nothing is sent, every frame is received', async () => {
  const cell = cellWith({ model: 'listen', rate: null, connections: { from: 2, to: 2 } });
  const { result } = await runEngine(cell, {}, ({ clock, server, t0Us }) => {
    for (let i = 0; i < 50; i++) {
      clock.after((t0Us - clock.nowUs()) / 1000 + 1100 + i, () =>
        server.connections[i % 2]!.deliver(Buffer.from('tick')),
      );
    }
  });
  assert.equal(messages(result).received, 50);
  assert.equal(messages(result).sent, 0);
  assert.deepEqual(result.laws, []);
});

test('the in-flight cap drops, and says so', async () => {
  const cell = cellWith({ maxInFlight: 20, warmupMs: 0, drainMs: 5000 });
  const { result } = await runEngine(cell, { answer: () => [] });
  const { sent, dropped, planned, timedOut } = messages(result);
  assert.equal(sent, 20);
  assert.equal(dropped, planned - 20);
  assert.equal(timedOut, 20);
  assert.deepEqual(result.laws, []);
});

test('a socket that does not take bytes counts backpressure instead of filling memory', async () => {
  const { result } = await runEngine(cellWith({ warmupMs: 0 }), {}, ({ clock, server, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 1000, () => {
      server.connections[0]!.bufferedBytes = 2 ** 21;
    });
  });
  assert.equal(messages(result).backpressure, 10);
  assert.equal(messages(result).sent, 190);
  assert.deepEqual(result.laws, []);
});

test('a stop in the middle: no further message, what is in flight still waited for, the laws hold', async () => {
  const { result } = await runEngine(cellWith(), { answer: () => [{ afterMs: 100 }] }, ({ clock, engine, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 1500, () => engine.stop());
  });
  assert.equal(result.interrupted, true);
  assert.ok(messages(result).planned >= 49 && messages(result).planned <= 51);
  assert.equal(messages(result).answered, messages(result).sent);
  assert.equal(result.connections.openAtEnd, 0);
  assert.deepEqual(result.laws, []);
});

test('every second of the measure phase says how many connections were open, whatever the length of the warm-up', async () => {
  for (const warmupMs of [0, 300, 500, 1000, 1700]) {
    const { result } = await runEngine(cellWith({ warmupMs, durationMs: 3000 }), {});
    const open = result.seconds.filter(({ phase }) => phase === 'measure').map((second) => second.open);
    assert.deepEqual(open, [10, 10, 10], `warm-up of ${warmupMs} ms`);
  }
});

test('a connection ramp opens connections while it runs and counts messages on them', async () => {
  const cell = cellWith({ connections: { from: 2, to: 12 }, rate: { from: 100, to: 100 } });
  const { result, server } = await runEngine(cell, {});
  assert.equal(result.connections.opened, 12);
  assert.equal(messages(result).answered, 200);
  assert.equal(new Set(server.received.map(({ index }) => index)).size, 12);
  assert.deepEqual(result.laws, []);
});

test('closed: a message that is never answered keeps its slot while hundreds overtake it', async () => {
  for (const match of ['sequence', 'order'] as const) {
    const cell = cellWith({
      ...{ model: 'closed', rate: null, inFlight: 2, connections: { from: 1, to: 1 }, warmupMs: 0, durationMs: 3000 },
      reply: { match, field: 'sequence', echo: { kind: 'none' }, timeoutMs: 2000 },
    });
    let i = 0;
    const { result } = await runEngine(cell, { answer: () => (i++ === 0 ? [] : [{ afterMs: 5 }]) });
    assert.deepEqual(result.laws, [], match);
    assert.ok(messages(result).sent > 300);
  }
});

test('a connection loses its order once, however many messages time out on it, and by our own hand', async () => {
  const cell = cellWith({
    ...{ connections: { from: 2, to: 2 }, rate: { from: 200, to: 200 }, warmupMs: 0 },
    reply: { match: 'order', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 300 },
  });
  const { result } = await runEngine(cell, { answer: (index) => (index === 1 ? [] : [{ afterMs: 2 }]) });
  assert.deepEqual(result.errors, [{ phase: 'open', code: 'order_lost', count: 1 }]);
  assert.deepEqual(result.laws, []);
});

test('a time in seconds in front of the sequence, or in a message of its own, misleads nobody', async () => {
  const cell = cellWith({
    ...{ connections: { from: 1, to: 1 }, rate: { from: 50, to: 50 }, warmupMs: 0, durationMs: 1000 },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 500 },
  });
  const { result } = await runEngine(cell, {
    answer: (_index, bytes) => [
      { afterMs: 1, bytes: Buffer.from('{"ts":1763950000,"type":"tick"}') },
      { afterMs: 2, bytes: Buffer.from(`{"ts":1763950000,${bytes.toString().slice(1)}`) },
    ],
  });
  assert.equal(messages(result).answered, 50);
  assert.equal(messages(result).unexpected, 50);
});

test('a connect that cannot even be asked for fails alone', async () => {
  const { result } = await runEngine(cellWith({ connections: { from: 3, to: 3 } }), { impossible: 1 });
  assert.deepEqual([result.connections.failed, result.connections.opened], [1, 2]);
  assert.deepEqual(result.errors, [{ phase: 'connect', code: 'ERR_INVALID_CHAR', count: 1 }]);
  assert.deepEqual(result.laws, []);
});
