/** Brokers and connections for one test, and what people are told where there is none. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { type Bus, BusError, type BusMessage } from '../../src/bus/bus.js';
import type { Patience } from '../../src/bus/exchange.js';
import { type BusOptions, connectBus } from '../../src/bus/nats.js';
import { WsurgeError } from '../../src/errors.js';
import { type NatsServer, natsServer } from './nats-server.js';

export const PATIENCE: Patience = { timeoutMs: 1000, overallMs: 60_000 };
export const SECRET = 'hunter2-secret';
export const EMPTY: BusMessage = { headers: {}, body: new Uint8Array(0) };

export const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-bus-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A file for a variable such as NATS_CA. */
export function file(name: string, text: string): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

/** Connections to close before the broker ends. */
const open = new WeakMap<TestContext, Bus[]>();

export async function broker(t: TestContext, configuration = '', files = {}): Promise<NatsServer> {
  const server = await natsServer(configuration, files);
  t.after(async () => {
    for (const bus of open.get(t) ?? []) await bus.close();
    await server.stop();
  });
  return server;
}

export async function connect(t: TestContext, url: string | undefined, more: Partial<BusOptions> = {}): Promise<Bus> {
  const bus = await connectBus({ url, env: {}, inboxPrefix: '_INBOX_c', ...more });
  open.set(t, [...(open.get(t) ?? []), bus]);
  return bus;
}

/** The broker has heard of everything that this one has subscribed to. */
export async function isHeard(bus: Bus): Promise<void> {
  await assert.rejects(bus.request('nobody', EMPTY, 5000), isBusError('nobody'));
}

/** What people are told where it does not connect. */
export async function refusal(
  url: string | undefined,
  env: Record<string, string> = {},
  more: Partial<BusOptions> = {},
) {
  try {
    const bus = await connectBus({ url, env, inboxPrefix: '_INBOX_c', ...more });
    await bus.close();
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    assert.ok(error.next !== null && error.next.length > 10, 'it has a next step');
    assert.ok(!`${error.message} ${error.next}`.includes(SECRET), 'it shows no secret');
    return error;
  }
  return assert.fail('it connected');
}

/** A promise, and what resolves it. */
export function later<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Stands in for a broker that is away: cuts every connection, until so many have come. */
export async function dialled(port: number, times: number): Promise<void> {
  const enough = later<void>();
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {}).destroy();
    if (++count >= times) enough.resolve();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await enough.promise;
  await new Promise((resolve) => server.close(resolve));
}

export const isBusError = (code: string) => (error: unknown) => error instanceof BusError && error.code === code;
