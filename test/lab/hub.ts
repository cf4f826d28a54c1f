/**
 * A server of rooms without rooms: sends what one client says to all, the sender included, and writes down each send.
 * Runs as a process of its own; `HubProcess` starts it.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { realClock } from '../../src/server/faults/clock.js';
import { DueQueue } from '../../src/server/faults/due-queue.js';
import { sequenceIn } from '../../src/server/faults/payload.js';

export interface HubPlan {
  /** Subscriber j, counted from 0 in the order of opening, gets each message so long after it came, times j. */
  readonly stepUs: number;
  /** Nothing leaves before the end of the current period of this length; 0 for at once. */
  readonly periodUs: number;
}

/** One message that went out to one subscriber. Instants in microseconds of the machine's monotonic clock. */
export interface HubSend {
  readonly sequence: number;
  /** The subscriber, counted from 0 among those that were open. */
  readonly to: number;
  readonly inUs: number;
  /** Just before it was handed to the socket, and just after. */
  readonly outUs: number;
  readonly doneUs: number;
}

/** Serves by the plan until the process is asked to end; then writes all sends to `file`. */
export async function serveHub({ stepUs, periodUs }: HubPlan, file: string): Promise<number> {
  const clock = realClock();
  const due = new DueQueue(clock);
  const sends: HubSend[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const dueUs = (inUs: number, to: number) =>
    periodUs > 0 ? Math.ceil(inUs / periodUs) * periodUs : inUs + to * stepUs;
  const send = (subscriber: WebSocket, bytes: Buffer, entry: Omit<HubSend, 'outUs' | 'doneUs'>) => {
    const outUs = clock.nowUs();
    subscriber.send(bytes, { binary: false });
    sends.push({ ...entry, outUs, doneUs: clock.nowUs() });
  };
  server.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    socket.on('message', (bytes: Buffer) => {
      const inUs = clock.nowUs();
      const sequence = sequenceIn(bytes, false)!;
      for (const [to, subscriber] of [...server.clients].entries()) {
        due.put(dueUs(inUs, to), () => send(subscriber, bytes, { sequence, to, inUs }));
      }
    });
  });
  await once(server, 'listening');
  process.once('SIGTERM', () => {
    writeFileSync(file, JSON.stringify(sends));
    process.exit();
  });
  process.once('disconnect', () => process.exit());
  return (server.address() as AddressInfo).port;
}
