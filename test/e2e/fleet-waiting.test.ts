/** A fleet whose broker is late, silent or gone, and runs that meet at one broker. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { type NatsServer, natsServer } from '../bus/nats-server.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';
import { type TruthServer, truthServer } from './truth-server.js';

const skip = await skipWithout('natsServer');

async function brokerFor(t: TestContext): Promise<NatsServer> {
  const broker = await natsServer();
  t.after(() => broker.stop());
  return broker;
}

async function agentOn(t: TestContext, { address }: NatsServer, name: string, flags: readonly string[] = []) {
  const agent = await spawnCli(t, ['agent', '--nats', `nats://${address}`, '--name', name, '--workers', '1', ...flags]);
  await agent.printed('is up');
  return agent;
}

async function targetFor(t: TestContext): Promise<TruthServer> {
  const server = await truthServer();
  t.after(() => server.stop().catch(() => {}));
  return server;
}

const LOAD = ['-c', '4', '-R', '40', '--warmup', '0s', '--no-instrument-check'];

function runOn(t: TestContext, url: string, address: string, flags: readonly string[], duration = '1s') {
  return spawnCli(t, ['run', url, ...LOAD, '-d', duration, '--nats', `nats://${address}`, ...flags]);
}

/** It had its agents and its load: what the busy machine made of it is another matter. */
async function assertRan(run: SpawnedCli): Promise<void> {
  const code = await run.exit;
  assert.ok(code === 0 || code === 98, `${code}: ${run.stderr()}`);
}

async function assertInterrupted(command: SpawnedCli, code: number): Promise<void> {
  command.process.kill('SIGINT');
  assert.equal(await command.exit, code, command.stderr());
  assert.doesNotMatch(command.stderr(), /internal error/);
}

describe('Ctrl-C', { skip }, () => {
  it('ends every command that has not heard of its broker yet, without a stack', async (t) => {
    let dialled = (): void => {};
    // It takes connections and says nothing.
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      dialled();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    for (const scheme of ['nats', 'tls']) {
      const broker = ['--nats', `${scheme}://127.0.0.1:${port}`];
      for (const [words, code] of [
        [['run', 'ws://127.0.0.1:9/', '--agents', '1'], 105],
        [['agents'], 105],
        [['agent', '--name', 'a1'], 0],
      ] as const) {
        const isDialled = new Promise<void>((resolve) => {
          dialled = resolve;
        });
        const command = await spawnCli(t, [...words, ...broker]);
        await isDialled;
        await assertInterrupted(command, code);
      }
    }
  });

  it('ends a run that waits for agents, and one that tries the target', async (t) => {
    const broker = await brokerFor(t);
    const waiting = await runOn(t, 'ws://127.0.0.1:9/', broker.address, ['--agents', '1', '--agents-wait', '600s']);
    await waiting.printed('waiting for agents: 0 of 1 can be had');
    await assertInterrupted(waiting, 105);
    const agent = await agentOn(t, broker, 'a1', ['--once']);
    const silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const trying = await runOn(t, `ws://127.0.0.1:${port}/`, broker.address, ['--agents', '1']);
    await agent.printed('begins');
    await assertInterrupted(trying, 105);
    await agent.printed('ends after 0 cells');
    // That run does not use up an agent that works for one run.
    await assertRan(await runOn(t, (await targetFor(t)).url, broker.address, ['--agents', '1']));
    assert.equal(await agent.exit, 0);
    assert.match(agent.stdout(), /ends after 1 cell/);
  });
});

describe('two runs that want agents at once', { skip }, () => {
  it('take one each, or one after the other', async (t) => {
    const broker = await brokerFor(t);
    await Promise.all(['a1', 'a2'].map((name) => agentOn(t, broker, name)));
    const server = await targetFor(t);
    for (const agents of ['1', '2']) {
      const flags = ['--agents', agents, '--agents-wait', '600s'];
      const runs = await Promise.all([1, 2].map(() => runOn(t, server.url, broker.address, flags)));
      for (const run of runs) await assertRan(run);
    }
  });
});

describe('a broker', { skip }, () => {
  it('is waited for, by a run as by an agent', async (t) => {
    const broker = await brokerFor(t);
    const server = await targetFor(t);
    await broker.kill();
    const run = await runOn(t, server.url, broker.address, ['--agents', '1', '--agents-wait', '600s']);
    await run.printed('waiting for the broker');
    await broker.restart();
    await agentOn(t, broker, 'a1');
    await assertRan(run);
  });

  it('that is gone is told as that while a run waits for agents', async (t) => {
    const broker = await brokerFor(t);
    const run = await runOn(t, 'ws://127.0.0.1:9/', broker.address, ['--agents', '1', '--agents-wait', '3s']);
    await run.printed('waiting for agents');
    await broker.kill();
    assert.equal(await run.exit, 103, run.stderr());
    assert.match(run.stderr(), /wsurge: the broker at 127\.0\.0\.1:\d+ is gone/);
    assert.doesNotMatch(run.stderr(), /no agent answers/);
  });

  it('that is gone ends the run when all agents have stopped; both sides say so, once', further, async (t) => {
    const broker = await brokerFor(t);
    const server = await targetFor(t);
    const agent = await agentOn(t, broker, 'a1');
    const run = await runOn(t, server.url, broker.address, ['--agents', '1'], '600s');
    await agent.printed('begins');
    while (run.process.exitCode === null && (await server.received()) < 40)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await broker.kill();
    assert.equal(await run.exit, 98, run.stderr());
    assert.equal(run.stderr().match(/the broker at \S+ is gone: agents go on for 10 s/g)?.length, 1, run.stderr());
    assert.match(run.stdout(), /worker_lost/);
    await broker.restart();
    await agent.printed('the broker is back');
    assert.equal(agent.stderr().match(/is gone/g)?.length, 1, agent.stderr());
  });
});

describe('an agent', { skip }, () => {
  it('with the user of the coordinator never says that it is up', async (t) => {
    const rights = 'permissions { subscribe { allow: ["_INBOX_c.>"] } }';
    const broker = await natsServer(`authorization { users = [{ user: c, password: pw, ${rights} }] }`);
    t.after(() => broker.stop());
    const agent = await spawnCli(t, ['agent', '--name', 'a1'], {}, [
      'env',
      `NATS_URL=nats://${broker.address}`,
      'NATS_USER=c',
      'NATS_PASSWORD=pw',
    ]);
    assert.equal(await agent.exit, 104);
    assert.doesNotMatch(agent.stdout(), /is up/);
    assert.match(agent.stderr(), /does not let this user listen/);
  });

  it('is refused with an address that its machine does not have', async (t) => {
    const agent = await spawnCli(t, ['agent', '--nats', 'nats://127.0.0.1:9', '--local-addresses', '192.0.2.1']);
    assert.equal(await agent.exit, 104);
    assert.match(agent.stderr(), /this machine does not have 192\.0\.2\.1 \(EADDRNOTAVAIL\)/);
  });
});
