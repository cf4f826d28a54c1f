import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { CONNECT_RATE, PAYLOAD_BYTES } from '../cell.js';
import { type CpuWindow, cpuSince, markCpu } from '../cpu.js';
import type { Target } from '../served.js';

/** The message of the plain contestants: filler without a number. */
export const PAYLOAD = Buffer.alloc(PAYLOAD_BYTES, 'x');

export interface OpenSockets {
  readonly sockets: readonly WebSocket[];
  readonly connecting: CpuWindow;
  readonly rssBeforeBytes: number;
}

/** Opens plain `ws` clients at the same rate as wsurge, with the options that a careful user sets. */
export async function openSockets(count: number, { url, ca, pid }: Target): Promise<OpenSockets> {
  const rssBeforeBytes = process.memoryUsage.rss();
  const mark = markCpu(pid);
  const startMs = performance.now();
  const sockets: WebSocket[] = [];
  const opening: Promise<unknown>[] = [];
  while (sockets.length < count) {
    const dueByNow = Math.min(count, ((performance.now() - startMs) / 1000) * CONNECT_RATE);
    while (sockets.length < dueByNow) {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        skipUTF8Validation: true,
        ...(ca === null ? {} : { ca }),
      });
      sockets.push(socket);
      // Rejects if the socket emits an error instead.
      opening.push(once(socket, 'open'));
    }
    await delay(1);
  }
  await Promise.all(opening);
  return { sockets, connecting: cpuSince(mark, pid), rssBeforeBytes };
}
