import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseCheck } from '../../src/documents/check-schema.js';
import { startServer } from '../../src/server/server.js';
import * as servers from '../check/look-servers.js';
import { further } from '../share.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { freePort, wsServer } from './local-server.js';
import { runCli } from './run-cli.js';

/** Two echo checks and one of connecting: enough to see what is asked of a kind of server. */
const SOME = ['--quick', '--only', '1.1,2.1,3.4'];

describe('wsurge check on a server that is only named', () => {
  it('says what it found, and asks what makes sense for that', async () => {
    const server = await servers.lookServer(servers.ADDS_A_FIELD);
    try {
      const run = await runCli(['check', server.url, ...SOME]);
      assert.equal(run.code, 0, run.stdout);
      assert.match(run.stdout, /The server echoes JSON and adds server_time; asked as \{"content":\{\{content\}\}\}/);
      assert.match(run.stdout, /--init profile\.yaml/);
      const { found } = parseCheck(JSON.parse(run.files['result.json'] ?? ''));
      assert.equal(found?.kind.name, 'json-echo');
      assert.match(run.files['report.md'] ?? '', /The server echoes JSON and adds server\\_time/);
    } finally {
      await server.stop();
    }
  });

  it('asks no feed for echoes, and reports what came unasked', further, async () => {
    const server = await servers.lookServer(servers.PUSHES);
    try {
      const run = await runCli(['check', server.url, ...SOME, '--json', '--set', 'reply.echo=none']);
      const { verdict, found, scenarios } = parseCheck(JSON.parse(run.stdout));
      assert.deepEqual([run.code, verdict.checks], [0, { passed: 1, failed: 0, error: 0, skipped: 2 }]);
      assert.equal(found?.kind.name, 'pushes');
      assert.match(JSON.stringify(scenarios), /does not echo; where it should, promise it with reply\.echo/);
    } finally {
      await server.stop();
    }
  });

  it('lets a greeting and a heartbeat be no reply', async () => {
    const server = await wsServer({
      onConnection: (ws) => {
        ws.send('Welcome');
        const timer = setInterval(() => ws.send('{"type":"beat"}'), 20);
        ws.on('close', () => clearInterval(timer));
      },
    });
    try {
      const run = await runCli(['check', server.url, '--quick', '--only', '2.1,3.7,7.1', '--json']);
      const { verdict, found } = parseCheck(JSON.parse(run.stdout));
      assert.deepEqual([run.code, verdict.checks.passed], [0, 3], run.stdout);
      assert.equal(found?.kind.name, 'echo');
      assert.equal(found?.setAside?.first, 'Welcome');
    } finally {
      await server.stop();
    }
  });

  it('takes neither the messages of its other connections nor a receipt for a reply', further, async () => {
    const server = await servers.lookServer(servers.CHATS);
    try {
      const run = await runCli(['check', server.url, '--quick', '--only', '2.7,3.7,4.1,7.2,7.3', '--json']);
      const { verdict, found } = parseCheck(JSON.parse(run.stdout));
      assert.equal(verdict.checks.failed, 0, run.stdout);
      assert.match(found?.sentence ?? '', /it passes messages on to other clients/);
      assert.ok((found?.setAside?.count ?? 0) > 0);
    } finally {
      await server.stop();
    }
  });

  it('sets aside what a stream of replies comes upon for the first time', further, async () => {
    let seen = 0;
    const server = await servers.lookServer({
      onMessage: (ws, text) => {
        ws.send(text);
        if (text.includes('"number"') && ++seen % 10 === 0) ws.send('{"type":"heartbeat"}');
      },
    });
    try {
      const run = await runCli(['check', server.url, '--quick', '--only', '2.7,3.7,4.1,4.5,7.1', '--json']);
      const { verdict, found } = parseCheck(JSON.parse(run.stdout));
      assert.equal(verdict.checks.failed, 0, run.stdout);
      assert.equal(found?.setAside?.first, '{"type":"heartbeat"}');
    } finally {
      await server.stop();
    }
  });

  it('holds a server to what the profile promises, whatever was found', further, async () => {
    const server = await servers.lookServer({ onMessage: (ws) => ws.send('{"error":"unknown"}') });
    try {
      const args = ['--quick', '--only', '2.1', '--set', 'reply.echo=full', '--reply-timeout', '300ms'];
      assert.equal((await runCli(['check', server.url, ...args])).code, 99);
    } finally {
      await server.stop();
    }
  });

  it('leaves only what a handshake shows where every connection is closed at once', further, async () => {
    const server = await servers.lookServer({ onOpen: (ws) => ws.close(4401, 'token missing') });
    try {
      const run = await runCli(['check', server.url, '--quick', '--only', '1,5,8']);
      assert.equal(run.code, 98, run.stdout);
      assert.match(run.stdout, /closes every connection at once \(4401 "token missing"\)/);
      assert.match(run.stdout, /skip 5\.1 .*4401 "token missing".*-H/);
      assert.match(run.stdout, /1\. The server closes .*4401 "token missing".*-H/);
      assert.match(run.stdout, /UNDECIDED: Nothing was found out about .* beyond the handshake/);
      assert.match(run.files['report.md'] ?? '', /1\. The server closes every connection at once \(4401/);
    } finally {
      await server.stop();
    }
  });

  it('names the path where a socket.io server is asked on another one', async () => {
    const server = await servers.lookServer({ ...servers.SOCKET_IO, path: '/socket.io/' });
    try {
      const run = await runCli(['check', server.url, ...SOME]);
      assert.equal(run.code, 103);
      assert.match(run.stderr, /\/socket\.io\/\?EIO=4&transport=websocket/);
      assert.equal((await runCli(['check', `${server.url}socket.io/?EIO=4&transport=websocket`, ...SOME])).code, 0);
    } finally {
      await server.stop();
    }
  });
});

/** Ends by a text that is no JSON. */
const PARSES = `
import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });
server.on('connection', (socket) =>
  socket.on('message', (data) => socket.send(JSON.stringify({ ...JSON.parse(data.toString()), ok: true }))));
server.on('listening', () => console.log(server.address().port));
`;
/** As the one above, but it dies late: at the next question of the look. */
const DIES_SLOWLY = `${PARSES}
let isDying = false;
process.on('uncaughtException', () => { isDying = true; });
server.prependListener('connection', (socket) => socket.on('message', () => isDying && process.exit(1)));
`;
const ENDED = 'The server ended when a text that is no JSON was sent to it during the look';

describe('a server that the look ends', () => {
  it('is started again where wsurge started it, and looked at with JSON alone', async (t) => {
    const scripts = new TempScripts();
    t.after(() => scripts.remove());
    const port = await freePort();
    const command = `'${process.execPath}' '${scripts.write('parses.mjs', PARSES)}' ${port}`;
    const profile = `target: { command: ${JSON.stringify(command)}, url: "ws://127.0.0.1:${port}/" }\nload: [{ connections: 1, rate: 1 }]\n`;
    const run = await runCli(['check', 'p.yaml', '--quick', '--only', '1.1,2.1'], { files: { 'p.yaml': profile } });
    assert.equal(run.code, 99, run.stdout + run.stderr);
    const { found, serverEnds, verdict } = parseCheck(JSON.parse(run.files['result.json'] ?? ''));
    assert.deepEqual(
      serverEnds.map(({ check, sent, how, after }) => [check, sent, how, after]),
      [['look', 'a text that is no JSON', 'it exited with code 1', 'restarted']],
    );
    assert.deepEqual([found?.kind.name, verdict.checks.passed, verdict.checks.failed], ['json-echo', 2, 0]);
    const said = `${ENDED}: it exited with code 1`;
    assert.ok(run.stdout.includes(`FAIL: ${said}. wsurge started it again.`), run.stdout);
    assert.ok(run.stdout.includes(`1. ${said}. Catch errors where messages are handled`), run.stdout);
    assert.match(
      run.files['junit.xml'] ?? '',
      /<testcase name="result"[^>]*>\s*<failure message="The server ended when/,
    );
  });

  it('is told by --init as well, with the profile for what it answered', further, async (t) => {
    const scripts = new TempScripts();
    t.after(() => scripts.remove());
    const program = spawn(process.execPath, [scripts.write('dies.mjs', DIES_SLOWLY)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => program.kill());
    const [port] = (await once(program.stdout, 'data')) as [Buffer];
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'parses.yaml');
    const init = await runCli(['check', '--init', file, `ws://127.0.0.1:${port.toString().trim()}/`]);
    assert.equal(init.code, 99, init.stderr);
    assert.ok(init.stderr.includes(ENDED), init.stderr);
    assert.ok(readFileSync(file, 'utf8').includes('The server echoes JSON'), init.stdout);
  });
});

describe('wsurge check --init', () => {
  it('writes a profile with which the server is checked and loaded', async () => {
    const server = await servers.lookServer(servers.WRAPS);
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
    const file = join(folder, 'chat.yaml');
    try {
      const init = await runCli(['check', '--init', file, server.url]);
      assert.equal(init.code, 0, init.stderr);
      assert.equal(init.folders, 0);
      const text = readFileSync(file, 'utf8');
      assert.ok(init.stdout.includes(text));
      const check = await runCli(['check', file, ...SOME]);
      assert.equal(check.code, 0, check.stdout + check.stderr);
      assert.ok(!check.stdout.includes('--init'));
      const load = ['--set', 'duration=300ms', '--set', 'warmup=0s', '--only', 'throughput', '--no-default-gates'];
      const run = await runCli(['run', file, ...load]);
      const [cell] = run.result?.cells ?? [];
      const { messages } = cell?.flows[0] ?? assert.fail(run.stderr);
      assert.notEqual(messages.answered, 0);
      assert.deepEqual([messages.corrupted, messages.lost, messages.unexpected], [0, 0, 0]);
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  for (const name of ['the reference server', 'an echo'] as const) {
    it(`writes a profile with which more checks pass: ${name}`, async () => {
      const own = name === 'an echo' ? null : await startServer({ engine: 'ws', path: '/' });
      const other = own === null ? await wsServer() : null;
      const url = own?.url ?? other!.url;
      const folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
      const file = join(folder, 'found.yaml');
      const passedWith = async (what: string) => {
        const run = await runCli(['check', what, '--quick', '--only', '1,S.5', '--json']);
        return parseCheck(JSON.parse(run.stdout)).verdict.checks.passed;
      };
      try {
        const init = await runCli(['check', '--init', file, url]);
        assert.equal(init.code, 0, init.stderr);
        const [bare, profiled] = [await passedWith(url), await passedWith(file)];
        assert.ok(profiled > bare, `${profiled} with the profile, ${bare} without`);
      } finally {
        await own?.close();
        await other?.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it('never writes over a file, nor where it may not, and sends nothing then', async () => {
    const server = await wsServer();
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
    const file = join(folder, 'there.yaml');
    writeFileSync(file, 'mine');
    try {
      const there = await runCli(['check', '--init', file, server.url]);
      assert.equal(there.code, 104);
      assert.match(there.stderr, /exists already; nothing was written/);
      assert.equal(readFileSync(file, 'utf8'), 'mine');
      assert.equal(server.accepted(), 0);
      const under = await runCli(['check', '--init', join(file, 'below.yaml'), server.url]);
      assert.equal(under.code, 104);
      assert.match(under.stderr, /cannot be written/);
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('needs the URL of a server that runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-init-'));
    const file = join(folder, 'new.yaml');
    try {
      const none = await runCli(['check', '--init', file]);
      assert.deepEqual([none.code, /name its URL/.test(none.stderr)], [104, true]);
      const profile = { 'own.yaml': 'target: { url: ws://127.0.0.1:1/ }\nload: [{ connections: 1, rate: 1 }]\n' };
      const twice = await runCli(['check', '--init', file, 'own.yaml'], { files: profile });
      assert.deepEqual([twice.code, /there is a profile already/.test(twice.stderr)], [104, true], twice.stderr);
      const nobody = await runCli(['check', '--init', file, `ws://127.0.0.1:${await freePort()}/`]);
      assert.equal(nobody.code, 103);
      assert.ok(!existsSync(file));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
