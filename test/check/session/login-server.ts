import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';

export interface LoginOptions {
  /** Says hello to every connection before its log-in. */
  readonly greets?: boolean;
  /** Pushes a tick, and news that no rule knows, to every connection this often. */
  readonly ticksEveryMs?: number;
  /** Asks every connection for a sign of life this often, and ends those that give none ten times in a row. */
  readonly pingsEveryMs?: number;
  /** In place of the answer to a request. `ordinal`: of the connection. */
  readonly answers?: (ws: WebSocket, asked: { readonly type: string; readonly id: number }, ordinal: number) => void;
  /** In place of the answer to the log-in. */
  readonly lets?: (ws: WebSocket, ordinal: number) => void;
}

export interface LoginServer {
  readonly url: string;
  /** Messages before the log-in, and messages that are no JSON of its kind. */
  readonly unknown: string[];
}

/** A server on which clients log in; then it answers orders and quotes by their id. */
export async function loginServer(t: TestContext, options: LoginOptions = {}): Promise<LoginServer> {
  const unknown: string[] = [];
  const users = new Map<WebSocket, string>();
  const answer = options.answers ?? answerOf;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  let opened = 0;
  server.on('connection', (ws) => {
    const ordinal = opened++;
    if (options.greets === true) ws.send('{"type":"hello","motd":"be nice"}');
    push(ws, options);
    ws.on('error', () => ws.terminate());
    ws.on('message', (data: Buffer) => {
      const asked = parsed(data);
      const user = users.get(ws);
      if (asked?.type === 'login' && user === undefined) {
        users.set(ws, `u${ordinal}`);
        if (options.lets === undefined) ws.send(JSON.stringify({ type: 'welcome', user: `u${ordinal}` }));
        else options.lets(ws, ordinal);
        return;
      }
      const isKnown = user !== undefined && (asked?.type === 'quote' || asked?.user === user);
      if (asked?.type === 'pong') missed.set(ws, 0);
      else if (isKnown) answer(ws, asked as { type: string; id: number }, ordinal);
      else unknown.push(data.toString().slice(0, 100));
    });
  });
  await once(server, 'listening');
  t.after(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const ws of server.clients) ws.terminate();
    await closed;
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, unknown };
}

/** How often each connection was asked for a sign of life since it gave one. */
const missed = new WeakMap<WebSocket, number>();
const MOST_MISSED = 10;

function push(ws: WebSocket, { ticksEveryMs, pingsEveryMs }: LoginOptions): void {
  const timers: NodeJS.Timeout[] = [];
  const each = (everyMs: number, what: () => void) => timers.push(setInterval(what, everyMs));
  if (ticksEveryMs !== undefined) {
    each(ticksEveryMs, () => {
      ws.send('{"type":"tick","n":1}');
      ws.send('{"type":"news","text":"none"}');
    });
  }
  if (pingsEveryMs !== undefined) {
    each(pingsEveryMs, () => {
      const times = missed.get(ws) ?? 0;
      missed.set(ws, times + 1);
      if (times === MOST_MISSED) ws.close(4000, 'no sign of life');
      else ws.send('{"type":"ping"}');
    });
  }
  ws.on('close', () => {
    for (const timer of timers) clearInterval(timer);
  });
}

function parsed(data: Buffer): { readonly type?: string; readonly user?: string } | null {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

export function answerOf(ws: WebSocket, { type, id }: { readonly type: string; readonly id: number }): void {
  ws.send(JSON.stringify(type === 'order' ? { id, ok: true } : { id, price: 7 }));
}
