/** Agents that are told to leave (SIGTERM), or stand still for a while (SIGSTOP), in every phase of a run. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { type CountedServer, countedServer, type FollowedRun, fleetOf, followed } from './fleet-fixture.js';

const skip = await skipWithout('natsServer');

/** 40 messages in the warm-up and 240 in the measured time of the first cell. */
const PROFILE = `
load: [{ name: l, connections: 8, sweep: { rate: [80, 40] } }]
warmup: 500ms
duration: 3s
connectRate: 2000/s
reply: { timeout: 10s }
drain: 8s
`;

/** Where it was just being asked to prepare the next cell, it refuses that. */
const TOLD = /^agent two (was told to leave|refuses: this agent was told to end)$/;

interface Phase {
  readonly name: string;
  /** What of the profile is otherwise. */
  readonly changes: Readonly<Record<string, string>>;
  /** An agent may have told all of its part by then. */
  readonly isLate?: true;
  readonly isThen: (run: FollowedRun, server: CountedServer) => Promise<void>;
}

const PHASES: readonly Phase[] = [
  {
    name: 'while connections open',
    changes: { '2000/s': '4/s' },
    isThen: (_, server) => server.when(({ open }) => open >= 3),
  },
  { name: 'in the warm-up', changes: {}, isThen: (_, server) => server.when(({ received }) => received >= 10) },
  { name: 'in the measured time', changes: {}, isThen: (run) => run.reaches('measure') },
  {
    name: 'in the drain',
    changes: { '[80, 40]': '[80, 40, 20]' },
    isLate: true,
    isThen: (run) => run.reaches('drain'),
  },
  {
    name: 'between two cells',
    isLate: true,
    changes: { '3s': '500ms', '[80, 40]': '[80, 40, 20]' },
    isThen: (run) => run.tells('"type":"cell"'),
  },
];

/** Two agents and a server that answers late, so that a drain takes its time. */
async function setUp(t: TestContext, { changes }: Phase) {
  const late = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300));
  const [fleet, server] = await Promise.all([fleetOf(t, ['one', 'two']), countedServer(t, late)]);
  const profile = Object.entries(changes).reduce((text, [from, to]) => text.replace(from, to), PROFILE);
  return { fleet, server, two: fleet.agents[1]!, run: followed(profile, server, fleet.flags) };
}

describe('an agent', { skip, concurrency: 2 }, () => {
  for (const phase of PHASES) {
    it(`that is told to leave ${phase.name} stops, tells what it sent, and ends`, further, async (t) => {
      const { server, two, run } = await setUp(t, phase);
      await phase.isThen(run, server);
      two.process.kill('SIGTERM');
      assert.equal(await two.exit, 0, two.stderr());
      const { code, result, stderr } = await run.done;
      assert.ok(result !== null, stderr);
      let sent = 0;
      for (const { laws, flows, client } of result.cells) {
        const { messages, warmup } = flows[0]!;
        assert.deepEqual(laws, []);
        const lost = client.agents!.filter(({ status }) => status === 'lost').map(({ error }) => error);
        // One that had told all of its part has none in the next cell, and is not waited for.
        if (!phase.isLate) assert.deepEqual(lost, []);
        for (const error of lost) assert.match(error!, TOLD);
        sent += messages.sent + warmup.sent;
      }
      assert.equal(sent, server.received, 'nothing that was sent is missing');
      assert.equal(server.open, 0);
      assert.ok(result.notRun.length > 0);
      for (const { reason } of result.notRun) assert.match(reason, TOLD);
      assert.equal(code, 98, stderr);
    });

    it(`that stands still for 5 s ${phase.name} goes on, and nothing is missing`, further, async (t) => {
      const { server, two, run } = await setUp(t, phase);
      await phase.isThen(run, server);
      process.kill(two.process.pid!, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 5000));
      process.kill(two.process.pid!, 'SIGCONT');
      const { result, stderr } = await run.done;
      assert.ok(result !== null, stderr);
      assert.deepEqual([result.cells.length > 1, result.notRun], [true, []], stderr);
      let sent = 0;
      for (const { laws, flows, client } of result.cells) {
        const { messages, warmup } = flows[0]!;
        assert.deepEqual(laws, []);
        assert.deepEqual(
          client.agents!.map(({ status }) => status),
          ['done', 'done'],
        );
        sent += messages.sent + warmup.sent;
      }
      assert.equal(sent, server.received);
    });
  }
});
