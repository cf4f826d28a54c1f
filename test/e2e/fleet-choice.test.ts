/** Which agents a run gets, and what it is told where they are not to be had. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { answerEach } from '../../src/bus/exchange.js';
import { connectBus } from '../../src/bus/nats.js';
import { type AgentInfo, orderSubject, PROTOCOL, whoSubject } from '../../src/fleet/orders.js';
import { loopbackId } from '../../src/machine/loopback.js';
import { toolVersion } from '../../src/machine/tool-version.js';
import type { NatsServer } from '../bus/nats-server.js';
import { agentWith } from '../fleet/agent-builder.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { agentOn, countedServer, fleetOf, followed } from './fleet-fixture.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const skip = await skipWithout('natsServer');

const PROFILE = `
load: [{ name: l, connections: 4, rate: 40 }]
warmup: 0s
duration: 3s
connectRate: 2000/s
`;
const LOAD = ['-c', '4', '-R', '40/s', '-d', '500ms', '-W', '0s'];

/** An agent that says this of itself. It takes no order. */
async function agentThatSays(t: TestContext, broker: NatsServer, says: Partial<AgentInfo>): Promise<void> {
  const bus = await connectBus({ url: `nats://${broker.address}`, env: {}, inboxPrefix: '_INBOX_a' });
  t.after(() => bus.close());
  const info = agentWith({ version: toolVersion(), protocol: PROTOCOL, ...says });
  answerEach(bus, whoSubject('default'), () => info);
  answerEach(bus, orderSubject('default', info.id), ({ kind }) => assert.fail(`it was ordered to ${kind}`));
  // The broker has heard of both.
  await assert.rejects(bus.request('nobody', { headers: {}, body: new Uint8Array(0) }, 5000), /nobody listens/);
}

describe('the agents of a run', { skip }, () => {
  it('are not those of another: it is told who has them, and the other goes on untouched', async (t) => {
    const { flags } = await fleetOf(t, ['one']);
    const [first, second] = [await countedServer(t), await countedServer(t)];
    const run = followed(PROFILE, first, flags);
    await run.reaches('measure');
    const refused = await runCli([...COUNTED_RUN, second.url, ...LOAD, ...flags]);
    assert.deepEqual([refused.code, refused.folders], [104, 0]);
    assert.match(refused.stderr, /1 agent is asked for; 1 answers, 0 can be used/);
    assert.match(refused.stderr, /agent one: is busy: p from \S+ has it for run [0-9a-f]{16}/);
    assert.deepEqual([second.received, second.codes.length], [0, 0], 'not even a test connection');
    const { result } = await run.done;
    const [cell] = result!.cells;
    const { messages } = cell!.flows[0]!;
    assert.deepEqual([cell!.laws, messages.planned, messages.sent], [[], 120, first.received]);
    assert.equal(cell!.client.agents![0]!.status, 'done');
  });

  it('are of one version and one protocol: others are listed, with what to do there', async (t) => {
    const { broker, flags } = await fleetOf(t, ['one']);
    const server = await countedServer(t);
    await agentThatSays(t, broker, { name: 'old', version: '0.0.1' });
    await agentThatSays(t, broker, { name: 'strange', protocol: PROTOCOL + 1, version: '99.0.0' });
    const two = flags.map((flag) => (flag === '1' ? '2' : flag));
    const refused = await runCli([...COUNTED_RUN, server.url, ...LOAD, ...two]);
    assert.deepEqual([refused.code, refused.folders], [104, 0]);
    const version = toolVersion();
    for (const line of [
      '2 agents are asked for; 3 answer, 1 can be used',
      `agent old: is wsurge 0.0.1, not ${version}\n    install wsurge ${version} there`,
      'agent one: is idle',
      `agent strange: speaks protocol ${PROTOCOL + 1} (wsurge 99.0.0), not ${PROTOCOL}\n    install wsurge ${version} there`,
      'try: mend what is listed, or use --agents 1, or wait for them: --agents-wait 60s',
    ]) {
      assert.ok(refused.stderr.includes(line), `${line}\n${refused.stderr}`);
    }
    const run = await runCli([...COUNTED_RUN, server.url, ...LOAD, ...flags]);
    assert.ok(run.result !== null, run.stderr);
    const [cell] = run.result.cells;
    assert.deepEqual([cell!.laws, cell!.client.agents!.map(({ agent }) => agent)], [[], ['one']]);
  });

  it('are not taken for more than they offer: a run, and the first step of a search', async (t) => {
    const { broker, flags } = await fleetOf(t, []);
    const server = await countedServer(t);
    const offers = { workers: 1, connections: 2, perSecond: null };
    await agentThatSays(t, broker, { name: 'small', offers, loopback: loopbackId() });
    const one = flags.map((flag) => (flag === '0' ? '1' : flag));
    for (const command of [
      [...COUNTED_RUN, server.url, ...LOAD],
      ['capacity', server.url, ...LOAD.filter((word) => word !== '-W' && word !== '0s')],
    ]) {
      const refused = await runCli([...command, ...one]);
      assert.deepEqual([refused.code, refused.folders], [104, 0], refused.stderr);
      assert.match(refused.stderr, /1 agent grants 2 connections; \S+ asks for 4/);
    }
  });

  it('are waited for as long as was said', further, async (t) => {
    const { broker, flags } = await fleetOf(t, ['one']);
    const server = await countedServer(t);
    const two = flags.map((flag) => (flag === '1' ? '2' : flag));
    const late = await runCli([
      ...COUNTED_RUN,
      server.url,
      ...LOAD,
      ...two.map((flag) => (flag === '0s' ? '1s' : flag)),
    ]);
    assert.equal(late.code, 104);
    assert.match(late.stderr, /2 agents are asked for; 1 answers, 1 can be used\n {2}agent one: is idle/);
    const run = runCli([...COUNTED_RUN, server.url, ...LOAD, ...two.map((flag) => (flag === '0s' ? '60s' : flag))]);
    await agentOn(t, broker, 'two', ['--workers', '1']);
    const { result, stderr } = await run;
    assert.ok(result !== null, stderr);
    assert.equal(result.cells[0]!.client.agents!.length, 2);
  });
});
