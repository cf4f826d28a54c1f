import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../src/plan/plan.js';
import { parse } from '../profile/fixtures.js';

const ASKED = '\nthresholds: { server_rss_per_connection: value<10KB }';
const SWEEP = 'load: [{ sweep: { connections: [10, 400] }, rate: 100/s }]';

function planned(text: string, localTarget = true, idleMemory: 'auto' | 'asked' | null = 'auto') {
  const { profile } = parse(text);
  return planOf(profile, { only: [], cores: 4, localTarget, ...(idleMemory === null ? {} : { idleMemory }) });
}

function stepsOf(...args: Parameters<typeof planned>) {
  const plan = planned(...args).idleMemory;
  return plan?.cell == null ? (plan?.reason ?? null) : plan.steps;
}

test('a threshold or a sweep of connections asks for it; the profile may say no, or yes', () => {
  assert.deepEqual(stepsOf(`target: { embedded: ws }\n${SWEEP}`), [100, 200, 300, 400]);
  assert.deepEqual(stepsOf(`target: { embedded: ws }\nload: [{ connections: 50, rate: 9 }]${ASKED}`), [13, 25, 38, 50]);
  assert.equal(stepsOf('target: { embedded: ws }\nload: [{ connections: 50, rate: 9 }]'), null);
  assert.match(stepsOf(`target: { embedded: ws }\nidleMemory: false\n${SWEEP}`) as string, /idleMemory: false/);
  assert.deepEqual(
    stepsOf('target: { embedded: ws }\nidleMemory: true\nload: [{ connections: 40, rate: 9 }]'),
    [10, 20, 30, 40],
  );
});

test('in the turns of a comparison a sweep alone is not enough, and where nobody wants it there is none', () => {
  assert.equal(stepsOf(`target: { embedded: ws }\n${SWEEP}`, true, 'asked'), null);
  assert.deepEqual(stepsOf(`target: { embedded: ws }\n${SWEEP}${ASKED}`, true, 'asked'), [100, 200, 300, 400]);
  assert.equal(stepsOf(`target: { embedded: ws }\n${SWEEP}${ASKED}`, true, null), null);
});

test('a server elsewhere has none unless its process is named; nor have a few connections', () => {
  const remote = `{ url: "ws://server.test/" }`;
  assert.match(stepsOf(`target: ${remote}\n${SWEEP}`, false) as string, /not on this machine.*target\.pid/);
  assert.deepEqual(stepsOf(`target: { url: "ws://server.test/", pid: 7 }\n${SWEEP}`, false), [100, 200, 300, 400]);
  const few = `target: { embedded: ws }\nload: [{ connections: 19, rate: 9 }]${ASKED}`;
  assert.match(stepsOf(few) as string, /takes 20 connections.*has 19/);
});

test('its connections are opened as the load opens them, send nothing and stay', () => {
  const load =
    'load: [{ connections: 100, rate: 50/s, lifetime: 5s, events: [{ at: 1s, disconnect: 50% }] }]\nreconnect: backoff\nconnectRate: 250/s';
  const { idleMemory, cells } = planned(`target: { embedded: ws }\nduration: 9s\n${load}${ASKED}`);
  const { cell } = idleMemory!;
  assert.deepEqual(
    [cell!.model, cell!.rate, cell!.lifetime, cell!.events, cell!.reconnect.policy],
    ['listen', null, null, [], 'never'],
  );
  const same = ['connections', 'connectRate', 'connectTimeoutMs', 'message', 'reply', 'seed'] as const;
  for (const key of same) assert.deepEqual(cell![key], cells[0]![key], key);
});

test('its time and its connections are in the estimate, and the hash of the plan is that of its cells', () => {
  const text = `target: { embedded: ws }\nconnectRate: 200/s\n${SWEEP}`;
  const [without, plan] = [planned(text, true, null), planned(text)];
  assert.equal(plan.estimate.connections, without.estimate.connections + 400);
  assert.equal(plan.estimate.totalMs, without.estimate.totalMs + plan.estimate.idleMs);
  // Two seconds of connects, five looks of more than a second each.
  assert.ok(plan.estimate.idleMs >= 7000 && plan.estimate.idleMs < 12_000, String(plan.estimate.idleMs));
  assert.equal(plan.hash, without.hash);
});
