import { performance } from 'node:perf_hooks';
import { messageOf } from '../errors.js';
import type { Cell } from '../plan/cell.js';
import { sleep } from './sleep.js';

/**
 * Restarts the server at the times of the cell's events, one after the other. The measure phase begins with the call.
 * Calls back when the server is ready again. Resolves with the reasons of failed restarts, by event number. Never
 * rejects.
 */
export async function restartAsPlanned(
  { id, events }: Cell,
  restart: (() => Promise<void>) | null,
  stop: AbortSignal,
  onBack: (event: number) => void,
): Promise<ReadonlyMap<number, string>> {
  const startMs = performance.now();
  const problems = new Map<number, string>();
  for (const [event, { kind, atMs }] of events.entries()) {
    if (kind !== 'restart') continue;
    if (restart === null) throw new Error(`${id} restarts a server that is not ours`);
    await sleep(startMs + atMs - performance.now(), stop);
    if (stop.aborted) break;
    await restart().then(
      () => onBack(event),
      (error: unknown) => problems.set(event, messageOf(error)),
    );
  }
  return problems;
}

/** True if the plan restarts the server's process during the measure phase. */
export function isRestarted({ events }: Cell): boolean {
  return events.some(({ kind }) => kind === 'restart');
}
