import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import type { WsurgeError } from '../../src/errors.js';
import { kernelProc, statOf } from '../../src/machine/proc/proc-files.js';
import type { Readiness, Target } from '../../src/profile/profile.js';
import type { RunningTarget } from '../../src/target/running-target.js';
import { startTarget, type TargetDeps } from '../../src/target/target.js';
import { TempScripts } from './scripts-fixture.js';
import { commandTarget, embeddedTarget, urlTarget } from './target-fixture.js';

const scripts = new TempScripts();
const started: RunningTarget[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((running) => running.stop()));
  scripts.remove();
});

async function start(target: Target, deps: Partial<TargetDeps> = {}): Promise<RunningTarget> {
  const running = await startTarget(target, { cliPath: 'unused', ...deps });
  started.push(running);
  return running;
}

/** The error of a start that has to fail. */
async function failure(target: Target, deps: Partial<TargetDeps> = {}): Promise<WsurgeError> {
  return start(target, deps).then(
    () => assert.fail('it started'),
    (error: WsurgeError) => error,
  );
}

/** Gone, or a zombie that only its new parent can bury. */
function isGone(pid: number): boolean {
  return (statOf(kernelProc, pid)?.state ?? 'Z') === 'Z';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

/** Runs a program until its stop, ready when it has printed `ready`. */
function node(source: string, ready: Readiness = { by: 'log', line: 'ready' }, url = 'ws://127.0.0.1:9/') {
  return commandTarget(`${process.execPath} ${scripts.write('server.mjs', source)}`, url, ready);
}

const STAY = 'setInterval(() => {}, 1000);';

describe('a url target', () => {
  it('has nothing to start or stop', async () => {
    const running = await start(urlTarget('ws://192.0.2.1/'));
    assert.equal(running.url, 'ws://192.0.2.1/');
    assert.equal(running.pid, null);
    assert.equal(running.exited(), null);
    await running.stop();
  });
});

describe('an embedded target', () => {
  /** Stands in for the command line: answers `serve` with the given program. */
  const cli = (source: string) => ({ cliPath: scripts.write('cli.mjs', source) });
  const LISTENING = `
    const [, , ...args] = process.argv;
    console.log(JSON.stringify({ event: 'listening', url: 'ws://127.0.0.1:4567/', host: '127.0.0.1', port: 4567,
      engine: 'ws', pid: process.pid, hint: args.join(' ') }));
    process.on('disconnect', () => process.exit());
  `;

  it('is asked for a free port and its engine, and says where it listens', async () => {
    const running = await start(embeddedTarget('uws'), cli(LISTENING));
    assert.equal(running.url, 'ws://127.0.0.1:4567/');
    assert.equal(running.engine, 'ws');
    assert.equal(running.hint, 'serve --engine uws --port 0 --json');
    assert.equal(running.exited(), null);
    await running.stop();
    assert.deepEqual(running.exited(), { code: null, signal: 'SIGTERM' });
    assert.ok(isGone(running.pid!));
  });

  it('that crashes is 103 with its last lines', async () => {
    const error = await failure(embeddedTarget(), cli('console.error("no more memory"); process.exitCode = 3;'));
    assert.equal(error.exitCode, 103);
    assert.match(error.message, /exited with code 3 before it was ready; its last lines:\nno more memory/);
  });

  it('that refuses its options is 104 with its reason', async () => {
    const error = await failure(
      embeddedTarget('uws'),
      cli('console.error("uws is not installed"); process.exit(104);'),
    );
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /uws is not installed/);
  });

  it('that says something else is 103 with what it said', async () => {
    const error = await failure(embeddedTarget(), cli(`console.log('{"event":"hello"}'); ${STAY}`));
    assert.equal(error.code, 'target_unknown_answer');
    assert.match(error.message, /"hello"/);
  });

  it('that never says anything is 103, and is gone', async () => {
    const pidFile = join(scripts.folder, 'pid');
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${STAY}`;
    const error = await failure(embeddedTarget(), { ...cli(source), readyTimeoutMs: 5000 });
    assert.equal(error.code, 'target_never_ready');
    assert.equal(error.exitCode, 103);
    assert.ok(isGone(Number(readFileSync(pidFile, 'utf8'))));
  });
});

describe('a command is ready', () => {
  const SERVER = (port: number, status = 200) => `
    import { createServer } from 'node:http';
    createServer((request, response) => response.writeHead(request.url === '/ready' ? ${status} : 404).end())
      .listen(${port}, '127.0.0.1');
  `;

  it('when its port takes connections', async () => {
    const port = await freePort();
    const running = await start(node(SERVER(port), { by: 'port' }, `ws://127.0.0.1:${port}/`));
    assert.equal(running.url, `ws://127.0.0.1:${port}/`);
    assert.equal(running.engine, null);
    await running.stop();
    assert.ok(isGone(running.pid!));
  });

  it('when its unix socket takes connections', async () => {
    const path = join(scripts.folder, 'app.sock');
    const source = `import { createServer } from 'node:net'; createServer().listen(${JSON.stringify(path)});`;
    const running = await start(node(source, { by: 'port' }, `ws+unix:${path}:/`));
    assert.equal(running.exited(), null);
  });

  it('when a URL of its answers with 2xx', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/ready`;
    const running = await start(node(SERVER(port, 204), { by: 'url', url }, `ws://127.0.0.1:${port}/`));
    assert.equal(running.exited(), null);
  });

  it('not when that URL answers with anything else', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/other`;
    const target = node(SERVER(port), { by: 'url', url }, `ws://127.0.0.1:${port}/`);
    // Long enough for the server to be up and to answer, on a busy machine too.
    const error = await failure({ ...target, readyTimeoutMs: 6000 });
    assert.equal(error.exitCode, 103);
    assert.match(error.message, /was not ready after 6 s \(GET http:\/\/127.0.0.1:\d+\/other: HTTP 404\)/);
  });

  for (const stream of ['stdout', 'stderr']) {
    it(`when it prints the line on ${stream}`, async () => {
      const running = await start(
        node(`process.${stream}.write('now rea'); process.${stream}.write('dy\\n'); ${STAY}`),
      );
      assert.equal(running.exited(), null);
    });
  }
});

