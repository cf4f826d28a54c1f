import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCheck } from '../../src/documents/check-schema.js';
import { skipWithout } from '../needs.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { freePort, wsServer } from './local-server.js';
import { runCli } from './run-cli.js';

const withoutUws = await skipWithout('uws');

/** An echo on `ws` whose connections have no error handler: a broken frame ends it. */
const MORTAL = `
import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) });
server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
`;

describe('wsurge check', () => {
  for (const engine of ['ws', 'uws']) {
    it(`checks the embedded server on ${engine} and writes the report`, {
      skip: engine === 'uws' && withoutUws,
    }, async () => {
      const run = await runCli(['check', '--quick', '--only', '1', '--set', `target.embedded=${engine}`, '--json']);
      assert.equal(run.code, 0, run.stderr);
      const document = parseCheck(JSON.parse(run.stdout));
      assert.equal(document.target.engine, engine);
      assert.equal(document.protocol, 'bot');
      assert.deepEqual(document.verdict.scenarios, { passed: 1, failed: 0, error: 0, partly: 0, skipped: 0 });
      assert.deepEqual(JSON.parse(run.files['result.json'] ?? ''), JSON.parse(run.stdout));
      assert.equal(JSON.parse(run.files['run.json'] ?? '').status, 'complete');
      assert.match(run.files['report.md'] ?? '', /\*\*PASS\*\*: 1\/1 scenarios/);
      assert.match(run.files['junit.xml'] ?? '', /<testcase name="1\.1 a connection opens"/);
      assert.match(run.files['report.html'] ?? '', /"word":"1\/1"/);
    });
  }

  it('exits 99 where a check fails, tells why, and lets no control character of the server through', async () => {
    const server = await wsServer({ onMessage: (ws) => ws.close(4000, '\u001b[2J\u202esecret-word') });
    try {
      const promise = ['--set', 'reply.echo=full'];
      const args = ['check', `${server.url}?token=secret-word`, '--quick', '--only', '2.1,2.8', ...promise];
      const run = await runCli(args);
      assert.equal(run.code, 99, run.stderr);
      assert.match(run.stdout, /FAIL 2\.1 .*closed with 4000/);
      assert.match(run.stdout, /skip 2\.8 .*check\.answers\.invalidJson/);
      const all = [run.stdout, run.stderr, ...Object.values(run.files)].join('\n');
      for (const bad of ['secret-word', '\u001b', '\u202e']) assert.ok(!all.includes(bad), JSON.stringify(bad));
    } finally {
      await server.stop();
    }
  });

  it('says first which check ended the server, starts it again and goes on; --gentle leaves such checks out', async (t) => {
    const scripts = new TempScripts();
    t.after(() => scripts.remove());
    const port = await freePort();
    const command = `'${process.execPath}' '${scripts.write('mortal.mjs', MORTAL)}' ${port}`;
    const profile = `target: { command: ${JSON.stringify(command)}, url: "ws://127.0.0.1:${port}/" }\nload: [{ connections: 1, rate: 1 }]\n`;
    const files = { 'p.yaml': profile };
    const run = await runCli(['check', 'p.yaml', '--quick', '--only', '5.1,5.6,5.7'], { files });
    assert.equal(run.code, 99, run.stderr);
    const document = parseCheck(JSON.parse(run.files['result.json'] ?? ''));
    assert.deepEqual(
      document.serverEnds.map(({ check, how, after }) => [check, how, after]),
      ['5.6', '5.7'].map((id) => [id, 'it exited with code 1', 'restarted']),
    );
    const first = 'Checks 5.6 and 5.7 ended the server: it exited with code 1. wsurge started it again.';
    assert.ok(run.stdout.includes(`FAIL: ${first} ws://`), run.stdout);
    assert.ok(run.files['report.md']!.startsWith(`# wsurge test report\n\n**${first}**`), run.files['report.md']);
    assert.match(run.stdout, /1\. A client can end the server \(5\.6, 5\.7\)\. Catch the errors/);
    const lastLines = run.stdout.slice(run.stdout.lastIndexOf('1. A client')).split('\n');
    assert.ok(lastLines.reduce((sum, line) => sum + Math.ceil(line.length / 80), 0) < 24, run.stdout);

    const gentle = await runCli(['check', 'p.yaml', '--quick', '--gentle', '--only', '5.1,5.6'], { files });
    assert.equal(gentle.code, 0, gentle.stderr);
    assert.match(gentle.stdout, /skip 5\.6 .*left out by --gentle/);
    assert.match(gentle.files['report.md'] ?? '', /only in part checked: 5 Close/);
  });

  it('exits 98 where everything is skipped', async () => {
    const run = await runCli(['check', '--quick', '--only', '1.6', '--set', 'target.embedded=ws']);
    assert.equal(run.code, 98);
    assert.match(run.stdout, /every check was skipped/);
  });

  it('exits 105 with what there is where it is interrupted', async () => {
    const interrupt = new AbortController();
    const server = await wsServer({
      onMessage: (ws, data, binary) => {
        if (data.toString() === 'hello, world') interrupt.abort();
        else ws.send(data, { binary });
      },
    });
    try {
      const run = await runCli(['check', server.url, '--only', '2'], { signal: interrupt.signal });
      assert.equal(run.code, 105);
      assert.equal(JSON.parse(run.files['result.json'] ?? '').status, 'interrupted');
    } finally {
      await server.stop();
    }
  });

  it('refuses what it cannot do before anything is sent', async () => {
    const unknown = await runCli(['check', '--only', '99']);
    assert.equal(unknown.code, 104);
    assert.match(unknown.stderr, /1 \(connect\)/);
    assert.equal((await runCli(['check', '--connections', '5'])).code, 104);
    const nobody = await runCli(['check', 'ws://127.0.0.1:1/']);
    assert.equal(nobody.code, 103);
    assert.equal(nobody.folders, 0);
  });
});
