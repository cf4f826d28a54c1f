import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWith } from '../../plan/cell-builder.js';
import { ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { runEngine } from '../run-engine.js';

const GOODBYE = ruleWith('goodbye', 'ends', 'goodbye');
const PING = ruleWith('ping', 'duty', 'ping', 'pong');
const LOAD = { ...{ connections: { from: 4, to: 4 }, rate: { from: 40, to: 40 } }, warmupMs: 0, durationMs: 1000 };

test('a session that the server ends is a connection that it has closed, and what was in flight is lost', async () => {
  const cell = cellWith({ ...LOAD, wire: wireWith({ rules: [GOODBYE] }) });
  const { result } = await runEngine(cell, { answer: () => [] }, ({ clock, server, t0Us }) => {
    clock.after((t0Us - clock.nowUs()) / 1000 + 500, () => {
      for (const connection of server.connections.slice(0, 3)) connection.deliver(Buffer.from('goodbye'));
    });
  });
  assert.deepEqual(
    result.closeCodes.filter(({ by }) => by === 'server'),
    [{ code: 1005, clean: true, by: 'server', count: 3 }],
  );
  assert.deepEqual(result.errors, [{ phase: 'open', code: 'goodbye', count: 3, said: 'goodbye' }]);
  assert.deepEqual(result.ruled, [{ name: 'goodbye', means: 'count', count: 3 }]);
  const { planned, lostOnClose, notConnected, counted } = result.flows[0]!.messages;
  assert.deepEqual([planned, lostOnClose, notConnected, counted], [40, 15, 15, 3]);
  assert.deepEqual([result.connections.held, result.laws], [1, []]);
});

test('in a session that is not ready yet it is a failure with the words of the server', async () => {
  const steps = [stepWith('hello', { expect: { has: ['hello'] } })];
  const cell = cellWith({ ...LOAD, wire: wireWith({ steps, rules: [GOODBYE] }) });
  const { result } = await runEngine(cell, {
    greet: (connection) => connection.later(1, () => connection.deliver(Buffer.from('goodbye, we are full'))),
  });
  const said = 'step hello: the server ended the session: goodbye, we are full';
  assert.deepEqual(result.errors, [{ phase: 'session', code: 'goodbye', count: 4, said }]);
  assert.deepEqual([result.connections.opened, result.laws], [0, []]);
});

test('once the connection closes nothing is owed: each duty that is counted was done', async () => {
  const cell = cellWith({ ...LOAD, wire: wireWith({ rules: [PING] }) });
  const { result, server } = await runEngine(cell, {}, ({ clock, server: fake, t0Us }) => {
    const ping = () => {
      for (const connection of fake.connections) connection.deliver(Buffer.from('ping'));
    };
    // To the last moment, and after the close has begun.
    for (let ms = 0; ms < 1400; ms++) clock.after((t0Us - clock.nowUs()) / 1000 + ms, ping);
  });
  const pongs = server.heard.filter(({ text }) => text === 'pong').length;
  assert.ok(pongs > 4000, `${pongs} pongs`);
  assert.deepEqual(result.ruled, [{ name: 'ping', means: 'duty', count: pongs }]);
  assert.deepEqual(result.laws, []);
});
