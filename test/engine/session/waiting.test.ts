import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { SecondBucket } from '../../../src/metrics/touched-seconds.js';
import type { Cell } from '../../../src/plan/cell.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import type { Answer, FakeServerOptions } from '../fake-server.js';
import { runEngine } from '../run-engine.js';

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

function request(result: CellResult, name: string) {
  return result.requests!.find((each) => each.name === name)!;
}

describe('a request that needs what the reply to another one brings', () => {
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
