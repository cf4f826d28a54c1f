import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Busy neighbours: programs that never rest. Each ends by itself after ten minutes, should nobody end it. */
const LIFE_MS = 600_000;
const PROGRAM = `const end = performance.now() + ${LIFE_MS}; while (performance.now() < end);`;

/** Runs `work` beside so many of them; `core` is the only one they may run on. */
export async function besideSpinners<T>(count: number, work: () => Promise<T>, core?: number): Promise<T> {
  const tie = core === undefined ? [] : ['taskset', '--cpu-list', String(core)];
  const [program, ...args] = [...tie, process.execPath, '-e', PROGRAM];
  const spinners = Array.from({ length: count }, () => spawn(program!, args, { stdio: 'ignore' }));
  try {
    return await work();
  } finally {
    await Promise.all(spinners.map(ended));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
