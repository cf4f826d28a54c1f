import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { InFlightTable } from '../../../src/engine/matching/in-flight.js';
import { Captured } from '../../../src/engine/session/captured.js';
import { Waiting, type WaitingMessage } from '../../../src/engine/session/waiting.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { C, type CounterName } from '../../../src/metrics/counters.js';
import { Recorder } from '../../../src/metrics/recorder.js';
import { SecondBucket } from '../../../src/metrics/touched-seconds.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { SessionValues } from '../../../src/plan/fill.js';
import { lowerEndOf } from '../../../src/verdict/lower-ends.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import type { Answer, FakeServerOptions } from '../fake-server.js';
import { Cluster, runEngine } from '../run-engine.js';

const CREATE = requestWith('create', '{"type":"create","sequence":{{sequence}}}', {
  captures: [{ name: 'id', path: ['id'] }],
});
const USE = requestWith('use', '{"type":"use","sequence":{{sequence}},"id":{{v0:session.id}}}');
const PING = requestWith('ping', '{"type":"ping","sequence":{{sequence}}}');

/** Ten messages a second on each of ten connections, for ten seconds after one. */
function journeys(changes: Partial<Cell> = {}, requests = [CREATE, USE]): Cell {
  return cellWith({
    wire: wireWith({ requests, pick: 'in turn' }),
    rate: { from: 100, to: 100 },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 1000 },
    ...{ warmupMs: 1000, durationMs: 10_000 },
    ...changes,
  });
}

/** `create` is answered after so many ms with an id that is made of its number; null: never. */
function server(createMs: number | null, useMs = 5): Omit<FakeServerOptions, 'clock'> {
  return {
    answer: (_, bytes): Answer[] => {
      const { type, sequence } = JSON.parse(String(bytes)) as { type: string; sequence: number };
      if (type !== 'create') return [{ afterMs: useMs }];
      const reply = Buffer.from(JSON.stringify({ sequence, id: `id ${sequence}` }));
      return createMs === null ? [] : [{ afterMs: createMs, bytes: reply }];
    },
  };
}

/** `create` and `use` in turn, by so many workers. */
async function onWorkers(workers: number, options: Omit<FakeServerOptions, 'clock'>): Promise<CellResult> {
  const cluster = new Cluster(journeys(), workers, options);
  await cluster.connect();
  await cluster.run(cluster.clock.nowUs() + 60_000);
  const result = cluster.finish();
  assert.deepEqual(result.laws, []);
  return result;
}

function request(result: CellResult, name: string) {
  return result.requests!.find((each) => each.name === name)!;
}

