/** How agents get to the target of a run: each tries it for itself, and what it finds is told with its name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { parsedLines } from './event-lines.js';
import { fleetOf, runsOf } from './fleet-fixture.js';
import { assertInert } from './inert.js';
import { answering, freePort, wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const skip = await skipWithout('natsServer');

const LOAD = ['-c', '4', '-R', '40/s', '-d', '500ms', '--warmup', '0s'];
const HEADERS = ['-H', 'Authorization: Bearer s3cret-value'];

describe('the target of a fleet', { skip }, () => {
  it('is where a redirect leads, for every agent; what each found is told', async (t) => {
    const seen: (string | undefined)[] = [];
    const server = await wsServer({ onConnection: (_, __, { headers }) => seen.push(headers.authorization) });
    t.after(() => server.stop());
    const location = `http://127.0.0.1:${server.port}/there?sid=hidden`;
    const first = await answering(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    t.after(() => first.stop());
    const { flags } = await fleetOf(t, ['one', 'two']);
    const args = [...COUNTED_RUN, first.url, '--follow-redirects', ...LOAD, ...HEADERS, ...flags];
    const run = await runCli([...args, '--events', '-']);
    assert.ok(run.result !== null, run.stderr);
    const [cell] = run.result.cells;
    assert.deepEqual([cell!.laws, cell!.flows[0]!.messages.planned, cell!.connections.opened], [[], 20, 4]);
    assert.equal(run.result.target.redirectedTo, `ws://127.0.0.1:${server.port}/there?sid=***`);
    assert.equal(first.accepted(), 2, 'the canaries alone');
    assert.deepEqual(seen, Array(6).fill(undefined), 'two canaries and four connections, without what is secret');
    assert.match(
      run.stderr,
      /follows a redirect to ws:\S+\/there\?sid=\*\*\*, without Authorization: it is another origin/,
    );
    assert.match(
      run.stderr,
      /canary: 127\.0\.0\.1:\d+, by 2 agents\n {2}agent (one|two): tcp .*\n {2}agent (one|two): tcp /,
    );
    const canaries = parsedLines(run.stdout).filter(({ type }) => type === 'canary');
    assert.deepEqual(canaries.map(({ agent }) => agent).sort(), ['one', 'two']);
  });

  it('that refuses them is 103, told once for all; what it says holds no secret', async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    const gone = await runCli([...COUNTED_RUN, `ws://127.0.0.1:${await freePort()}/`, ...LOAD, ...flags]);
    assert.deepEqual([gone.code, gone.folders], [103, 0], gone.stderr);
    assert.match(gone.stderr, /agents one, two: cannot connect to ws:\/\/127\.0\.0\.1:\d+\/: .*ECONNREFUSED/);
    const body = 'no: \x1b[31mBearer s3cret-value';
    const server = await answering(`HTTP/1.1 401 No\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    t.after(() => server.stop());
    const refused = await runCli([...COUNTED_RUN, server.url, ...LOAD, ...HEADERS, ...flags]);
    assert.deepEqual([refused.code, refused.folders], [103, 0], refused.stderr);
    assertInert(refused.stderr);
    const isDone = '0 cells: its coordinator is done';
    for (const agent of agents) {
      // A run may be over before its agents have said so.
      while (runsOf(agent).ended.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(runsOf(agent).ended, [isDone, isDone]);
    }
    for (const text of [refused.stderr, ...agents.flatMap((agent) => [agent.stdout(), agent.stderr()])]) {
      assert.doesNotMatch(text, /s3cret/);
    }
  });

  it('that leads them to different places is refused with both', further, async (t) => {
    // Whoever asks first, or is led here again, is led on: they cannot both end at the same place.
    const server = await wsServer({
      takes: (socket, ordinal) => {
        if (ordinal > 1) return false;
        socket.end(`HTTP/1.1 302 Found\r\nLocation: /${['eu', 'us'][ordinal]}\r\nContent-Length: 0\r\n\r\n`);
        return true;
      },
    });
    t.after(() => server.stop());
    const { flags } = await fleetOf(t, ['one', 'two']);
    const run = await runCli([...COUNTED_RUN, server.url, '--follow-redirects', ...LOAD, ...flags]);
    assert.equal(run.code, 104, run.stderr);
    assert.match(
      run.stderr,
      /redirects lead the agents to different places\n {2}agent one: is led to ws:.*\n {2}agent two: is led to ws:/,
    );
  });
});
