import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { allProcesses, kernelProc, statOf } from '../../src/machine/proc/proc-files.js';
import type { Target } from '../../src/profile/profile.js';
import { TempScripts } from './scripts-fixture.js';
import { commandTarget, embeddedTarget } from './target-fixture.js';

const scripts = new TempScripts();
const started: number[] = [];

afterEach(() => {
  // Should a test fail, nobody else would end them.
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  scripts.remove();
});

function isAlive(pid: number): boolean {
  return (statOf(kernelProc, pid)?.state ?? 'Z') !== 'Z';
}

/** Resolves when the process is gone; the test's own time limit is the only other way out. */
async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Starts a target in a process of its own, which prints the target's pid and then does `ending`. */
async function startIn(target: Target, ending: string): Promise<{ pid: number; parent: ChildProcess }> {
  const module = new URL('../../src/target/target.js', import.meta.url).href;
  const cliPath = scripts.write(
    'cli.mjs',
    `console.log(JSON.stringify({ event: 'listening', url: 'ws://127.0.0.1:1/', engine: 'ws', hint: null }));
     process.on('disconnect', () => process.exit());`,
  );
  const source = `
    import { startTarget } from ${JSON.stringify(module)};
    const running = await startTarget(${JSON.stringify(target)}, { cliPath: ${JSON.stringify(cliPath)} });
    console.log(running.pid);
    ${ending}
  `;
  const parent = spawn(process.execPath, [scripts.write('parent.mjs', source)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  started.push(parent.pid!, pid);
  return { pid, parent };
}

/** A command of the user's that runs `source`, ready when it has printed a line with `ready`. */
function command(source: string): Target {
  const file = scripts.write('server.mjs', `${source}\nsetInterval(() => {}, 1000);`);
  return commandTarget(`${process.execPath} ${file}`, 'ws://127.0.0.1:9/', { by: 'log', line: 'ready' });
}

function childrenOf(pid: number): number[] {
  return allProcesses(kernelProc).flatMap((process) => (process.parentPid === pid ? process.pid : []));
}

const READY = 'console.log("ready");';

/** Kills wsurge; its server and its one watchdog must go. */
async function goesWithWatchdog(pid: number, parent: ChildProcess): Promise<void> {
  const watchdogs = childrenOf(parent.pid!).filter((child) => child !== pid);
  assert.equal(watchdogs.length, 1);
  started.push(...watchdogs);
  parent.kill('SIGKILL');
  await untilGone(pid);
  await untilGone(watchdogs[0]!);
}

describe('when wsurge itself dies', { timeout: 120_000 }, () => {
  it('by SIGKILL, the embedded server goes too, and its watchdog', async () => {
    const { pid, parent } = await startIn(embeddedTarget(), '');
    assert.equal(statOf(kernelProc, pid)?.parentPid, parent.pid);
    await goesWithWatchdog(pid, parent);
  });

  it('by exiting, a command goes too', async () => {
    const { pid } = await startIn(command(READY), 'setImmediate(() => process.exit(5));');
    await untilGone(pid);
  });

  it('by SIGKILL, a command goes too, and its watchdog', async () => {
    const { pid, parent } = await startIn(command(READY), '');
    await goesWithWatchdog(pid, parent);
  });

  it('by SIGKILL, a command goes too that SIGTERM does not end', async () => {
    const { pid, parent } = await startIn(command(`process.on('SIGTERM', () => undefined); ${READY}`), '');
    parent.kill('SIGKILL');
    await untilGone(pid);
  });

  it('by SIGKILL, what left the group of a command goes too', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'console.log("ready"); setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' });
    `;
    const { pid, parent } = await startIn(command(source), '');
    const apart = childrenOf(pid);
    assert.equal(apart.length, 1);
    started.push(...apart);
    parent.kill('SIGKILL');
    await untilGone(pid);
    await untilGone(apart[0]!);
  });

  it('by SIGKILL, a command is asked first to end by itself', async () => {
    const file = `${scripts.folder}/last-words`;
    const source = `
      import { writeFileSync } from 'node:fs';
      process.on('SIGTERM', () => { writeFileSync(${JSON.stringify(file)}, 'bye'); process.exit(); });
      ${READY}
    `;
    const { pid, parent } = await startIn(command(source), '');
    parent.kill('SIGKILL');
    await untilGone(pid);
    assert.equal(readFileSync(file, 'utf8'), 'bye');
  });
});
