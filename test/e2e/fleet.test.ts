/** One load on several agents, over a real broker: it is the same load, message for message, whoever makes it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import type { NatsServer } from '../bus/nats-server.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { fleetOf, targetOf } from './fleet-fixture.js';
import { type CliRun, COUNTED_RUN, runCli } from './run-cli.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';
import type { TruthServer } from './truth-server.js';

const skip = await skipWithout('natsServer');

const PROFILE = `
load:
  - { name: steady, connections: 7, rate: 70/s }
  - { name: replies, model: closed, connections: 4, think: 50ms }
warmup: 500ms
duration: 1s
connectRate: 2000/s
reply: { timeout: 2s }
`;

function runOn(server: TruthServer, broker: NatsServer | null, flags: readonly string[] = []): Promise<CliRun> {
  const fleet = broker === null ? [] : ['--nats', `nats://${broker.address}`];
  return runCli([...COUNTED_RUN, 'p.yaml', '--target', server.url, ...fleet, ...flags], {
    files: { 'p.yaml': PROFILE },
  });
}

const planned = (run: CliRun, cell: number) => {
  const { messages, warmup } = run.result!.cells[cell]!.flows[0]!;
  return [messages, warmup].map((part) => [part.planned, part.sent, part.answered, part.lost]);
};

/** The numbers of all messages that came in; those of test connections are large. */
function numbersIn(entries: readonly TruthEntry[]): number[] {
  const numbers = entries.flatMap((entry) => (entry.kind === 'message' ? [entry.sequence!] : []));
  return numbers.filter((number) => number < 5e9).sort((a, b) => a - b);
}