describe('a request that needs what the reply to another one brings', () => {
  it('has a wait of 0, not of the smallest time, where the value was there before', async () => {
    const { result } = await runEngine(journeys({ durationMs: 2000 }), server(20));
    const { waitUs, messages } = request(result, 'use');
    assert.deepEqual([waitUs!.count, waitUs!.p50, waitUs!.max], [messages.sent, 0, 0]);
    assert.deepEqual([messages.clamped, result.laws], [0, []]);
  });

  it('waits for it: the intended instant stays, the wait is neither lag nor service', async () => {
    const { result, server: seen, t0Us } = await runEngine(journeys(), server(200));
    const use = request(result, 'use');
    const { planned, sent, answered, blocked } = use.messages;
    assert.deepEqual({ planned, sent, answered, blocked }, { planned: 500, sent: 500, answered: 500, blocked: 0 });
    assert.deepEqual(result.laws, []);
    assert.equal(use.waitUs!.count, 500);
    // Due 100 ms after `create`, whose reply takes 200 ms.
    assert.ok(Math.abs(use.waitUs!.p50! - 100_000) < 200, `wait ${use.waitUs!.p50}`);
    assert.ok(Math.abs(use.latencyUs.service!.p50! - 5000) < 20, `service ${use.latencyUs.service!.p50}`);
    assert.ok(Math.abs(use.latencyUs.response!.p50! - 105_000) < 200, `response ${use.latencyUs.response!.p50}`);
    assert.ok(use.latencyUs.lag!.max! <= 1000, `lag ${use.latencyUs.lag!.max}`);
    assert.equal(request(result, 'create').waitUs, undefined);
    // Wait and service time are the target's, all of it: what it took is no less than what is reported.
    for (const { brackets } of [use, request(result, 'create'), result]) {
      for (const [low, high] of Object.values(brackets!.quantiles))
        assert.ok(low >= high * 0.99 - 1000, `${low}-${high}`);
    }
    assert.ok(lowerEndOf([result], 0.1)! > 100_000 && request(result, 'create').waitAndService !== undefined);
    for (const { index, bytes, atUs } of seen.received) {
      const { type, sequence, id } = JSON.parse(String(bytes)) as { type: string; sequence: number; id: string };
      if (type !== 'use') continue;
      // The number in front of it on its connection: ten connections share the numbers in turn.
      assert.equal(id, `id ${sequence - 10}`);
      const ordinal = (sequence - 1_000_000_000 - index) / 10;
      assert.ok(Math.abs(atUs - t0Us - (ordinal * 100_000 + index * 10_000 + 100_000)) < 1500);
    }
  });

  it('has response = wait + lag + service, also where the worker is late', async () => {
    const sums = { response: 0, wait: 0, lag: 0, service: 0 };
    const spies = (['response', 'wait', 'lag', 'service'] as const).map((name) =>
      mock.method(SecondBucket.prototype, name, function (this: SecondBucket, us: number) {
        if (this.request === 1) sums[name] += us;
      }),
    );
    try {
      let created = 0;
      const quick = server(20, 7).answer!;
      const slow = server(200, 7).answer!;
      const answer: FakeServerOptions['answer'] = (...of) => (created++ % 3 === 0 ? quick : slow)(...of);
      await runEngine(journeys(), { answer }, ({ clock, t0Us }) => {
        for (const ms of [1150, 2310, 3333]) {
          clock.after((t0Us - clock.nowUs()) / 1000 + ms, () => clock.stall(140_000));
        }
      });
    } finally {
      for (const spy of spies) spy.mock.restore();
    }
    assert.ok(sums.wait > 20e6 && sums.lag > 100_000, JSON.stringify(sums));
    assert.ok(Math.abs(sums.response - sums.wait - sums.lag - sums.service) < 1, JSON.stringify(sums));
  });

  for (const workers of [1, 2]) {
    it(`waits, or is blocked, each of 500, with ${workers} workers`, async () => {
      const with200 = await onWorkers(workers, server(200));
      const { messages, waitUs, latencyUs } = request(with200, 'use');
      const { planned, answered, blocked } = messages;
      assert.deepEqual([planned, answered, blocked, waitUs!.count], [500, 500, 0, 500]);
      assert.ok(waitUs!.p50! >= 100_000 - 200 && waitUs!.p50! <= 103_000, `wait ${waitUs!.p50}`);
      assert.ok(latencyUs.lag!.p99! <= 1000, `lag ${latencyUs.lag!.p99}`);
      const never = request(await onWorkers(workers, server(null)), 'use').messages;
      assert.deepEqual([never.planned, never.blocked, never.sent], [500, 500, 0]);
    });
  }

  it('is blocked where the reply does not come within the time-out; the others go on', async () => {
    const { result, server: seen } = await runEngine(journeys({}, [CREATE, USE, PING]), server(null));
    const { planned, sent, blocked } = request(result, 'use').messages;
    assert.deepEqual([sent, blocked], [0, planned]);
    assert.ok(planned >= 330);
    assert.equal(request(result, 'create').messages.timedOut, request(result, 'create').messages.sent);
    const ping = request(result, 'ping');
    assert.equal(ping.messages.answered, ping.messages.planned);
    assert.ok(ping.latencyUs.response!.max! < 10_000, `response ${ping.latencyUs.response!.max}`);
    assert.ok(seen.received.every(({ bytes }) => !String(bytes).includes('use')));
    assert.deepEqual(result.laws, []);
  });

  it('is overtaken by others without being out of order, and answered by nobody before it is sent', async () => {
    const { answer } = server(250);
    const { result } = await runEngine(journeys({}, [CREATE, USE, PING]), {
      // Each reply to a ping says the number of the message in front of it, which waits.
      answer: (...of) => {
        const { type, sequence } = JSON.parse(String(of[1])) as { type: string; sequence: number };
        const others = type === 'ping' ? [{ afterMs: 1, bytes: Buffer.from(`{"sequence":${sequence - 10}}`) }] : [];
        return [...answer!(...of), ...others];
      },
    });
    const { planned, sent, answered, reordered, duplicated } = request(result, 'use').messages;
    assert.deepEqual([sent, answered, reordered, duplicated], [planned, planned, 0, 0]);
    assert.equal(result.flows[0]!.messages.unexpected, request(result, 'ping').messages.sent);
    assert.deepEqual(result.laws, []);
  });

  it('is sent at its instant where the value is there', async () => {
    const { result } = await runEngine(journeys(), server(20));
    const { waitUs, messages } = request(result, 'use');
    assert.deepEqual([messages.answered, waitUs!.count, waitUs!.max! <= 1], [500, 500, true]);
    assert.deepEqual(result.laws, []);
  });

  it('uses what the session captured until the first message that brings it anew is due', async () => {
    const steps = [
      { name: 'hello', timed: false, send: null, expect: { has: ['hello'] }, refusals: [], waitMs: 0 },
    ].map((step) => ({ ...step, captures: [{ name: 'id', path: ['id'] }], repeat: 1, timeoutMs: null }));
    const wire = wireWith({ steps, requests: [USE, CREATE], pick: 'in turn' });
    const { result, server: seen } = await runEngine(journeys({ wire }), {
      ...server(50),
      greet: (connection) => connection.deliver(Buffer.from('{"type":"hello","id":"from the session"}')),
    });
    const used = seen.received.map(({ bytes }) => JSON.parse(String(bytes)) as { type: string; id: string });
    const first = used.filter(({ type }) => type === 'use').slice(0, 10);
    assert.ok(first.every(({ id }) => id === 'from the session'));
    assert.ok(used.filter(({ id }) => id === 'from the session').length === 10);
    assert.deepEqual([request(result, 'use').messages.answered, result.laws], [500, []]);
  });

  it('is not connected where its connection closes meanwhile', async () => {
    const cell = journeys({
      connections: { from: 1, to: 1 },
      rate: { from: 10, to: 10 },
      warmupMs: 0,
      durationMs: 1000,
    });
    const { result } = await runEngine(cell, server(500), ({ clock, server: seen, t0Us }) => {
      clock.after((t0Us - clock.nowUs()) / 1000 + 350, () => seen.connections[0]!.drop(1006));
    });
    const { planned, sent, blocked, notConnected } = request(result, 'use').messages;
    assert.deepEqual({ planned, sent, blocked, notConnected }, { planned: 5, sent: 0, blocked: 0, notConnected: 5 });
    assert.deepEqual(result.laws, []);
  });

  it('is unsent where the run is stopped, and waited for where it only ends', async () => {
    const cell = journeys({
      connections: { from: 1, to: 1 },
      rate: { from: 10, to: 10 },
      warmupMs: 0,
      durationMs: 1000,
    });
    const ended = await runEngine({ ...cell, drainMs: 1000 }, server(900));
    assert.deepEqual(ended.result.laws, []);
    const { sent, answered, blocked } = request(ended.result, 'use').messages;
    assert.deepEqual({ sent, answered, blocked }, { sent: 5, answered: 5, blocked: 0 });
    // The reply to the last one comes long after the drain of other cells.
    const slow = await runEngine({ ...cell, drainMs: 1000 }, server(900, 900));
    assert.deepEqual([slow.result.laws, request(slow.result, 'use').messages.answered], [[], 5]);
    const draining = await runEngine(cell, server(900), ({ clock, engine, t0Us }) => {
      clock.after((t0Us - clock.nowUs()) / 1000 + 1300, () => engine.stop());
    });
    // Those of 100 and 300 ms have gone out by then.
    assert.deepEqual([draining.result.laws, request(draining.result, 'use').messages.unsentAtStop], [[], 3]);
    const stopped = await runEngine(cell, server(900), ({ clock, engine, t0Us }) => {
      clock.after((t0Us - clock.nowUs()) / 1000 + 450, () => engine.stop());
    });
    assert.deepEqual(stopped.result.laws, []);
    assert.deepEqual([request(stopped.result, 'use').messages.unsentAtStop], [2]);
  });

  it('goes on in a closed loop when it was blocked', async () => {
    const cell = journeys({ model: 'closed', rate: null, inFlight: 1, thinkMs: 10, warmupMs: 0, durationMs: 5000 });
    const { result } = await runEngine(cell, server(null));
    const { blocked, sent } = request(result, 'use').messages;
    // A create takes its time-out of 1 s and the use behind it another one.
    assert.ok(blocked >= 20 && sent === 0, `${blocked} blocked`);
    assert.deepEqual(result.laws, []);
    const good = await runEngine(cell, server(40));
    assert.deepEqual([good.result.laws, request(good.result, 'use').messages.blocked], [[], 0]);
    assert.ok(request(good.result, 'use').messages.answered > 700);
  });

  it('takes no value of a reply that came too late, says no, or lacks it', async () => {
    for (const reply of ['{"sequence":N,"no":1}', 'error {"sequence":N,"id":1}']) {
      const rules = [{ name: 'error', means: 'fails' as const, match: { has: ['error'] }, send: null }];
      const wire = wireWith({ requests: [CREATE, USE], pick: 'in turn', rules });
      const { result } = await runEngine(journeys({ wire }), {
        answer: (_, bytes) => {
          const { type, sequence } = JSON.parse(String(bytes)) as { type: string; sequence: number };
          const no = Buffer.from(reply.replace('N', String(sequence)));
          return type === 'create' ? [{ afterMs: 1, bytes: no }] : [{ afterMs: 1 }];
        },
      });
      assert.deepEqual(
        [request(result, 'create').messages.failed, request(result, 'use').messages.blocked],
        [500, 500],
      );
      assert.deepEqual(result.laws, []);
    }
    const late = await runEngine(journeys(), server(1100));
    assert.deepEqual([request(late.result, 'use').messages.blocked, late.result.laws], [500, []]);
  });
});

