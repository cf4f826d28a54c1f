/** Agents on machines of their own: each has its own network and its own monotonic clock. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { readTruthLog } from '../../src/server/faults/read-truth-log.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { natsServer } from '../bus/nats-server.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { type TestNetwork, testNetwork } from './namespaces.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

const skip = (await skipWithout('natsServer')) || (await skipWithout('namespaces'));

/** How far the clocks of the machines are ahead, seconds. */
const AHEAD = [1000, 4000];

async function fleetOn(t: TestContext, network: TestNetwork, machines: number) {
  const broker = await natsServer('', {}, { host: network.hub, before: network.onHub });
  t.after(() => broker.stop());
  const url = `nats://${broker.address}`;
  const agents: SpawnedCli[] = [];
  for (let machine = 0; machine < machines; machine++) {
    const flags = ['--nats', url, '--name', `m${machine}`, '--workers', '3'];
    const agent = await spawnCli(t, ['agent', ...flags], {}, network.on(machine, AHEAD[machine]!));
    await agent.printed('is up');
    agents.push(agent);
  }
  const serve = ['serve', '--engine', 'ws', '--json', '--host', network.hub, '--truth-log', 'truth.ndjson'];
  const server = await spawnCli(t, serve, {}, network.onHub);
  await server.printed('"url"');
  const target = (JSON.parse(server.stdout().split('\n')[0]!) as { url: string }).url;
  return { url, agents, server, target };
}

type Fleet = Awaited<ReturnType<typeof fleetOn>>;

function runOf(t: TestContext, network: TestNetwork, { url, target, agents }: Fleet, seconds: number) {
  const load = [
    '-c',
    String(CONNECTIONS),
    '-R',
    '90',
    '-d',
    `${seconds}s`,
    '-W',
    '500ms',
    '-w',
    '3',
    '--no-instrument-check',
  ];
  const fleet = ['--agents', String(agents.length), '--nats', url];
  return spawnCli(t, ['run', target, ...load, ...fleet, '--json'], {}, network.onHub);
}

async function resultOf(run: SpawnedCli) {
  await run.exit;
  const result = JSON.parse(run.stdout() || '{}') as Partial<ResultDocument>;
  assert.ok(result.cells !== undefined, `${run.stdout()}${run.stderr()}`);
  return result as ResultDocument;
}

async function stop(server: SpawnedCli) {
  server.process.kill('SIGTERM');
  await server.exit;
  return await readTruthLog(path.join(server.cwd, 'truth.ndjson'));
}

const CONNECTIONS = 9;
const FIRST_SEQUENCE = 1e9;

/**
 * By connection of the plan, from the server's own log: how many messages came in, and how many were answered. Message k of
 * connection c has the number k N + c. Test connections have numbers from 5e9 on.
 */
function byConnection(entries: readonly TruthEntry[]) {
  const counts = Array.from({ length: CONNECTIONS }, () => ({ received: 0, answered: 0, sockets: new Set<number>() }));
  for (const entry of entries) {
    if (entry.kind !== 'message' || entry.sequence! >= 5e9) continue;
    const count = counts[(entry.sequence! - FIRST_SEQUENCE) % CONNECTIONS]!;
    count.received++;
    if (entry.outUs !== null) count.answered++;
    count.sockets.add(entry.connection);
  }
  return counts.map(({ sockets, ...count }) => ({ ...count, sockets: sockets.size }));
}

/** What was planned, sent and answered, and every number that the server saw but those of test connections. */
async function counted(t: TestContext, machines: number) {
  const network = testNetwork(t, machines);
  const fleet = await fleetOn(t, network, machines);
  const result = await resultOf(await runOf(t, network, fleet, 2));
  const { messages, warmup } = result.cells[0]!.flows[0]!;
  assert.deepEqual(result.cells[0]!.laws, []);
  const entries = await stop(fleet.server);
  const numbers = entries.flatMap((entry) => (entry.kind === 'message' ? [entry.sequence!] : []));
  return {
    counts: [messages, warmup].map(({ planned, sent, answered, lost }) => [planned, sent, answered, lost]),
    numbers: numbers.filter((number) => number < 5e9).sort((a, b) => a - b),
    connections: byConnection(entries),
    agents: result.cells[0]!.client.agents!,
  };
}

describe('a fleet over several machines', { skip }, () => {
  it('makes the load that one agent makes, message for message, whatever its clocks say', async (t) => {
    const both = await counted(t, 2);
    assert.deepEqual(
      both.agents.map(({ agent, status, workers }) => [agent, status, workers]),
      [
        ['m0', 'done', [0, 2]],
        ['m1', 'done', [2, 3]],
      ],
    );
    assert.equal(both.counts[0]![0], 180);
    assert.equal(both.numbers.length, both.counts[0]![1]! + both.counts[1]![1]!);
    // 225 messages by plan, in turn on each connection, which is one socket at the server.
    assert.deepEqual(both.connections, Array(CONNECTIONS).fill({ received: 25, answered: 25, sockets: 1 }));
    await t.test('one agent alone', async (one) => {
      const alone = await counted(one, 1);
      assert.deepEqual(alone.counts, both.counts);
      assert.deepEqual(alone.numbers, both.numbers);
      assert.deepEqual(alone.connections, both.connections);
    });
  });

  it('does not load unseen when the network of an agent is cut', further, async (t) => {
    const network = testNetwork(t, 2);
    const fleet = await fleetOn(t, network, 2);
    const run = await runOf(t, network, fleet, 30);
    await run.printed('· measure');
    network.cut(1);
    await fleet.agents[1]!.printed('ends after');
    const result = await resultOf(run);
    const [cell] = result.cells;
    assert.deepEqual(cell!.laws, []);
    const [one, two] = [...cell!.client.agents!].sort((a, b) => (a.agent < b.agent ? -1 : 1));
    assert.deepEqual([one!.status, two!.status], ['done', 'lost']);
    assert.match(two!.error!, /agent m1 does not answer: nothing heard for \d+ s/);
    assert.equal(cell!.flows[0]!.messages.planned, 2700);
  });
});
