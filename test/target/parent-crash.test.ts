import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import type { Target } from '../../src/profile/profile.js';
import { kernelProc, statOf } from '../../src/target/proc-files.js';
import { TempScripts } from './scripts-fixture.js';
import { commandTarget, embeddedTarget } from './target-fixture.js';

const scripts = new TempScripts();
afterEach(() => scripts.remove());

/** Starts a target in a process of its own, which prints the target's pid and then does `ending`. */
async function startIn(target: Target, ending: string): Promise<{ pid: number; parent: ReturnType<typeof spawn> }> {
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
  return { pid: Number(chunk.toString()), parent };
}

/** Resolves when the process is gone; the test's own time limit is the only other way out. */
async function untilGone(pid: number): Promise<void> {
  while ((statOf(kernelProc, pid)?.state ?? 'Z') !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('when wsurge itself dies', { timeout: 20_000 }, () => {
  it('by SIGKILL, the embedded server goes too', async () => {
    const { pid, parent } = await startIn(embeddedTarget(), '');
    assert.equal(statOf(kernelProc, pid)?.parentPid, parent.pid);
    parent.kill('SIGKILL');
    await untilGone(pid);
  });

  it('by exiting, a command goes too', async () => {
    const stay = scripts.write('stay.mjs', 'console.log("ready"); setInterval(() => {}, 1000);');
    const target = commandTarget(`${process.execPath} ${stay}`, 'ws://127.0.0.1:9/', { by: 'log', line: 'ready' });
    const { pid } = await startIn(target, 'setImmediate(() => process.exit(5));');
    await untilGone(pid);
  });
});