describe('a fleet', { skip }, () => {
  it('makes the same load as one machine, to the message, and says who did what', async (t) => {
    const { broker } = await fleetOf(t, ['one', 'two'], ['--workers', '2']);
    const [ofFleet, ofOne] = [await targetOf(t), await targetOf(t)];
    const fleet = await runOn(ofFleet, broker, ['--agents', '2', '-w', '3', '--only', 'steady']);
    const alone = await runOn(ofOne, null, ['-w', '3', '--only', 'steady']);
    assert.ok(fleet.result !== null, fleet.stderr);
    assert.ok(alone.result !== null, alone.stderr);
    assert.deepEqual(planned(fleet, 0), planned(alone, 0));
    const [cell] = fleet.result.cells;
    assert.deepEqual(cell!.laws, []);
    assert.equal(cell!.connections.held, 7);
    const { agents, workers } = cell!.client;
    assert.deepEqual(
      agents!.map(({ agent, workers: range, status }) => [agent, range, status]),
      [
        ['one', [0, 2], 'done'],
        ['two', [2, 3], 'done'],
      ],
    );
    for (const { address, bus } of agents!) {
      assert.equal(address, '127.0.0.1');
      assert.ok(bus !== null && bus.sent > 5 && bus.reconnects === 0, JSON.stringify(bus));
    }
    assert.equal(workers.length, 3);
    const named = fleet.result.environment.generators.map(({ agent }) => agent ?? 'this machine');
    assert.deepEqual(named, ['this machine', 'one', 'two']);
    assert.deepEqual(numbersIn(await ofFleet.stop()), numbersIn(await ofOne.stop()));
  });

  it('counts in every model and load what the server counted', further, async (t) => {
    const { broker } = await fleetOf(t, ['one', 'two'], ['--workers', '1']);
    const server = await targetOf(t);
    const run = await runOn(server, broker, ['--agents', '2']);
    assert.ok(run.result !== null, run.stderr);
    const sent = run.result.cells.flatMap(({ flows }) => [flows[0]!.messages.sent, flows[0]!.warmup.sent]);
    assert.deepEqual(
      run.result.cells.flatMap(({ laws }) => laws),
      [],
    );
    assert.equal(
      numbersIn(await server.stop()).length,
      sent.reduce((sum, each) => sum + each, 0),
    );
  });

  it('goes on when an agent is killed, says so, and is not valid', async (t) => {
    const { broker, agents } = await fleetOf(t, ['one', 'two'], ['--workers', '1']);
    const server = await targetOf(t);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-fleet-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const events = path.join(folder, 'events.ndjson');
    const running = runOn(server, broker, ['--agents', '2', '-d', '4s', '--events', events]);
    await untilReceived(server, 40);
    kill(agents[1]!);
    const run = await running;
    assert.equal(run.code, 98, run.stderr);
    const lines = (await readFile(events, 'utf8')).trimEnd().split('\n');
    const lost = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'agent_lost');
    assert.deepEqual(
      lost.map(({ agent, cell }) => [agent, cell]),
      [['two', run.result!.cells[0]!.id]],
    );
    assert.match(run.stderr, /warning: agent two (?:is gone|does not answer).*: the cell cannot be VALID any more/);
    assert.equal(run.result!.status, 'interrupted', 'cells are left');
    const [cell] = run.result!.cells;
    const two = cell!.client.agents!.find(({ agent }) => agent === 'two')!;
    assert.equal(two.status, 'lost');
    assert.match(two.error!, /agent two (is gone|does not answer): nothing heard for \d+ s/);
    assert.deepEqual(cell!.laws, []);
    const { messages } = cell!.flows[0]!;
    assert.equal(messages.planned, 280);
    assert.ok(messages.lostWithWorker > 0);
    assert.ok(run.result!.verdict.reasons.some(({ code }) => code === 'worker_lost'));
    const [left, ...others] = run.result!.notRun.map(({ reason }) => reason);
    assert.match(left!, /^agent two (?:is gone|does not answer): nothing heard for \d+ s$/);
    assert.deepEqual(others, []);
  });

  it('tells what became of the load when an agent is told to leave', further, async (t) => {
    const { broker, agents } = await fleetOf(t, ['one', 'two'], ['--workers', '1']);
    const server = await targetOf(t);
    const running = runOn(server, broker, ['--agents', '2', '-d', '4s']);
    await untilReceived(server, 60);
    agents[0]!.process.kill('SIGTERM');
    const run = await running;
    assert.ok(run.result !== null, run.stderr);
    const [cell] = run.result.cells;
    assert.deepEqual(cell!.laws, []);
    const statuses = cell!.client.agents!.map(({ agent, status, error }) => [agent, status, error]);
    assert.deepEqual(statuses.sort(), [
      ['one', 'stopped', null],
      ['two', 'done', null],
    ]);
    const { messages } = cell!.flows[0]!;
    assert.equal(messages.planned, 280);
    assert.ok(messages.lostWithWorker > 0);
    assert.match(cell!.client.workers[0]!.error!, /was told to leave/);
    assert.equal(run.code, 98, run.stderr);
    assert.equal(await agents[0]!.exit, 0);
    assert.deepEqual(
      run.result.notRun.map(({ reason }) => reason),
      ['agent one was told to leave'],
    );
  });

  it('stops when its coordinator is killed', further, async (t) => {
    const { broker, agents } = await fleetOf(t, ['one'], ['--workers', '1']);
    const server = await targetOf(t);
    const flags = ['-c', '5', '-R', '100', '-d', '60s', '--agents', '1', '--no-instrument-check'];
    const coordinator = await spawnCli(t, ['run', server.url, '--nats', `nats://${broker.address}`, ...flags]);
    await untilReceived(server, 100);
    kill(coordinator);
    await agents[0]!.printed('ends after');
    const received = await server.received();
    await new Promise(setImmediate);
    assert.equal(await server.received(), received, 'nobody loads unseen');
  });

  it('refuses with a table when agents are too few', async (t) => {
    const { broker } = await fleetOf(t, ['one']);
    const server = await targetOf(t);
    const run = await runOn(server, broker, ['--agents', '2', '--agents-wait', '0s']);
    assert.equal(run.code, 104);
    assert.match(run.stderr, /2 agents are asked for; 1 answers/);
  });
});

/** Resolves when the server has had so many messages. It is asked again and again: it has nobody to tell. */
async function untilReceived(server: TruthServer, count: number): Promise<void> {
  while ((await server.received()) < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

function kill({ process: { pid } }: SpawnedCli): void {
  process.kill(pid!, 'SIGKILL');
}
