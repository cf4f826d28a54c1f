/** Connections that come and go, on real sockets: counts and laws, never how long it took. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertExit, type CliRun, runCli } from './run-cli.js';

const COMMON = `
target: { embedded: auto }
warmup: 0s
connectRate: 5000/s
reply: { timeout: 1s }
`;

function cellOf(run: CliRun, load: string) {
  const cell = run.result?.cells.find((each) => each.load === load);
  assert.ok(cell !== undefined, run.stderr);
  assert.deepEqual(cell.laws, [], load);
  return cell;
}

test('churn and storms with every policy, then a restart, on the embedded server', { timeout: 60_000 }, async () => {
  const profile = `${COMMON}
load:
  - { name: churn, connections: 20, rate: 200/s, lifetime: 500ms, duration: 1s }
  - { name: immediate, connections: 20, rate: 200/s, duration: 600ms, reconnect: immediate, events: [{ at: 200ms, disconnect: 50% }] }
  - name: backoff
    connections: 20
    rate: 200/s
    duration: 600ms
    reconnect: { policy: backoff, base: 50ms, cap: 100ms }
    events: [{ at: 200ms, disconnect: 50% }]
  - { name: never, connections: 20, rate: 200/s, duration: 500ms, events: [{ at: 200ms, disconnect: 50% }] }
  - { name: restart, connections: 20, rate: 200/s, duration: 2500ms, reconnect: { policy: immediate, base: 20ms }, events: [{ at: 200ms, restart: server }] }
  - { name: after, connections: 5, rate: 50/s, duration: 200ms }
`;
  const run = await runCli(['run', 'p.yaml', '--no-progress'], { files: { 'p.yaml': profile } });
  const churn = cellOf(run, 'churn');
  assert.equal(churn.churn?.ended, 40);
  assert.equal(churn.churn?.askedPerSecond, 40);
  // A machine that stood still at the end may leave some of the last ones unopened.
  assert.ok(churn.churn.opened >= 30, `${churn.churn.opened} of 40 successors opened`);
  assert.ok(churn.closeCodes.every(({ code, by }) => code === 1000 && by === 'client'));
  assert.equal(churn.target, 'ok');
  for (const name of ['immediate', 'backoff', 'never']) {
    const { events, connections, closeCodes } = cellOf(run, name);
    const [event] = events ?? [];
    assert.deepEqual([event?.reached, event?.heldBefore, event?.dropped], [true, 20, 10], name);
    const cut = closeCodes.filter(({ code, by }) => code === 1006 && by === 'client');
    assert.deepEqual(
      cut.map(({ count }) => count),
      [10],
      name,
    );
    const isBack = name !== 'never';
    assert.equal(connections.opened, isBack ? 30 : 20, name);
    assert.equal(event?.recoveredMs !== null, isBack, name);
    assert.equal(event?.peakConnectsPerSecond, isBack ? 10 : 0, name);
  }
  const restart = cellOf(run, 'restart');
  const [event] = restart.events ?? [];
  assert.deepEqual([event?.dropped, event?.problem, event?.heldAfter], [20, null, 20]);
  assert.equal(restart.target, 'ok');
  // The server that came back serves the cell after it, and is watched.
  const after = cellOf(run, 'after');
  assert.equal(after.connections.opened, 5);
  assert.equal(after.server.status, 'measured');
  assertExit(run, 0);
  assert.match(run.files['report.md'] ?? '', /restart of the server at 200 ms: 20 of 20 connections dropped/);
  assert.match(run.stdout, /churn: [\d.]+ of 40 connects\/s/);
});
