/** Ctrl-C while agents make the load, once and twice, in every phase of a run. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { assertSilent, assertUsable, type CountedServer, countedServer, fleetOf, followed } from './fleet-fixture.js';
import { COUNTED_RUN } from './run-cli.js';
import { spawnCli } from './spawn-cli.js';

const skip = await skipWithout('natsServer');

/** Two cells. Everything is answered late, so a drain takes its time. */
const PROFILE = `
load: [{ name: l, connections: 8, sweep: { rate: [80, 40] } }]
warmup: 1s
duration: 1s
connectRate: 4/s
reply: { timeout: 10s }
drain: 10s
`;

interface Phase {
  readonly name: string;
  /** What of the profile is otherwise. */
  readonly changes: Readonly<Record<string, string>>;
  /** What `--events` has told by then. */
  readonly told: string;
  /** What the server has had by then. */
  readonly had: (server: CountedServer) => boolean;
  /** Cells that were measured whole. */
  readonly whole: number;
}

const FAST = { 'connectRate: 4/s': 'connectRate: 2000/s' };
const some = ({ received }: CountedServer) => received >= 10;

const PHASES: readonly Phase[] = [
  { name: 'while connections open', changes: {}, told: '"phase":"connect"', had: ({ open }) => open > 2, whole: 0 },
  { name: 'in the warm-up', changes: FAST, told: '"phase":"warmup"', had: some, whole: 0 },
  {
    name: 'in the measured time',
    changes: { ...FAST, '1s\nduration: 1s': '0s\nduration: 60s' },
    ...{ told: '"phase":"measure"', had: some, whole: 0 },
  },
  { name: 'in the drain', changes: FAST, told: '"phase":"drain"', had: some, whole: 1 },
  {
    name: 'between two cells',
    changes: { ...FAST, '1s\nduration: 1s': '0s\nduration: 500ms' },
    ...{ told: '"type":"cell"', had: some, whole: 1 },
  },
];
const IN_MEASURE = PHASES[2]!;

function profileOf({ changes }: Phase): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, PROFILE);
}

async function setUp(t: TestContext, agents: readonly string[]) {
  const late = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 700));
  const [fleet, server] = await Promise.all([fleetOf(t, agents), countedServer(t, late)]);
  return { fleet, server };
}

describe('Ctrl-C with agents', { skip, concurrency: 3 }, () => {
  for (const phase of PHASES) {
    const options = phase === IN_MEASURE ? {} : further;
    it(`${phase.name}: they stop and tell what they sent, and are there for the next run`, options, async (t) => {
      const { fleet, server } = await setUp(t, ['one', 'two']);
      const run = followed(profileOf(phase), server, fleet.flags);
      await run.tells(phase.told);
      await server.when(phase.had);
      run.interrupt();
      const { code, result, stderr } = await run.done;
      assert.equal(code, 105, stderr);
      assert.equal(result!.status, 'interrupted');
      let sent = 0;
      for (const [at, { laws, interrupted, flows, client }] of result!.cells.entries()) {
        const { messages, warmup } = flows[0]!;
        assert.deepEqual([laws, interrupted], [[], at >= phase.whole]);
        assert.ok(client.agents!.every(({ status }) => status !== 'lost'));
        assert.equal(messages.lost + warmup.lost, 0, 'what was sent was waited for');
        sent += messages.sent + warmup.sent;
      }
      assert.equal(sent, server.received);
      assert.deepEqual(
        result!.notRun.map(({ reason }) => reason),
        ['interrupted'],
      );
      await assertSilent(fleet, server);
      if (phase === IN_MEASURE) await assertUsable(fleet, server);
    });
  }

  it('twice does not wait for them, in any phase: they stop by themselves within 10 s', further, async (t) => {
    const names = PHASES.map((_, i) => `a${i}`);
    const { fleet, server } = await setUp(t, names);
    const nats = ['--nats', `nats://${fleet.broker.address}`];
    const interrupted = PHASES.map(async (phase, i) => {
      const others = names.filter((_, other) => other !== i).flatMap((name) => ['--exclude-agent', name]);
      const flags = ['--agents', '1', ...nats, ...others, '--events', '-'];
      const args = [...COUNTED_RUN, 'p.yaml', '--target', server.url, ...flags];
      const cli = await spawnCli(t, args, { 'p.yaml': profileOf(phase) });
      await cli.printed(phase.told);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) cli.process.kill(signal);
      assert.equal(await cli.exit, 105, cli.stderr());
    });
    await Promise.all(interrupted);
    await Promise.all(fleet.agents.map((agent) => agent.printed('ends after')));
    await assertSilent(fleet, server);
    await assertUsable({ flags: ['--agents', String(names.length), ...nats] }, server);
  });
});
