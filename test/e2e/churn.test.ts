/** Connections that come and go, on real sockets: counts and laws, never how long it took. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IS_WHOLE } from '../share.js';
import { assertExit, type CliRun, runCli } from './run-cli.js';

const COMMON = `
target: { embedded: auto }
warmup: 0s
connectRate: 5000/s
instrumentCheck: false
`;

const OTHER_POLICIES = `  - name: backoff
    connections: 20
    rate: 200/s
    duration: 600ms
    reconnect: { policy: backoff, base: 50ms, cap: 100ms }
    events: [{ at: 200ms, disconnect: 50% }]
  - { name: never, connections: 20, rate: 200/s, duration: 500ms, events: [{ at: 200ms, disconnect: 50% }] }
`;

function cellOf(run: CliRun, load: string) {
  const cell = run.result?.cells.find((each) => each.load === load);
  assert.ok(cell !== undefined, run.stderr);
  assert.deepEqual(cell.laws, [], load);
  return cell;
}

/** Of 20 connections, as many as count for all. */
const RECOVERED = 19;

test('churn and storms with every policy, then a restart, on the embedded server', { timeout: 120_000 }, async () => {
  const profile = `${COMMON}
load:
  - { name: churn, connections: 20, rate: 200/s, lifetime: 500ms, duration: 2s }
  - { name: immediate, connections: 20, rate: 200/s, duration: 600ms, reconnect: immediate, events: [{ at: 200ms, disconnect: 50% }] }
${IS_WHOLE ? OTHER_POLICIES : ''}  - { name: restart, connections: 20, rate: 200/s, duration: 2500ms, reconnect: { policy: immediate, base: 20ms }, events: [{ at: 200ms, restart: server }] }
  - { name: after, connections: 5, rate: 50/s, duration: 200ms }
`;
  const run = await runCli(['run', 'p.yaml', '--no-progress'], { files: { 'p.yaml': profile } });
  const churn = cellOf(run, 'churn');
  assert.equal(churn.churn?.ended, 80);
  assert.equal(churn.churn?.askedPerSecond, 40);
  // A machine that stands still may leave the last ones unopened.
  assert.ok(churn.churn.opened > 0 && churn.churn.opened <= 80, `${churn.churn.opened} of 80 successors opened`);
  assert.ok(churn.closeCodes.every(({ code, by }) => code === 1000 && by === 'client'));
  for (const name of ['immediate', ...(IS_WHOLE ? ['backoff', 'never'] : [])]) {
    const { events, connections, closeCodes } = cellOf(run, name);
    const [event] = events ?? [];
    assert.deepEqual([event?.reached, event?.heldBefore, event?.dropped], [true, 20, 10], name);
    const cut = closeCodes.filter(({ code, by }) => code === 1006 && by === 'client');
    assert.deepEqual(
      cut.map(({ count }) => count),
      [10],
      name,
    );
    if (name === 'never') {
      assert.deepEqual([connections.opened, event?.recoveredMs, event?.peakConnectsPerSecond], [20, null, 0]);
      continue;
    }
    // All ten come back, unless the machine stands still for the rest of the measured time: then they come in the drain.
    assert.equal(event?.recoveredMs !== null, event!.heldAfter >= RECOVERED, name);
    assert.ok(connections.opened >= event!.heldAfter && connections.opened <= 30, name);
    assert.ok(event!.peakConnectsPerSecond > 0 && event!.peakConnectsPerSecond <= 10, name);
  }
  const restart = cellOf(run, 'restart');
  const [event] = restart.events ?? [];
  assert.deepEqual([event?.dropped, event?.problem], [20, null]);
  assert.equal(event?.recoveredMs !== null, event!.heldAfter >= RECOVERED);
  // The server that came back serves the cell after it, and is watched.
  const after = cellOf(run, 'after');
  assert.equal(after.connections.opened, 5);
  assert.equal(after.server.status, 'measured');
  // A server that takes long to start again may not be back in time: nothing else may fail.
  const failed = run.result!.verdict.gates.filter(({ passed }) => !passed);
  assert.ok(
    failed.every(({ gate }) => gate === 'recovered'),
    JSON.stringify(failed),
  );
  assertExit(run, failed.length > 0 ? 99 : 0);
  assert.match(run.files['report.md'] ?? '', /restart of the server at 200 ms: 20 of 20 connections dropped/);
  assert.match(run.stdout, /churn: [\d.]+ of 40 connects\/s/);
});
