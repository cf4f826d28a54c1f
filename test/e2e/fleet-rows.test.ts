/** Rows of data in a fleet: each agent gets those of its own connections, and each connection has the row that it always has. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { fleetOf, ordersOn, type SeenOrder } from './fleet-fixture.js';
import { echo, wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const skip = await skipWithout('natsServer');

const ROWS = 10_000;
const CSV = ['user', ...Array.from({ length: ROWS }, (_, i) => `user-${i}`)].join('\n');

const TEST_NUMBER = '9999999999';

/** Two cells, whose rows follow each other. `more`: lines of its load. */
const profileOf = (reuse: string, more = '') => `
data: { file: users.csv, reuse: ${reuse} }
load:
  - name: l
    connections: 30
    sweep: { rate: [120, 60] }
    ${more}
message: { template: '{"user":"{{data.user}}","c":{{connection}},"sequence":{{sequence}}}' }
warmup: 0s
duration: 500ms
connectRate: 2000/s
`;

/** What the server was told in a run, in no order: the row of every connection, and every message. */
async function toldBy(t: TestContext, profile: string, flags: readonly string[]) {
  const messages: string[] = [];
  const server = await wsServer({
    onMessage: (ws, data, binary) => {
      messages.push(String(data));
      echo(ws, data, binary);
    },
  });
  t.after(() => server.stop());
  const args = [...COUNTED_RUN, 'p.yaml', '--target', server.url, '-w', '3', '--seed', '1', ...flags];
  const run = await runCli(args, { files: { 'p.yaml': profile, 'users.csv': CSV } });
  assert.ok(run.result !== null, run.stderr);
  for (const cell of run.result.cells) assert.deepEqual(cell.laws, []);
  // Every agent has a test connection, with the one row and number of all test connections.
  return [...messages.filter((message) => !message.includes(TEST_NUMBER)), messages[0]!].sort();
}

/** The rows that crossed the bus, by agent: the users of all orders, each piece once. */
function usersSent(seen: readonly SeenOrder[]) {
  const byAgent = new Map<string, Map<string, readonly string[]>>();
  for (const { agent, order } of seen) {
    if (order.kind !== 'rows') continue;
    const pieces = byAgent.get(agent) ?? new Map();
    byAgent.set(
      agent,
      pieces.set(
        order.sha256,
        order.rows.map(({ user }) => user),
      ),
    );
  }
  return [...byAgent.values()].map((pieces) => [...pieces.values()].flat());
}

describe('the rows of a fleet', { skip }, () => {
  it('are a third each, where each may need any of its own, and the connections have those of one machine', async (t) => {
    const { broker, flags } = await fleetOf(t, ['one', 'two', 'three']);
    const seen = await ordersOn(t, broker);
    // A connection that is lost would go on with its next row.
    const profile = profileOf('never', 'reconnect: immediate');
    const alone = await toldBy(t, profile, []);
    const fleet = await toldBy(t, profile, flags);
    assert.deepEqual(fleet, alone);
    assert.ok(
      alone.some((message) => message.includes('"user":"user-59"')),
      'the second cell goes on',
    );
    assert.ok(
      alone.some((message) => message.includes(`"user":"user-${ROWS - 1}"`)),
      'the test connection',
    );
    const sent = usersSent(seen);
    assert.equal(sent.length, 3);
    for (const users of sent) {
      // The second cell needs no row that the first one had not.
      assert.ok([3333, 3334].includes(new Set(users).size), `${new Set(users).size}`);
    }
    assert.equal(new Set(sent.flat()).size, ROWS);
    const bytes = seen.filter(({ order }) => order.kind !== 'rows').map((order) => order.bytes);
    assert.ok(Math.max(...bytes) < 4096, `no other order carries rows: ${Math.max(...bytes)}`);
  });

  it('are one a connection, where it keeps it', further, async (t) => {
    const { broker, flags } = await fleetOf(t, ['one', 'two', 'three']);
    const seen = await ordersOn(t, broker);
    const profile = profileOf('cycle');
    assert.deepEqual(await toldBy(t, profile, flags), await toldBy(t, profile, []));
    for (const users of usersSent(seen)) assert.equal(users.length, 20, 'two cells of ten connections');
  });

  it('are too few for a plan: refused before any agent has a part in it', async (t) => {
    const { agents, flags } = await fleetOf(t, ['one']);
    const files = { 'p.yaml': profileOf('never'), 'users.csv': 'user\nann\nben' };
    const run = await runCli([...COUNTED_RUN, 'p.yaml', '--target', 'ws://127.0.0.1:9/', ...flags], { files });
    assert.equal(run.code, 104);
    assert.match(run.stderr, /60 connections and the test connection need a row each, and there are 2/);
    assert.doesNotMatch(agents[0]!.stdout(), /ends after [1-9]/);
  });
});
