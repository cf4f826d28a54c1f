/** Agents with clocks of their own, behind networks that are slower one way than the other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { startSkewUs } from '../../src/metrics/agent-result.js';
import { natsServer } from '../bus/nats-server.js';
import { skipWithout } from '../needs.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { ordersOn } from './fleet-fixture.js';
import { wsServer } from './local-server.js';
import { spawnCli } from './spawn-cli.js';

const skip = (await skipWithout('natsServer')) || (await skipWithout('namespaces'));

/** What the way to the broker and the way back take, ms, and how far the monotonic clock is ahead, seconds. */
const MACHINES = [
  { name: 'm0', to: 0, back: 0, ahead: 1000 },
  { name: 'm1', to: 20, back: 80, ahead: 4000 },
  { name: 'm2', to: 80, back: 20, ahead: 2000 },
  { name: 'm3', to: 0, back: 0, ahead: 3000 },
] as const;

/**
 * Loaded into a process: writes down when its clock, whose zero is its own start, had that zero by the monotonic clock of
 * its machine: at least and at most, ns.
 */
const ZERO = `
const { writeFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
let [least, most] = [-(10n ** 18n), 10n ** 18n];
for (let i = 0; i < 1000; i++) {
  const before = process.hrtime.bigint();
  const now = BigInt(Math.round(performance.now() * 1e6));
  const after = process.hrtime.bigint();
  if (before - now > least) least = before - now;
  if (after - now < most) most = after - now;
}
if (require('node:worker_threads').isMainThread) writeFileSync(process.env.ZERO_FILE, least + ' ' + most);
`;

/** A way to a port of this machine that takes its time. Bytes keep their order. */
async function slowWay(t: TestContext, port: number, toMs: number, backMs: number): Promise<string> {
  const server = net.createServer({ noDelay: true }, (client) => {
    const broker = net.connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to, ms] of [
      [client, broker, toMs],
      [broker, client, backMs],
    ] as const) {
      from.on('data', (bytes) => void setTimeout(() => void to.write(bytes), ms));
      from.on('error', () => {});
      from.on('close', () => void setTimeout(() => void to.destroy(), ms));
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the clocks of a fleet', { skip }, () => {
  it('are known as exactly as the result says, also where one way takes longer than the other', async (t) => {
    const scripts = new TempScripts();
    t.after(() => scripts.remove());
    const preload = scripts.write('zero.cjs', ZERO);
    const zeroOf = (name: string) => scripts.write(`${name}.zero`, '');
    const [broker, server] = await Promise.all([natsServer(), wsServer()]);
    t.after(() => Promise.all([broker.stop(), server.stop()]));
    const seen = await ordersOn(t, broker);
    const zeros = MACHINES.map(({ name }) => zeroOf(name));
    await Promise.all(
      MACHINES.map(async ({ name, to, back, ahead }, at) => {
        const isFar = to + back > 0;
        const address = isFar ? await slowWay(t, Number(broker.address.split(':')[1]), to, back) : broker.address;
        const words = ['agent', '--nats', `nats://${address}`, '--name', name, '--workers', '1'];
        const machine = ['unshare', '--time', '--monotonic', `${ahead}`, '--fork', '--kill-child'];
        const env = ['env', `NODE_OPTIONS=--require=${preload}`, `ZERO_FILE=${zeros[at]}`];
        const agent = await spawnCli(t, words, {}, [...machine, ...env]);
        await agent.printed('is up');
      }),
    );
    const load = ['-c', '4', '-R', '40', '-d', '1s', '-W', '0s', '--no-instrument-check', '--json'];
    const fleet = ['--agents', `${MACHINES.length}`, '--nats', `nats://${broker.address}`];
    const run = await spawnCli(t, ['run', server.url, ...load, ...fleet]);
    await run.exit;
    const { cells } = JSON.parse(run.stdout() || '{}') as ResultDocument;
    assert.equal(cells?.length, 1, run.stderr());
    const agents = cells[0]!.client.agents!;
    assert.deepEqual(cells[0]!.laws, []);

    /** When each began, by the monotonic clock of the machine that all of them really are on: at least and at most, us. */
    const begins = MACHINES.map(({ name, ahead }, at) => {
      const order = seen.find(({ agent, order }) => order.kind === 'start' && agent.startsWith(`${name}-`))?.order;
      assert.ok(order?.kind === 'start', `${name} was told to start`);
      const [least, most] = readFileSync(zeros[at]!, 'utf8')
        .split(' ')
        .map((ns) => Number(ns) / 1000);
      return { name, leastUs: least! + order.t0Us - ahead * 1e6, mostUs: most! + order.t0Us - ahead * 1e6 };
    });
    const boundOf = (name: string) => {
      const { clock } = agents.find(({ agent }) => agent === name)!;
      return clock!.errorUs + Math.abs(clock!.driftUs);
    };
    for (const one of begins) {
      for (const other of begins) {
        const apartUs = one.leastUs - other.mostUs;
        const mostUs = boundOf(one.name) + boundOf(other.name);
        assert.ok(
          apartUs <= mostUs,
          `${one.name} begins ${apartUs} us after ${other.name}, told: ${mostUs} us at most`,
        );
      }
    }
    const skewUs = Math.max(...begins.map(({ leastUs }) => leastUs)) - Math.min(...begins.map(({ mostUs }) => mostUs));
    assert.ok(startSkewUs(agents)! >= skewUs, `they begin ${skewUs} us apart, told: ${startSkewUs(agents)} us`);
    // A way around of 100 ms hides 50 ms of an offset, and a timer is up to a millisecond early.
    for (const name of ['m1', 'm2']) assert.ok(boundOf(name) > 48_000, `${name}: ${boundOf(name)} us`);
  });
});