describe('a command that does not start', () => {
  it('is 104 where there is no such program', async () => {
    const error = await failure(commandTarget('wsurge-no-such-program --x', 'ws://127.0.0.1:9/', { by: 'port' }));
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /cannot start `wsurge-no-such-program --x`: no such program/);
  });

  it('is 104 where a folder on the PATH may not be searched, and nothing is found in the others', async (t) => {
    const closed = join(scripts.folder, 'closed');
    mkdirSync(closed, { mode: 0 });
    const { PATH } = process.env;
    process.env['PATH'] = `${closed}:${PATH}`;
    t.after(() => {
      process.env['PATH'] = PATH;
    });
    const error = await failure(commandTarget('wsurge-no-such-program --x', 'ws://127.0.0.1:9/', { by: 'port' }));
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /: no such program/);
  });

  it('is 104 where the shell finds no such program', async () => {
    const error = await failure(
      commandTarget('wsurge-no-such-program | cat >&2; exit 127', 'ws://127.0.0.1:9/', { by: 'port' }),
    );
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /wsurge-no-such-program/);
  });

  it('is 104 where the file is not executable', async () => {
    const path = scripts.write('plain.txt', 'no program');
    const error = await failure(commandTarget(path, 'ws://127.0.0.1:9/', { by: 'port' }));
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /not executable/);
  });

  it('is 103 with its last lines where it crashes at once', async () => {
    const error = await failure(node('console.log("starting"); console.error("no config"); process.exit(7);'));
    assert.equal(error.exitCode, 103);
    assert.match(error.message, /exited with code 7 before it was ready/);
    assert.match(error.message, /starting/);
    assert.match(error.message, /no config/);
  });

  it('is 103 where it is never ready, saying what was waited for', async () => {
    const error = await failure({ ...node(`console.log('almost'); ${STAY}`), readyTimeoutMs: 5000 });
    assert.equal(error.exitCode, 103);
    assert.match(error.message, /was not ready after 5 s \(it did not print "ready"\); its last lines:\nalmost/);
  });

  it('is 104 naming who holds its port', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = busy.address();
    assert.ok(typeof address === 'object' && address !== null);
    const marker = join(scripts.folder, 'marker');
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, ''); ${STAY}`;
    const error = await failure(node(source, { by: 'port' }, `ws://127.0.0.1:${address.port}/`));
    busy.close();
    await once(busy, 'close');
    assert.equal(error.exitCode, 104);
    assert.match(
      error.message,
      new RegExp(`127.0.0.1:${address.port} is already in use by .+ \\(pid ${process.pid}\\)`),
    );
    assert.throws(() => readFileSync(marker), { code: 'ENOENT' });
  });

  it('is 104 where its URL has no fixed port', async () => {
    const error = await failure(commandTarget('true', 'ws://127.0.0.1:0/', { by: 'port' }));
    assert.equal(error.code, 'target_url_not_fixed');
  });

  it('is 105 where the user gives up, and is gone', async () => {
    const pidFile = join(scripts.folder, 'pid');
    const giveUp = new AbortController();
    const port = await freePort();
    // Its one visitor is the first look at its port, so it runs by then.
    const source = `
      import { createServer } from 'node:http';
      import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      createServer((request, response) => fetch(request.url.slice(1)).finally(() => response.writeHead(503).end()))
        .listen(${port}, '127.0.0.1');
    `;
    const visitor = createServer((socket) => {
      giveUp.abort();
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(visitor, 'listening');
    const at = visitor.address();
    assert.ok(typeof at === 'object' && at !== null);
    const url = `http://127.0.0.1:${port}/http://127.0.0.1:${at.port}/`;
    const error = await failure(node(source, { by: 'url', url }, `ws://127.0.0.1:${port}/`), { signal: giveUp.signal });
    visitor.close();
    assert.equal(error.exitCode, 105);
    assert.ok(isGone(Number(readFileSync(pidFile, 'utf8'))));
  });
});

