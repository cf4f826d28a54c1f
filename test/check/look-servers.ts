import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LocalServer } from '../e2e/local-server.js';

type OnMessage = (ws: WebSocket, text: string, isBinary: boolean, all: ReadonlySet<WebSocket>) => void;

export interface LookServer {
  readonly onMessage?: OnMessage;
  readonly onOpen?: (ws: WebSocket, all: ReadonlySet<WebSocket>) => void;
  /** The sub-protocols it knows: without one of them a connection is closed with 4406. */
  readonly subprotocols?: readonly string[];
  /** The only path on which it takes WebSockets; absent: any. */
  readonly path?: string;
}

/** A small server on a free port of loopback that does nothing but what it is told. */
export async function lookServer({ onMessage, onOpen, subprotocols, path }: LookServer): Promise<LocalServer> {
  let accepted = 0;
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    ...(path === undefined ? {} : { path }),
    ...(subprotocols === undefined
      ? {}
      : { handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false }),
  });
  server.on('connection', (ws) => {
    accepted += 1;
    ws.on('error', () => ws.terminate());
    if (subprotocols !== undefined && ws.protocol === '') return ws.close(4406, 'Subprotocol not acceptable');
    ws.on('message', (data: Buffer, isBinary) => onMessage?.(ws, data.toString('utf8'), isBinary, server.clients));
    onOpen?.(ws, server.clients);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    port,
    accepted: () => accepted,
    stop: async () => {
      for (const ws of server.clients) ws.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

const json = (text: string): Record<string, unknown> | null => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

/** As a FastAPI server with `receive_json`: other text ends the connection, and the echo has one field more. */
export const ADDS_A_FIELD: LookServer = {
  onMessage: (ws, text) => {
    const value = json(text);
    if (value === null) return ws.close(1003, 'JSON expected');
    ws.send(JSON.stringify({ ...value, server_time: 1_700_000_000 }));
  },
};

/** A chat that takes a text, nothing else, and wraps it. */
export const WRAPS: LookServer = {
  onMessage: (ws, text) => {
    const said = json(text)?.['text'];
    if (typeof said !== 'string') return ws.send('{"error":"text expected"}');
    ws.send(JSON.stringify({ event: 'said', data: { text: said, from: 'you' } }));
  },
};

export const SAYS_YOU_SAID: LookServer = { onMessage: (ws, text) => ws.send(`You said: ${text}`) };

export const ANSWERS_BY_ID: LookServer = {
  onMessage: (ws, text) => ws.send(JSON.stringify({ requestId: json(text)?.['id'] ?? null, ok: true })),
};

export const RELAYS: LookServer = {
  onMessage: (ws, text, _, all) => {
    for (const other of all) if (other !== ws) other.send(text);
  },
};

/** Echoes, and passes everything on to the others as well. */
export const BROADCASTS: LookServer = {
  onMessage: (ws, text, isBinary, all) => {
    if (isBinary) return;
    ws.send(text);
    for (const other of all) if (other !== ws) other.send(`Client #${all.size} says: ${text}`);
  },
};

/** A chat: everybody hears every message and who comes; then the sender gets a receipt. */
export const CHATS: LookServer = {
  onOpen: (ws, all) => {
    for (const other of all) if (other !== ws) other.send(`* user${all.size} joined`);
  },
  onMessage: (ws, text, _, all) => {
    for (const each of all) each.send(JSON.stringify({ type: 'msg', text }));
    ws.send('{"type":"receipt"}');
  },
};

/** Pushes prices at once and again and again, and takes no notice of messages. */
export const PUSHES: LookServer = {
  onOpen: (ws) => {
    let tick = 0;
    const push = () => ws.send(JSON.stringify({ type: 'tick', symbol: 'A', price: tick++ }));
    const timer = setInterval(push, 15);
    ws.on('close', () => clearInterval(timer));
  },
};

export const SOCKET_IO: LookServer = {
  onOpen: (ws) => ws.send('0{"sid":"a1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'),
  onMessage: (ws, text) => (text === '40' ? ws.send('40{"sid":"b2"}') : ws.close(1000, 'parse error')),
};

export const GRAPHQL_WS: LookServer = {
  subprotocols: ['graphql-transport-ws'],
  onMessage: (ws, text) => {
    if (json(text)?.['type'] === 'connection_init') ws.send('{"type":"connection_ack"}');
    else ws.close(4400, 'Invalid message');
  },
};

export const SIGNALR: LookServer = {
  onMessage: (ws, text) => {
    if (text.endsWith('\u001e')) ws.send('{}\u001e');
  },
};

export const STOMP: LookServer = {
  subprotocols: ['v12.stomp'],
  onMessage: (ws, text) => {
    if (text.startsWith('CONNECT\n')) ws.send('CONNECTED\nversion:1.2\n\n\0');
  },
};

/** Takes any sub-protocol, as `ws` does by itself. */
export const MQTT: LookServer = {
  onMessage: (ws, text, isBinary) => {
    if (isBinary && text.includes('MQTT')) ws.send(Buffer.from([0x20, 2, 0, 0]));
    else if (!isBinary) ws.close(1003, 'text');
  },
};
