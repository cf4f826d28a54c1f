/**
 * Agents and coordinators that are killed or stand still, in every phase of a run. A lease takes 10 s to run out, so these
 * runs go on beside each other.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { agentOn, assertSilent, assertUsable, countedServer, fleetOf, followed } from './fleet-fixture.js';
import { type CliRun, COUNTED_RUN } from './run-cli.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

const skip = await skipWithout('natsServer');

/** 40 messages in the warm-up and 240 in the measured time; two cells, of which the second is not run. */
const PROFILE = `
load: [{ name: l, connections: 8, sweep: { rate: [80, 40] } }]
warmup: 500ms
duration: 3s
connectRate: 2000/s
reply: { timeout: 10s }
drain: 3s
`;

const tell = ({ process: { pid } }: SpawnedCli, signal: NodeJS.Signals) => process.kill(pid!, signal);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Two agents and a server; agent two is the one that something happens to. */
async function setUp(t: TestContext, answers?: () => boolean) {
  const [fleet, server] = await Promise.all([fleetOf(t, ['one', 'two']), countedServer(t, answers)]);
  return { fleet, server, two: fleet.agents[1]! };
}

/** Which words say that an agent is lost depends on what was asked of it last. */
const LOST = /^agent two (is gone|does not answer|has given up this run|did not take the (order connect|start))/;

/** The one cell that was run: invalid, and every law kept with what agent two did not tell counted as lost. */
function assertLost(run: CliRun) {
  assert.equal(run.code, 98, run.stderr);
  const [cell, ...others] = run.result!.cells;
  assert.deepEqual(others, []);
  const [one, two] = [...cell!.client.agents!].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  assert.deepEqual([one!.status, two!.status], ['done', 'lost']);
  assert.match(two!.error!, LOST);
  assert.deepEqual(cell!.laws, []);
  const { messages, warmup } = cell!.flows[0]!;
  assert.deepEqual([messages.planned, warmup.planned], [240, 40], 'the plan of both');
  assert.ok(run.result!.verdict.reasons.some(({ code }) => code === 'worker_lost'));
  const [left, ...more] = run.result!.notRun.map(({ reason }) => reason);
  assert.match(left!, LOST);
  assert.deepEqual(more, []);
  return { messages, warmup, told: messages.sent + warmup.sent };
}

describe('a fleet', { skip, concurrency: 5 }, () => {
  it('an agent is killed while connections open: the others make their part of the load', further, async (t) => {
    const { fleet, server, two } = await setUp(t);
    const run = followed(PROFILE.replace('2000/s', '4/s'), server, fleet.flags);
    await server.when(({ open }) => open >= 3);
    tell(two, 'SIGKILL');
    const { messages, told } = assertLost(await run.done);
    assert.equal(messages.lostWithWorker, 120);
    assert.equal(told, server.received);
  });

  it('an agent is killed in the warm-up', further, async (t) => {
    const { fleet, server, two } = await setUp(t);
    const run = followed(PROFILE, server, fleet.flags);
    await server.when(({ received }) => received >= 10);
    tell(two, 'SIGKILL');
    const { messages, warmup } = assertLost(await run.done);
    assert.equal(messages.lostWithWorker, 120);
    assert.ok(warmup.lostWithWorker > 0);
  });

  it('an agent is killed in the drain: what it had not told is lost with it', further, async (t) => {
    let answered = 0;
    const { fleet, server, two } = await setUp(t, () => answered++ < 100);
    const run = followed(PROFILE, server, fleet.flags);
    await run.reaches('drain');
    tell(two, 'SIGKILL');
    const { messages } = assertLost(await run.done);
    assert.ok(messages.lost + messages.lostWithWorker > 0);
  });

  it('an agent that is killed and started again is lost at once: its name is another one', further, async (t) => {
    const { fleet, server, two } = await setUp(t);
    const run = followed(PROFILE, server, fleet.flags);
    await run.reaches('measure');
    tell(two, 'SIGKILL');
    await agentOn(t, fleet.broker, 'two', ['--workers', '1']);
    assertLost(await run.done);
  });

  it('an agent that stands still for 5 s goes on, and says that its clock went on without it', further, async (t) => {
    const { fleet, server, two } = await setUp(t);
    const run = followed(PROFILE.replace('3s', '8s'), server, fleet.flags);
    await run.reaches('measure');
    tell(two, 'SIGSTOP');
    await pause(5000);
    tell(two, 'SIGCONT');
    const { code, result, stderr } = await run.done;
    assert.equal(code, 98, stderr);
    const cell = result!.cells[0]!;
    assert.deepEqual(
      cell.client.agents!.map(({ status }) => status),
      ['done', 'done'],
    );
    assert.deepEqual([cell.laws, cell.flows[0]!.messages.planned], [[], 640]);
    const paused = result!.verdict.reasons.filter((reason) => reason.code === 'clock_paused');
    assert.ok(paused.length > 0 && paused.every(({ severity }) => severity === 'invalid'), JSON.stringify(paused));
  });

  it(
    'an agent that stands still for longer than its lease is lost, and sends nothing when it goes on',
    further,
    async (t) => {
      const { fleet, server, two } = await setUp(t);
      const run = followed(PROFILE, server, fleet.flags);
      await run.reaches('measure');
      tell(two, 'SIGSTOP');
      assertLost(await run.done);
      const { received } = server;
      tell(two, 'SIGCONT');
      await two.printed('ends after 1 cell: nothing was heard of its coordinator for 10 s');
      assert.equal(server.received, received, 'what fell due meanwhile');
      await assertSilent(fleet, server);
      // It goes away. Where the machine is busy, an end that takes too long is cut.
      assert.ok(server.codes.includes(1001) || server.codes.includes(1006), server.codes.join());
      await assertUsable(fleet, server);
    },
  );

  for (const [when, changes, isThen] of [
    ['while connections open', { '2000/s': '2/s' }, '"phase":"connect"'],
    ['between two cells', { '3s': '500ms', '[80, 40]': '[80, 40, 20]' }, '"type":"cell"'],
  ] as const) {
    it(`a coordinator is killed ${when}: its agents stop, and are there for the next run`, further, async (t) => {
      const { fleet, server } = await setUp(t);
      const profile = Object.entries(changes).reduce((text, [from, to]) => text.replace(from, to), PROFILE);
      const args = [...COUNTED_RUN, 'p.yaml', '--target', server.url, '--events', '-', ...fleet.flags];
      const coordinator = await spawnCli(t, args, { 'p.yaml': profile });
      await coordinator.printed(isThen);
      if (when === 'while connections open') await server.when(({ open }) => open >= 3);
      tell(coordinator, 'SIGKILL');
      await Promise.all(fleet.agents.map((agent) => agent.printed('nothing was heard of its coordinator for 10 s')));
      await assertSilent(fleet, server);
      await assertUsable(fleet, server);
    });
  }
});
