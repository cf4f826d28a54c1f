/**
 * Serves the state of a run to this machine while it runs. It works in the coordinator's thread; no worker knows of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, usageError } from '../../errors.js';
import { reasonOf } from '../../store/store-error.js';

const HOST = '127.0.0.1';

/** Answers a GET of `path`. */
export interface LivePage {
  readonly path: string;
  answer(response: ServerResponse): void | Promise<void>;
}

export interface LiveServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on loopback; port 0 takes a free one. Throws WsurgeError (104), naming the flag, where the port is taken. */
export async function serveLive(port: number, flag: string, pages: readonly LivePage[]): Promise<LiveServer> {
  const server = createServer((request, response) => {
    // An error goes to whoever asked for the page; the run goes on.
    answer(request, response, pages).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(messageOf(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(usageError('live_port', `--${flag}: cannot listen on ${HOST}:${port}: ${reasonOf(error)}`, `--${flag} 0`));
    });
    server.listen(port, HOST, resolve);
  });
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return { url, close: () => closed(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: readonly LivePage[]): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const page = pages.find(({ path }) => path === (request.url ?? '').split('?', 1)[0]);
  // A page of another site whose name was made to point here must not read along.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) response.writeHead(403).end();
  else if (request.method !== 'GET') response.writeHead(405).end();
  else if (page === undefined) response.writeHead(404).end();
  else await page.answer(response);
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await done;
}
