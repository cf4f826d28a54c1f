import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import type { ConnectFn } from '../../src/engine/pool.js';

/** What is wrong with the generator, for experiments on whether it notices. */
export interface Handicap {
  /** Uses the thread up for this long with each write. */
  readonly spinMs?: number;
  /** Stands still once for this long, in the middle of the cell. */
  readonly blockMs?: number;
  /** The only core the thread may run on. */
  readonly core?: number;
}

/** The same connections, but each write costs the thread `spinMs` more. */
export function slowed(connect: ConnectFn, spinMs: number): ConnectFn {
  return (...args) => {
    const connection = connect(...args);
    const write = connection.write.bind(connection);
    connection.write = (head, tail) => {
      spin(spinMs);
      return write(head, tail);
    };
    return connection;
  };
}

/** Keeps the thread busy. */
export function spin(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

/** Ties the calling thread, and none other of its process, to one core. */
export function pinThread(core: number): void {
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1)!;
  execFileSync('taskset', ['--pid', '--cpu-list', String(core), thread], { stdio: 'ignore' });
}
