import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WireRule } from '../../../src/dialect/wire.js';
import type { Cell } from '../../../src/plan/cell.js';
import { cellWith } from '../../plan/cell-builder.js';
import { ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { IMMEDIATE } from '../churn/churn-cells.js';
import type { FakeConnection, FakeServerOptions } from '../fake-server.js';
import { Cluster, runEngine } from '../run-engine.js';

const STEPS = [
  stepWith('hello', { expect: { has: ['hello'] } }),
  stepWith('login', {
    ...{ timed: true, send: 'login {{connection}}', timeoutMs: 200 },
    expect: { starts: 'welcome' },
    refusals: [{ match: { starts: 'denied' }, code: 'DENIED' }],
  }),
];
const TICK: WireRule = ruleWith('tick', 'count', 'tick');

/** Connections that log in, which takes the server so many ms; null: it never answers. */
function server(loginMs: (connection: FakeConnection) => number | null, denies = (_: number) => false) {
  const options: Omit<FakeServerOptions, 'clock'> = {
    greet: (connection) => connection.later(1, () => connection.deliver(Buffer.from('hello'))),
    hears: (connection, text) => {
      const ms = loginMs(connection);
      assert.equal(text, `login ${connection.number}`);
      const answer = denies(connection.number) ? 'denied' : 'welcome';
      if (ms !== null) connection.later(ms, () => connection.deliver(Buffer.from(answer)));
    },
  };
  return options;
}

function cellThatSpeaks(changes: Partial<Cell> = {}): Cell {
  return cellWith({ wire: wireWith({ steps: STEPS, rules: [TICK] }), ...changes });
}

describe('connections with a session', () => {
  it('count what comes before it is ready and nothing is about, apart from all other figures', async () => {
    const { greet, ...others } = server(() => 100);
    const flooding = {
      ...others,
      greet: (connection: FakeConnection) => {
        greet!(connection);
        for (const text of ['said', 'said', 'tick']) {
          connection.later(50, () => connection.deliver(Buffer.from(text)));
        }
      },
    };
    const { result } = await runEngine(cellThatSpeaks(), flooding);
    assert.deepEqual([result.laws, result.session!.early, result.outside], [[], 20, 10]);
    const { answered, unexpected } = result.flows[0]!.messages;
    assert.deepEqual([answered, unexpected], [200, 0]);
    const { result: quiet } = await runEngine(cellThatSpeaks(), { ...others, greet: greet! });
    assert.equal(quiet.session!.early, undefined);
  });

  it('count as open when it is ready; the load begins when all are', async () => {
    const {
      result,
      server: seen,
      t0Us,
    } = await runEngine(
      cellThatSpeaks(),
      server(() => 100),
    );
    const { attempts, opened, held, closedClean } = result.connections;
    assert.deepEqual({ attempts, opened, held, closedClean }, { attempts: 10, opened: 10, held: 10, closedClean: 10 });
    assert.deepEqual([result.laws, result.flows[0]!.messages.answered], [[], 200]);
    const { readyUs, steps } = result.session!;
    assert.deepEqual([readyUs.count, steps.length, steps[0]!.name, steps[0]!.us.count], [10, 1, 'login', 10]);
    assert.ok(Math.abs(readyUs.p50! - 101_000) < 200 && Math.abs(steps[0]!.us.p50! - 100_000) < 200);
    // From the planned instant to ready: connect, upgrade, session.
    assert.ok(Math.abs(result.connectUs.total.p50! - 102_000) < 300, `${result.connectUs.total.p50}`);
    assert.ok(Math.abs(result.connectUs.upgrade.p50! - 1000) < 20);
    assert.ok(seen.received.every(({ atUs }) => atUs >= t0Us));
    // How long it was open counts from then on.
    const [first] = seen.heard;
    const closedUs = result.sessionUs.max! + first!.atUs + 100_000;
    assert.ok(closedUs > t0Us + 3e6 && closedUs < t0Us + 3.3e6, `${closedUs - t0Us}`);
  });

  it('fail in the phase of the session, by code, and their messages are not connected', async () => {
    const cell = cellThatSpeaks({ connections: { from: 100, to: 100 } });
    const { result } = await runEngine(
      cell,
      server(
        () => 10,
        (number) => number % 10 === 9,
      ),
    );
    const { attempts, opened, failed, held } = result.connections;
    assert.deepEqual({ attempts, opened, failed, held }, { attempts: 100, opened: 90, failed: 10, held: 90 });
    const said = 'step login: the server refused: denied';
    assert.deepEqual(result.errors, [{ phase: 'session', code: 'DENIED', count: 10, said }]);
    assert.deepEqual([result.flows[0]!.messages.notConnected, result.laws], [20, []]);
    assert.equal(result.session!.readyUs.count, 90);
  });

  it('that never get an answer fail, each after its time-out, and nothing waits for them', async () => {
    const { result, t0Us } = await runEngine(
      cellThatSpeaks(),
      server(({ number }) => (number < 4 ? null : 10)),
    );
    const [error] = result.errors;
    assert.deepEqual([error!.phase, error!.code, error!.count], ['session', 'step_timeout', 4]);
    assert.deepEqual([result.connections.failed, result.connections.held, result.laws], [4, 6, []]);
    assert.ok(t0Us < 1_000_000 + 10_000 + 18_000 + 205_000 + 62_000, `${t0Us}`);
  });

  it('are abandoned where the run is stopped while they open', async () => {
    const cluster = new Cluster(cellThatSpeaks(), 1, {
      ...server(({ number }) => (number < 5 ? 10 : 150)),
    });
    cluster.clock.after(100, () => cluster.stop());
    await cluster.connect();
    assert.ok(cluster.clock.nowUs() < 1_200_000);
    await cluster.run(cluster.clock.nowUs() + 60_000);
    const { connections, laws, errors } = cluster.finish();
    const { attempts, opened, abandoned, failed, openAtEnd } = connections;
    assert.deepEqual(
      { attempts, opened, abandoned, failed, openAtEnd },
      { attempts: 10, opened: 5, abandoned: 5, failed: 0, openAtEnd: 0 },
    );
    assert.deepEqual([laws, errors], [[], []]);
  });

  it('log in anew when they are opened again, after a failed session too', async () => {
    let logins = 0;
    const cell = cellThatSpeaks({ reconnect: IMMEDIATE });
    const { result, server: seen } = await runEngine(
      cell,
      // The second log-in of connection 3 is never answered.
      server(({ number }) => (number === 3 && ++logins === 2 ? null : 50)),
      ({ clock, server: fake, t0Us }) => {
        clock.after((t0Us - clock.nowUs()) / 1000 + 1500, () => fake.connections[3]!.drop(1011));
      },
    );
    assert.deepEqual(result.laws, []);
    assert.deepEqual([seen.sockets[3]!.length, logins], [3, 3]);
    const { attempts, opened, failed } = result.connections;
    assert.deepEqual({ attempts, opened, failed }, { attempts: 12, opened: 11, failed: 1 });
    // From 1500 ms until 200 + 51 ms and a bit later: two or three of its ten messages a second.
    const { notConnected, planned, answered } = result.flows[0]!.messages;
    assert.ok(notConnected >= 2 && notConnected <= 5, `${notConnected}`);
    assert.equal(planned, answered + notConnected);
  });

  it('come back from a storm when they are logged in, not when they are connected', async () => {
    const cell = cellThatSpeaks({ reconnect: IMMEDIATE, events: [{ kind: 'disconnect', atMs: 500, share: 1 }] });
    const { result } = await runEngine(
      cell,
      server(() => 150),
    );
    const [event] = result.events!;
    assert.deepEqual([event!.dropped, event!.heldAfter, result.laws], [10, 10, []]);
    assert.ok(event!.recoveredMs! >= 152 && event!.recoveredMs! <= 160, `${event!.recoveredMs}`);
    assert.equal(result.session!.readyUs.count, 20);
  });

  it('have successors that log in, while others send their messages', async () => {
    const cell = cellThatSpeaks({ lifetime: { kind: 'fixed', meanMs: 500 }, connections: { from: 20, to: 20 } });
    const { result, server: seen } = await runEngine(
      cell,
      server(() => 30),
    );
    assert.deepEqual(result.laws, []);
    const { planned, answered } = result.flows[0]!.messages;
    assert.deepEqual([planned, answered], [200, 200]);
    assert.equal(result.churn!.opened, result.churn!.ended);
    assert.equal(seen.heard.length, result.connections.attempts);
  });

  it('count what the server pushes before and after they are ready, within the load and outside of it', async () => {
    const pushing: Omit<FakeServerOptions, 'clock'> = {
      ...server(() => 50),
      greet: (connection) => {
        for (const ms of [1, 20, 30]) connection.later(ms, () => connection.deliver(Buffer.from('tick')));
        connection.later(40, () => connection.deliver(Buffer.from('hello')));
      },
      answer: (_, bytes) =>
        [{ afterMs: 1 }, { afterMs: 2, bytes: Buffer.from('tick') }, { afterMs: 3, bytes }].slice(0, 2),
    };
    const { result } = await runEngine(cellThatSpeaks(), pushing);
    const { warmup, messages } = result.flows[0]!;
    assert.deepEqual([warmup.counted, messages.counted], [100, 200]);
    assert.deepEqual(result.ruled, [{ name: 'tick', means: 'count', count: 330 }]);
    assert.deepEqual([result.outside, messages.received, result.laws], [30, 400, []]);
  });
});
