/**
 * The program that `Watchdog` starts. It waits until its stdin ends, then ends the process group named there, and
 * itself.
 */
import { procOfThisSystem } from '../machine/proc/proc-files.js';
import { KILL_WAIT_MS, ProcessGroup } from './process-group.js';
import type { Watched } from './watchdog.js';

let text = '';
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  text += chunk;
});
// An error of the pipe means the same as its end: the other side is gone.
process.stdin.on('error', () => undefined);
process.stdin.once('close', () => void endAll(text));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function endAll(written: string): Promise<void> {
  // wsurge ended before it had started a server.
  if (written === '') return;
  const { pid, startTicks, graceMs } = JSON.parse(written) as Watched;
  const group = new ProcessGroup(pid, procOfThisSystem(), startTicks);
  group.signal('SIGTERM');
  if (await group.gone(graceMs)) return;
  group.signal('SIGKILL');
  await group.gone(KILL_WAIT_MS);
}
