import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WsurgeError } from '../../src/errors.js';
import { kernelProc, statOf } from '../../src/machine/proc/proc-files.js';
import { startTarget } from '../../src/target/target.js';
import { Watchdog } from '../../src/target/watchdog.js';
import { TempScripts } from './scripts-fixture.js';
import { commandTarget } from './target-fixture.js';

const PROGRAM = fileURLToPath(new URL('../../src/target/watchdog-process.js', import.meta.url));
const LIMIT = { timeout: 20_000 };

/** A process that stays until it is killed. */
function stayer(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
}

/** What the watchdog does once its stdin has ended after these words; resolves with its exit code. */
async function barkAfter(words: string): Promise<number | null> {
  const watchdog = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'inherit', 'inherit'] });
  watchdog.stdin.end(words);
  const [code] = (await once(watchdog, 'exit')) as [number | null];
  return code;
}

describe('a watchdog whose wsurge is gone', LIMIT, () => {
  it('ends the process that it was told of', async () => {
    const process = stayer();
    const gone = once(process, 'exit');
    const startTicks = statOf(kernelProc, process.pid!)!.startTicks;
    assert.equal(await barkAfter(JSON.stringify({ pid: process.pid, startTicks, graceMs: 1000 })), 0);
    assert.deepEqual(await gone, [null, 'SIGTERM']);
  });

  it('spares a process that has the pid by now', async () => {
    const process = stayer();
    const startTicks = statOf(kernelProc, process.pid!)!.startTicks - 1;
    assert.equal(await barkAfter(JSON.stringify({ pid: process.pid, startTicks, graceMs: 1000 })), 0);
    assert.equal(process.exitCode ?? process.signalCode, null);
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  });

  it('ends itself where nothing had been started', async () => {
    assert.equal(await barkAfter(''), 0);
  });
});

describe('a watchdog', LIMIT, () => {
  it('is gone once it is dismissed, also twice', async () => {
    const watchdog = new Watchdog();
    assert.notEqual(statOf(kernelProc, watchdog.pid), null);
    await watchdog.dismiss();
    assert.equal(statOf(kernelProc, watchdog.pid), null);
    await watchdog.dismiss();
  });

  it('stays at a signal that is for wsurge: it has a process group of its own', async () => {
    const watchdog = new Watchdog();
    assert.equal(statOf(kernelProc, watchdog.pid)!.groupId, watchdog.pid);
    await watchdog.dismiss();
  });

  it('that cannot start is told, and no server is started', () => {
    assert.throws(
      () => new Watchdog('/nowhere/node'),
      (error: WsurgeError) => error.code === 'watchdog_not_started' && error.exitCode === 103,
    );
  });

  it('is no part of the server whose CPU and memory are measured, and goes with it', async (t) => {
    const scripts = new TempScripts();
    t.after(() => scripts.remove());
    const file = scripts.write('server.mjs', 'console.log("ready"); setInterval(() => {}, 1000);');
    const target = commandTarget(`${process.execPath} ${file}`, 'ws://127.0.0.1:9/', { by: 'log', line: 'ready' });
    const running = await startTarget(target, { cliPath: 'unused' });
    const watchdogs = watchdogsOf(process.pid);
    assert.equal(watchdogs.length, 1);
    assert.deepEqual(watchdogsOf(running.pid!), []);
    await running.stop();
    assert.equal(statOf(kernelProc, watchdogs[0]!), null);
  });
});

/** Its children that run the watchdog's program. */
function watchdogsOf(pid: number): number[] {
  const pids = (kernelProc.list('/proc') ?? []).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter(
    (each) =>
      statOf(kernelProc, each)?.parentPid === pid &&
      kernelProc.readText(`/proc/${each}/cmdline`)?.includes(PROGRAM) === true,
  );
}
