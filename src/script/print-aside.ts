import { isMainThread } from 'node:worker_threads';

/**
 * What a script prints goes to stderr, because on stdout it would stand among results. For threads that wsurge started;
 * elsewhere stdout belongs to others too.
 */
export function printAside(): void {
  if (isMainThread) return;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}