describe('stopping a command', () => {
  it('sends SIGTERM, and may be asked for again', async () => {
    const running = await start(node(`process.on('SIGTERM', () => process.exit(12)); console.log('ready'); ${STAY}`));
    await Promise.all([running.stop(), running.stop()]);
    assert.deepEqual(running.exited(), { code: 12, signal: null });
    assert.ok(!running.wasKilled());
    await running.stop();
  });

  it('kills one that ignores SIGTERM', async () => {
    const source = `process.on('SIGTERM', () => {}); console.log('ready'); ${STAY}`;
    const running = await start({ ...node(source), stopTimeoutMs: 200 });
    await running.stop();
    assert.deepEqual(running.exited(), { code: null, signal: 'SIGKILL' });
    assert.ok(running.wasKilled());
    assert.ok(isGone(running.pid!));
  });

  it('is done at once where it ended by itself', async () => {
    const running = await start(node('console.log("ready"); process.exit(3);'));
    while (running.exited() === null) await new Promise((resolve) => setTimeout(resolve, 10));
    await running.stop();
    assert.deepEqual(running.exited(), { code: 3, signal: null });
  });

  /** Starts a grandchild that says its pid, by the parent, before `ready`. */
  const family = (options: string) => `
    import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'], ${options});
    child.stdout.once('data', () => {
      writeFileSync(${JSON.stringify(join(scripts.folder, 'pid'))}, String(child.pid));
      console.log('ready');
    });
  `;
  for (const [what, options] of [
    ['in its group', '{}'],
    ['that left its group', '{ detached: true }'],
  ] as const) {
    it(`reaches a grandchild ${what} that ignores SIGTERM`, async () => {
      const running = await start({ ...node(family(options)), stopTimeoutMs: 200 });
      const grandchild = Number(readFileSync(join(scripts.folder, 'pid'), 'utf8'));
      assert.ok(!isGone(grandchild));
      await running.stop();
      assert.ok(isGone(running.pid!));
      assert.ok(isGone(grandchild));
      assert.ok(running.wasKilled());
    });
  }

  it('reaches what a shell started', async () => {
    const pidFile = join(scripts.folder, 'pid');
    const source = `import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); console.log('ready'); ${STAY}`;
    const line = `${process.execPath} ${scripts.write('server.mjs', source)} | cat; true`;
    const running = await start(commandTarget(line, 'ws://127.0.0.1:9/', { by: 'log', line: 'ready' }));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    assert.ok(pid !== running.pid && !isGone(pid));
    await running.stop();
    assert.ok(isGone(pid));
  });
});
