import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTruthLog } from '../../src/server/faults/read-truth-log.js';
import { further } from '../share.js';
import { Client, eventually, within } from './client.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));

/** A loader that lets Node find everything but the optional engine. */
const HOOK = `export const resolve = (name, context, next) =>
  next(name === 'uWebSockets.js' ? 'uWebSockets.js-is-not-here' : name, context);`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOK)}`)});`;
const WITHOUT_UWS = ['--import', `data:text/javascript,${encodeURIComponent(REGISTER)}`];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Serve {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { node = [] as string[], stdio = 'pipe' as SpawnOptions['stdio'] } = {}) {
    this.child = spawn(process.execPath, [...node, CLI, 'serve', ...args], { stdio });
    this.child.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    // Not the `close` event: it never comes once the IPC channel was closed from this side.
    const closed = [this.child.stdout, this.child.stderr].map((stream) => stream && once(stream, 'close'));
    this.ended = Promise.all([once(this.child, 'exit'), ...closed]).then(([exit]) => ({
      code: exit[0] as number | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** The first line on stdout. */
  async firstLine(): Promise<string> {
    const line = new Promise<string>((resolve) => {
      const look = () => this.#stdout.includes('\n') && resolve(this.#stdout.slice(0, this.#stdout.indexOf('\n')));
      this.child.stdout?.on('data', look);
      look();
    });
    const died = this.ended.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)));
    return within(Promise.race([line, died]), 'the first line');
  }
}

/** A folder that goes with the test. */
function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-serve-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `use` while it serves; nothing is left behind. */
async function whileServing(serve: Serve, use: (line: string) => Promise<void>): Promise<void> {
  try {
    await use(await serve.firstLine());
  } finally {
    serve.child.kill('SIGKILL');
    await serve.ended;
  }
}

test('--json: one line says where it listens; SIGTERM says 1001 to all and ends with 0', async () => {
  const serve = new Serve(['--engine', 'ws', '--port', '0', '--path', '/bots', '--json']);
  await whileServing(serve, async (line) => {
    const { port, url, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { event: 'listening', host: '127.0.0.1', engine: 'ws', pid: serve.child.pid, hint: null });
    assert.equal(url, `ws://127.0.0.1:${port}/bots`);
    const client = await Client.open(url);
    serve.child.kill('SIGTERM');
    assert.equal((await within(client.closed, 'the close')).code, 1001);
    const { code, stdout, stderr } = await within(serve.ended, 'it to end');
    assert.deepEqual([code, stdout, stderr], [0, `${line}\n`, '']);
  });
});

test('for people: one line with address, engine and pid', async () => {
  const serve = new Serve(['--engine', 'ws']);
  await whileServing(serve, async (line) => {
    assert.match(line, new RegExp(`^listening on ws://127\\.0\\.0\\.1:\\d+/, engine ws, pid ${serve.child.pid}$`));
    serve.child.kill('SIGINT');
    assert.equal((await within(serve.ended, 'it to end')).code, 0);
  });
});

