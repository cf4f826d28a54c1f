/** A search whose load agents make, over a real broker. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { parseCapacity } from '../../src/documents/capacity-schema.js';
import { startServer } from '../../src/server/server.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { fleetOf, runsOf } from './fleet-fixture.js';
import { echo, wsServer } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';

const skip = await skipWithout('natsServer');

/** Half a second a step, and a limit that only a server which is gone fails. */
const SHORT = [
  ...['-c', '12', '-r', '20/s', '-W', '100ms', '-d', '500ms', '--no-instrument-check'],
  ...['--slo', 'ws_response_time p(95)<20s', '--reply-timeout', '60s', '--json'],
];

function documentOf(run: CliRun) {
  assert.ok(run.files['result.json'] !== undefined, run.stderr);
  return parseCapacity(JSON.parse(run.files['result.json']));
}

async function targetOf(t: TestContext) {
  const server = await startServer({ engine: 'ws', port: 0 });
  t.after(() => server.close());
  return server;
}

describe('a search over agents', { skip }, () => {
  it('ends with an answer, names its agents, and keeps them over all steps', async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    const server = await targetOf(t);
    const run = await runCli(['capacity', server.url, ...SHORT, '--max', '24', ...flags]);
    const { answer, steps, environment, workers } = documentOf(run);
    assert.equal(workers, 2);
    assert.deepEqual(
      environment.generators.map(({ agent }) => agent ?? 'coordinator'),
      ['coordinator', 'one', 'two'],
    );
    for (const { held, connections } of steps) assert.equal(held, connections);
    // On a machine that is busy with other things the generator may rightly be what limits.
    const isNoise = answer.limitedBy?.by === 'client';
    assert.equal(run.code, isNoise ? 98 : 0, run.stderr);
    if (!isNoise) assert.deepEqual([answer.connections, answer.end, answer.confirmed], [24, 'max', true], run.stderr);
    assert.match(run.stderr, /^agents +one \(1 worker\), two \(1 worker\)$/m);
    assert.match(run.stderr, /from 2 agents \(one, two\)/);
    assert.match(run.files['report.md']!, /\| agents one, two \|/);
    assert.match(run.files['report.html']!, /"Machine","agents one, two"/);
    for (const agent of agents) {
      await agent.printed('its coordinator is done');
      const { begun, ended } = runsOf(agent);
      assert.deepEqual([begun, ended], [1, [`${steps.length} cells: its coordinator is done`]]);
    }
  });

  it('goes no higher than an agent offers, and says which', further, async (t) => {
    const { flags } = await fleetOf(t, ['one', 'two'], ['--workers', '1', '--max-connections', '7']);
    const server = await targetOf(t);
    const run = await runCli(['capacity', server.url, ...SHORT, ...flags]);
    const { answer, search, steps } = documentOf(run);
    assert.equal(search.max.connections, 14);
    assert.equal(search.maxNote, 'agent one offers 7 connections');
    assert.ok(steps.every(({ connections }) => connections <= 14));
    assert.equal(run.code, 98, run.stderr);
    if (answer.end === 'max') {
      assert.match(
        answer.text,
        /^>= 14 connections .*, the generator is the limit: agent one offers 7 connections; add/,
      );
    }
  });

  it('says what it knows when an agent is killed, and why it ended', further, async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    let open = 0;
    let most = 0;
    const server = await wsServer({
      onConnection: (ws) => {
        ws.on('close', () => open--);
        most = Math.max(most, ++open);
      },
      onMessage: (ws, data, binary) => {
        // In the second step: the first one has 12 connections.
        if (most > 12) agents[1]!.process.kill('SIGKILL');
        echo(ws, data, binary);
      },
    });
    t.after(() => server.stop());
    const run = await runCli(['capacity', server.url, ...SHORT, ...flags]);
    const { answer, steps, exitCode, status } = documentOf(run);
    assert.deepEqual([run.code, exitCode, status], [98, 98, 'interrupted'], run.stderr);
    if (most <= 12) {
      assert.equal(answer.limitedBy?.by, 'client', 'on a busy machine the first step may be the last');
      return;
    }
    assert.equal(answer.end, 'agent_gone');
    assert.ok(steps.every(({ connections }) => connections === 12));
    assert.match(
      answer.text,
      /^>= 12 connections .* so far; the search ended: agent two (?:is gone|does not answer): nothing heard for \d+ s$/,
    );
    assert.equal(answer.limitedBy?.by, 'client');
    assert.match(run.files['intervals.ndjson']!, /"agent":"two"/, 'what the last step did stays in the folder');
    await agents[0]!.printed('its coordinator is done');
  });

  it('has the coordinator start the embedded server where agents reach it', further, async (t) => {
    const { flags } = await fleetOf(t, ['one', 'two']);
    const files = {
      'p.yaml': `
target: { embedded: ws }
load: [{ connections: 12, ratePerConnection: 20/s }]
reply: { timeout: 60s }
`,
    };
    const asked = ['capacity', 'p.yaml', ...SHORT.slice(4), '--max', '12', ...flags];
    const search = (...more: string[]) => runCli([...asked, ...more], { files });
    const refused = await search();
    assert.equal(refused.code, 104);
    assert.match(refused.stderr, /target: the embedded server listens on the loopback of this machine/);
    assert.match(refused.stderr, /--target-host ADDRESS/);
    const any = await search('--target-host', '0.0.0.0');
    assert.deepEqual([any.code, any.folders], [104, 0]);
    assert.match(any.stderr, /--target-host: .* is any address of this machine/);
    const run = await search('--target-host', '127.0.0.1');
    const { target, steps } = documentOf(run);
    assert.match(target.url, /^ws:\/\/127\.0\.0\.1:\d+\//);
    assert.ok(steps.length > 0 && steps.every(({ held }) => held === 12));
    assert.ok(steps[0]!.serverRssBytes !== null, 'its process is on this machine');
  });
});
