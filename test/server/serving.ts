import assert from 'node:assert/strict';
import type { EngineName, ServerOptions } from '../../src/server/options.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { Client } from './client.js';

/** Runs `use` against a server of its own, which is gone afterwards whatever happened. */
export async function serving(
  engine: EngineName,
  options: ServerOptions,
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ ...options, engine });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

/** As `serving`, with one client connected. */
export function talking(
  engine: EngineName,
  options: ServerOptions,
  use: (client: Client, server: RunningServer) => Promise<void>,
): Promise<void> {
  return serving(engine, options, async (server) => {
    const client = await Client.open(server.url);
    try {
      await use(client, server);
    } finally {
      client.socket.terminate();
    }
  });
}

/** The address of a page beside the WebSocket. */
export function httpUrl(server: RunningServer, path: string): string {
  return `http://127.0.0.1:${server.port}${path}`;
}

/** Passes when such a server does not start; one that does is closed again. */
export async function refusesToStart(options: ServerOptions, expected: object): Promise<void> {
  const started = startServer(options).then((server) => server.close());
  await assert.rejects(started, expected);
}