test('started over an IPC channel it ends with the channel', async () => {
  const serve = new Serve(['--engine', 'ws', '--json'], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  await whileServing(serve, async (line) => {
    const client = await Client.open(JSON.parse(line).url);
    serve.child.disconnect();
    assert.equal((await within(client.closed, 'the close')).code, 1001);
    assert.equal((await within(serve.ended, 'it to end')).code, 0);
  });
});

test('without uWebSockets.js auto takes ws and says how to get the other', async () => {
  const json = new Serve(['--json'], { node: WITHOUT_UWS });
  await whileServing(json, async (line) => {
    const { engine, hint } = JSON.parse(line);
    assert.equal(engine, 'ws');
    assert.match(hint, /^npm install /);
  });
  const human = new Serve([], { node: WITHOUT_UWS });
  await whileServing(human, async (line) => {
    assert.match(line, /engine ws/);
    human.child.kill('SIGTERM');
    assert.match((await within(human.ended, 'it to end')).stderr, /npm install .*uWebSockets/);
  });
});

test('without uWebSockets.js asking for uws is refused with 104 and the line to run', further, async () => {
  const { code, stdout, stderr } = await within(
    new Serve(['--engine', 'uws'], { node: WITHOUT_UWS }).ended,
    'it to end',
  );
  assert.deepEqual([code, stdout], [104, '']);
  assert.match(stderr, /uWebSockets\.js is not installed/);
  assert.match(stderr, /npm install .*uWebSockets\.js/);
});

test('every flag reaches the server', async () => {
  const flags = '--engine ws --ping-interval 20s --token secret --origin https://a.example --origin https://b.example';
  const more = '--quota 2 --max-connections 1 --max-message 1KiB --text-only --host localhost --json';
  const serve = new Serve([...flags.split(' '), ...more.split(' ')]);
  await whileServing(serve, async (line) => {
    const { url, host } = JSON.parse(line);
    assert.equal(host, 'localhost');
    assert.ok(!line.includes('secret'));
    const client = await Client.open(`${url}?token=secret`, { origin: 'https://b.example' });
    await assert.rejects(Client.open(`${url}?token=secret`, { origin: 'https://a.example' }), /503/);
    await assert.rejects(Client.open(url, { origin: 'https://a.example' }), /401/);
    await assert.rejects(Client.open(`${url}?token=secret`), /403/);
    assert.equal((await client.ask('x'.repeat(1025)))['code'], 'too_large');
    client.send(Buffer.from('x'));
    assert.equal((await within(client.closed, 'the close')).code, 1003);
  });
});

test('--faults, --seed and --truth-log: said when it listens, and the log is whole after SIGTERM', async (t) => {
  const file = join(folderOf(t), 'truth.ndjson');
  const faults = ['--faults', 'drop:30%,delay:1ms', '--faults', 'duplicate:30%', '--seed', '7'];
  const serve = new Serve(['--engine', 'ws', '--json', '--truth-log', file, ...faults]);
  await whileServing(serve, async (line) => {
    const { url, faults: said, seed } = JSON.parse(line);
    assert.deepEqual([said, seed], [['drop:30%,delay:1ms', 'duplicate:30%'], 7]);
    const client = await Client.open(url);
    for (let i = 0; i < 200; i++) client.send({ type: 'message', content: '', sequence: i });
    client.send({ type: 'ping' });
    const echoes = () => client.received.filter(({ data }) => !data.includes('"pong"')).length;
    // All were read then, and replies may still wait.
    await eventually(() => client.received.length > echoes(), 'the pong');
    serve.child.kill('SIGTERM');
    await within(client.closed, 'the close');
    assert.equal((await within(serve.ended, 'it to end')).code, 0);
    const [start, opened, ...rest] = await readTruthLog(file);
    assert.ok(start?.kind === 'start' && start.pid === serve.child.pid);
    assert.equal(opened!.kind, 'open');
    const messages = rest.filter((entry) => entry.kind === 'message');
    assert.equal(messages.length, 200);
    const left = messages.reduce((sum, { outUs, copyUs }) => sum + Number(outUs !== null) + Number(copyUs !== null), 0);
    assert.equal(echoes(), left);
  });
});

test('freeze: the process neither reads nor answers in it, and does both after it', further, async (t) => {
  const file = join(folderOf(t), 'truth.ndjson');
  const serve = new Serve(['--engine', 'ws', '--json', '--truth-log', file, '--faults', 'freeze:200ms/400ms']);
  await whileServing(serve, async (line) => {
    const client = await Client.open(JSON.parse(line).url);
    let sent = 0;
    const sending = setInterval(() => client.send({ type: 'message', content: '', sequence: sent++ }), 5);
    await eventually(() => client.received.length >= 250, '250 replies');
    clearInterval(sending);
    await eventually(() => client.received.length === sent, 'the rest');
    serve.child.kill('SIGTERM');
    await within(serve.ended, 'it to end');
    const [start, ...rest] = await readTruthLog(file);
    assert.ok(start?.kind === 'start');
    const messages = rest.filter((entry) => entry.kind === 'message');
    assert.equal(messages.length, sent);
    // It falls asleep as soon as its timer comes round, and sleeps to the end of its period: what was sent meanwhile is
    // read in one go. Of all gaps between messages, those of its sleep are the longest.
    const gaps = messages.slice(1).map(({ inUs }, place) => ({ inUs, gapUs: inUs - messages[place]!.inUs }));
    const longest = gaps.reduce((found, gap) => (gap.gapUs > found.gapUs ? gap : found));
    assert.ok(longest.gapUs > 100_000, `${longest.gapUs} us is the longest gap`);
  });
});

test('a truth log that cannot be written: 104 at the start, and 104 when the disk fills up', further, async (t) => {
  const folder = folderOf(t);
  const refused = await within(new Serve(['--truth-log', folder]).ended, 'it to end');
  assert.deepEqual([refused.code, refused.stdout], [104, '']);
  assert.match(refused.stderr, /truth log .* cannot be written/);
  if (!existsSync('/dev/full')) return;
  const full = await within(new Serve(['--engine', 'ws', '--truth-log', '/dev/full']).ended, 'it to end');
  assert.equal(full.code, 104);
  assert.match(full.stderr, /\/dev\/full cannot be written: ENOSPC/);
});

test('bad faults: 104, each by itself, with the names of all', further, async () => {
  const args = ['--faults', 'dleay:1ms,stall:2s/1s', '--faults', 'drop:0%', '--seed', '-1'];
  const { code, stdout, stderr } = await within(new Serve(args).ended, 'it to end');
  assert.deepEqual([code, stdout], [104, '']);
  for (const part of ['"dleay"', 'stall:2s/1s', 'drop:0%', '--seed', 'known faults: null, stall, delay']) {
    assert.ok(stderr.includes(part), `${part} in\n${stderr}`);
  }
});

test('bad flags: 104, all problems at once, with the values as written', async () => {
  const args = '--port abc --ping-interval 30 --quota 0 --max-message 1QB --engine fast --cert c.pem --prot 80 extra';
  const { code, stdout, stderr } = await within(new Serve(args.split(' ')).ended, 'it to end');
  assert.deepEqual([code, stdout], [104, '']);
  for (const part of [
    '--port "abc"',
    '--ping-interval "30"',
    '--quota "0"',
    '--max-message "1QB"',
    '--engine "fast"',
  ]) {
    assert.ok(stderr.includes(part), `${part} in\n${stderr}`);
  }
  assert.match(stderr, /--prot: .*\n.*port/);
  assert.match(stderr, /"extra": is one argument too many/);
  assert.match(stderr, /--key/);
});
