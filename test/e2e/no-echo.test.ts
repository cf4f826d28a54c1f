/** Servers that do not answer as the profile expects: refused before load with what came, and the advice works. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { assertInert } from './inert.js';
import { wsServer } from './local-server.js';
import { assertAnswered, assertExit, type CliRun, runCli } from './run-cli.js';

const SHORT = ['-c', '2', '-R', '40', '-d', '500ms', '-W', '0s', '--no-instrument-check', '--pacing', 'timer'];
/** For servers that never answer as they should: the canary waits for the reply this long. */
const SOON = ['--reply-timeout', '1500ms'];
type OnMessage = NonNullable<NonNullable<Parameters<typeof wsServer>[0]>['onMessage']>;

async function runAgainst(t: TestContext, onMessage: OnMessage, args: readonly string[] = []): Promise<CliRun> {
  const server = await wsServer({ onMessage });
  t.after(() => server.stop());
  const run = await runCli(['run', server.url, ...SHORT, ...args]);
  if (run.result === null) assert.equal(server.accepted(), 1, 'one canary and nothing else');
  return run;
}

function assertRefused(run: CliRun): void {
  assert.equal(run.code, 104, run.stderr);
  assert.equal(run.folders, 0);
  assert.equal(run.stdout, '');
}

const acknowledge: OnMessage = (ws) => ws.send('{"status":"accepted"}');
const silence: OnMessage = () => {};

test('another answer: 104 with what came and both ways out', async (t) => {
  const run = await runAgainst(t, acknowledge, SOON);
  assertRefused(run);
  assert.match(run.stderr, /match: sequence.*what came first was: \{"status":"accepted"\}/);
  assert.match(run.stderr, /--match order.*--match none/);
});

test('--match order with the content judged on request says what to change next', async (t) => {
  const run = await runAgainst(t, acknowledge, ['--match', 'order', '--set', 'reply.echo=full', ...SOON]);
  assertRefused(run);
  assert.match(run.stderr, /--set reply\.echo=none/);
});

test('no answer at all: 104 says so', further, async (t) => {
  const refused = await runAgainst(t, silence, SOON);
  assertRefused(refused);
  assert.match(refused.stderr, /nothing came within 1\.5 s/);
  assert.match(refused.stderr, /--match none/);
});

test('the sequence in another field: --set reply.field finds it', async (t) => {
  const renamed: OnMessage = (ws, data) => {
    const { sequence, content } = JSON.parse(data.toString()) as { sequence: number; content: string };
    ws.send(JSON.stringify({ ref: sequence, content }));
  };
  const run = await runAgainst(t, renamed, ['--set', 'reply.field=ref', '--set', 'reply.echo=field:content']);
  assertExit(run, 0);
  assertAnswered(run.result!.cells[0]!, 20);
});

describe('the rows of README for a server that is no echo, which are what the refusals advise', () => {
  const ownNumber: OnMessage = (ws, data) => {
    const { sequence } = JSON.parse(data.toString()) as { sequence: number };
    ws.send(JSON.stringify({ id: sequence, ok: true }));
  };
  const servers: readonly (readonly [says: string, OnMessage])[] = [
    ['answers each message, in order, with anything', acknowledge],
    ['repeats the number of the message in a JSON field `id`', ownNumber],
    ['never answers', silence],
  ];
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

  for (const [says, onMessage] of servers) {
    test(says, async (t) => {
      const row = readme.split('\n').find((line) => line.startsWith(`| ${says} |`));
      const [, flags] = /\| `([^`]+)` \|$/.exec(row ?? '') ?? assert.fail(`no row: ${says}`);
      const run = await runAgainst(t, onMessage, flags!.split(' '));
      assertExit(run, 0);
      const [cell] = run.result!.cells;
      const { messages } = cell!.flows[0]!;
      assert.equal(messages.corrupted, 0);
      if (onMessage !== silence) return assertAnswered(cell!, 20);
      assert.deepEqual([messages.planned, messages.unmatched, messages.received], [20, messages.sent, 0]);
    });
  }
});

test('the right sequence with other content: 104 names reply.echo', further, async (t) => {
  const run = await runAgainst(t, (ws, data) => ws.send(data.toString().replaceAll('x', 'y')));
  assertRefused(run);
  assert.match(run.stderr, /with the sequence but not with what was sent; it said: \{"type":"message"/);
  assert.match(run.stderr, /--set reply\.echo=none/);
});

test('hostile bytes in the answer and in the close reason are shown escaped and capped', async (t) => {
  const evil = `\u001b]0;owned\u0007\u001b[2J\r\nwsurge: PASSED\u202e\u0000${'A'.repeat(5000)}`;
  const answered = await runAgainst(t, (ws) => ws.send(evil), SOON);
  assertRefused(answered);
  assertInert(answered.stderr);
  assert.ok(answered.stderr.includes('\\x1b]0;owned\\x07\\x1b[2J\\r\\nwsurge: PASSED\\u202e\\0AAA'), answered.stderr);
  assert.ok(answered.stderr.length < 1000, 'the first 120 bytes and no more');
  const closed = await runAgainst(t, (ws) => ws.close(4000, '\u001b[31mno\n\u009b2J'));
  assertRefused(closed);
  assertInert(closed.stderr);
  assert.match(closed.stderr, /it closed the connection with 4000 \\x1b\[31mno\\n\\x9b2J/);
});

test('bytes that are no text at all: escaped, never a crash', further, async (t) => {
  const run = await runAgainst(
    t,
    (ws) => ws.send(Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x80, 0xc3]), { binary: false }),
    SOON,
  );
  assertRefused(run);
  assertInert(run.stderr);
});