describe('messages that wait', () => {
  const NEEDS = { names: ['id', 'key'], brings: [[0], [], [0, 1], []], needs: [[], [0], [], [0, 1]] };
  const [CREATES, USES, CREATES_BOTH, USES_BOTH] = [0, 1, 2, 3];

  function waitingOn(values?: SessionValues) {
    const cell = cellWith({ wire: wireWith({ requests: [CREATE, USE, CREATE, USE] }) });
    const recorder = new Recorder(cell);
    const captured = new Captured();
    captured.set(0, values);
    const table = new InFlightTable(2, 16);
    const settled: number[] = [];
    const waiting = new Waiting({
      ...{ needs: NEEDS, owned: 2, captured, table, recorder, timeoutMs: 1, t0Us: () => 1000 },
      settled: (connection) => settled.push(connection),
    });
    waiting.onOpen(0);
    waiting.onOpen(1);
    const count = (name: CounterName, request: number) => recorder.at(0, request).counters[C[name]]!;
    return { waiting, table, settled, count };
  }
  const ordinals = (messages: readonly WaitingMessage[]) => messages.map(({ ordinal }) => ordinal);

  it('need the last message in front of them that brings the value, or a later one', () => {
    const { waiting } = waitingOn();
    assert.equal(waiting.holds(0, 0, CREATES, 0), false);
    assert.equal(waiting.holds(0, 1, USES, 10), true);
    assert.equal(waiting.holds(0, 2, CREATES, 20), false);
    assert.equal(waiting.holds(0, 3, USES, 30), true);
    assert.equal(waiting.holds(1, 0, USES, 30), true);
    assert.equal(waiting.bring(0, 0, CREATES, 1500), true);
    assert.deepEqual([ordinals(waiting.takeReady()), waiting.takeReady(), waiting.count], [[1], [], 3]);
    assert.equal(waiting.bring(0, 2, CREATES, 1600), true);
    assert.deepEqual(ordinals(waiting.takeReady()), [3]);
  });

  it('are served by a later reply, and an earlier one that comes after it brings nothing', () => {
    const { waiting } = waitingOn();
    waiting.holds(0, 0, CREATES, 0);
    waiting.holds(0, 1, USES, 0);
    waiting.holds(0, 2, CREATES, 0);
    assert.equal(waiting.bring(0, 2, CREATES, 1500), true);
    const [message] = waiting.takeReady();
    assert.deepEqual([message!.ordinal, message!.readyUs], [1, 500]);
    waiting.start(message!, true);
    assert.deepEqual([waiting.count, waiting.readyUs(message!.slot)], [0, 500]);
    assert.equal(waiting.bring(0, 0, CREATES, 1600), false);
    assert.equal(waiting.holds(0, 3, USES, 700), false);
    assert.equal(waiting.readyUs(3), 500);
  });

  it('need all their values, and are ready when the last one has come', () => {
    const { waiting } = waitingOn({ id: 1 });
    assert.equal(waiting.holds(0, 0, USES, 0), false);
    assert.equal(waiting.holds(0, 1, USES_BOTH, 0), true);
    waiting.holds(0, 2, CREATES_BOTH, 0);
    waiting.holds(0, 3, CREATES, 0);
    waiting.holds(0, 4, USES_BOTH, 0);
    waiting.bring(0, 2, CREATES_BOTH, 1100);
    assert.deepEqual(ordinals(waiting.takeReady()), [1]);
    waiting.bring(0, 3, CREATES, 1200);
    assert.deepEqual(ordinals(waiting.takeReady()), [4]);
  });

  it('are blocked by their own instants, however late one looks', () => {
    const { waiting, settled, count, table } = waitingOn();
    waiting.holds(0, 0, CREATES, 0);
    waiting.holds(0, 1, USES, 0);
    waiting.holds(0, 2, USES, 500);
    waiting.expire(2000);
    assert.deepEqual([waiting.count, settled], [2, []]);
    // One microsecond too late for the first.
    waiting.bring(0, 0, CREATES, 2001);
    assert.deepEqual(ordinals(waiting.takeReady()), [2]);
    waiting.expire(9000);
    assert.deepEqual([settled, count('blocked', USES), table.isFree(1), table.isFree(2)], [[0], 1, true, false]);
  });

  it('a value is void from the instant its request is due, sent or not', () => {
    const { waiting } = waitingOn({ id: 1 });
    waiting.void(0, 0, CREATES);
    assert.equal(waiting.holds(0, 1, USES, 0), true);
    waiting.onOpen(1);
    assert.equal(waiting.holds(1, 0, USES, 0), true);
  });

  it('end as not connected with their connection, as unsent with the run', () => {
    const { waiting, count, table } = waitingOn();
    for (const connection of [0, 1]) waiting.holds(connection, 0, USES, 0);
    waiting.holds(0, 1, USES, 0);
    waiting.bring(0, 0, CREATES, 1000);
    waiting.onClose(0);
    assert.deepEqual([waiting.takeReady(), count('notConnected', USES), waiting.count], [[], 2, 1]);
    waiting.giveUp();
    assert.deepEqual([count('unsentAtStop', USES), waiting.count, table.count], [1, 0, 0]);
  });
});
