/** A broker that is restarted, or stays away, in every phase of a run. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { assertSilent, assertUsable, type CountedServer, countedServer, fleetOf, followed } from './fleet-fixture.js';
import type { CliRun } from './run-cli.js';

const skip = await skipWithout('natsServer');

/** 40 messages in the warm-up, 160 in the measured time. */
const PROFILE = `
load: [{ name: l, connections: 8, rate: 80 }]
warmup: 500ms
duration: 2s
connectRate: 2000/s
reply: { timeout: 10s }
drain: 10s
`;

async function setUp(t: TestContext, answers?: () => Promise<boolean>) {
  const [fleet, server] = await Promise.all([fleetOf(t, ['one', 'two']), countedServer(t, answers)]);
  return { fleet, server };
}

/** Everything that was planned, sent and answered is known, as without a restart. */
function assertWhole(run: CliRun, server: CountedServer): void {
  assert.ok(run.result !== null, run.stderr);
  const [cell] = run.result.cells;
  assert.deepEqual(cell!.laws, []);
  assert.deepEqual(cell!.client.agents!.map(({ agent, status }) => [agent, status]).sort(), [
    ['one', 'done'],
    ['two', 'done'],
  ]);
  const { messages, warmup } = cell!.flows[0]!;
  assert.deepEqual([messages.planned, warmup.planned], [160, 40]);
  assert.deepEqual(
    [messages.sent + warmup.sent, messages.answered, messages.lost],
    [server.received, messages.sent, 0],
  );
  assert.deepEqual(run.result.notRun, []);
  const reasons = run.result.verdict.reasons.map(({ code }) => code as string);
  for (const code of ['worker_lost', 'conservation']) assert.ok(!reasons.includes(code), code);
}

describe('a broker', { skip, concurrency: 4 }, () => {
  it('that is restarted while connections open changes nothing', further, async (t) => {
    const { fleet, server } = await setUp(t);
    const run = followed(PROFILE.replace('2000/s', '4/s'), server, fleet.flags);
    await server.when(({ open }) => open >= 3);
    await fleet.broker.restart();
    assertWhole(await run.done, server);
  });

  it('that is restarted in the measured time changes nothing: no line is lost', async (t) => {
    const { fleet, server } = await setUp(t);
    const run = followed(PROFILE, server, fleet.flags);
    await run.reaches('measure');
    await fleet.broker.restart();
    assertWhole(await run.done, server);
  });

  it('that is restarted in the drain changes nothing', further, async (t) => {
    const late = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1500));
    const { fleet, server } = await setUp(t, late);
    const run = followed(PROFILE, server, fleet.flags);
    await run.reaches('drain');
    await fleet.broker.restart();
    assertWhole(await run.done, server);
  });

  it('that stays away: all agents stop, the run ends with what it has, and the rest is not run', further, async (t) => {
    const { fleet, server } = await setUp(t);
    const profile = PROFILE.replace('rate: 80', 'sweep: { rate: [80, 40] }').replace('2s', '10m');
    const run = followed(profile, server, fleet.flags);
    await run.reaches('measure');
    await fleet.broker.kill();
    await Promise.all(fleet.agents.map((agent) => agent.printed('nothing was heard of its coordinator for 10 s')));
    const { received } = server;
    const { code, result, stderr } = await run.done;
    assert.equal(code, 98, stderr);
    const [cell, ...others] = result!.cells;
    assert.deepEqual(others, []);
    assert.ok(cell!.client.agents!.every(({ status }) => status === 'lost'));
    const { messages } = cell!.flows[0]!;
    assert.deepEqual([cell!.laws, messages.planned], [[], 48_000]);
    assert.ok(messages.lostWithWorker >= 48_000 - server.received);
    assert.match(result!.notRun.map(({ reason }) => reason).join(), /^agent (one|two) is (gone|out of reach)/);
    assert.equal(server.received, received, 'nobody loads unseen');
    await fleet.broker.restart();
    await assertSilent(fleet, server);
    await assertUsable(fleet, server);
  });
});
