import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { OWN } from '../../e2e/certificate.js';
import { type LocalServer, wsServer } from '../../e2e/local-server.js';
import { BOT, type BrokenServer } from './broken-server.js';

const promises = (security: object, parts: object = {}) => ({
  ...BOT,
  reply: { timeout: '1s' },
  check: { security },
  ...parts,
});

/** Takes TLS 1.0, which Node does by itself no longer. */
async function oldTls(): Promise<LocalServer> {
  const server = createTlsServer({ ...OWN, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `wss://127.0.0.1:${port}/`, port, accepted: () => 0, stop };
}

/** Inflates whatever comes, to the last byte. */
async function inflates(): Promise<LocalServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, maxPayload: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (ws) => ws.on('message', (data, binary) => binary || ws.send(String(data))));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    for (const ws of server.clients) ws.terminate();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `ws://127.0.0.1:${port}/`, port, accepted: () => 0, stop };
}

export const BROKEN_SECURITY: readonly BrokenServer[] = [
  {
    what: 'asks nobody who they are',
    fails: ['S.1', 'S.2'],
    because: /not refused with 40[13]: an open connection/,
    says: promises({ unauthenticated: 401, wrongOrigin: {} }, { target: { headers: { Authorization: 'Bearer x' } } }),
    start: () => wsServer(),
  },
  {
    what: 'counts neither messages nor connections',
    fails: ['S.3', 'S.4'],
    because: /one message more: not closed|not refused with/,
    says: promises({ quota: { messages: 5, close: 4429 }, connectionLimit: { connections: 3 } }),
    start: () => wsServer(),
  },
  {
    what: 'sends everybody what one has sent',
    fails: ['S.5'],
    because: /connection \d heard /,
    says: promises({}),
    start: () => {
      const all = new Set<WebSocket>();
      return wsServer({
        onConnection: (ws) => all.add(ws),
        onMessage: (_ws, data) => {
          for (const each of all) each.send(data.toString());
        },
      });
    },
  },
  {
    what: 'takes TLS 1.0',
    fails: ['S.7'],
    because: /TLSv1.1 is taken/,
    says: promises({ minimumTls: '1.2' }, { target: { tls: { insecure: true } } }),
    start: oldTls,
  },
  {
    what: 'inflates a compression bomb',
    fails: ['S.8'],
    because: /it: the connection stays open/,
    says: promises({ compressionBomb: 1009 }),
    start: inflates,
  },
  {
    what: 'refuses a frame of 2^63 bytes with another code',
    fails: ['S.9'],
    because: /bytes: closed with 1009/,
    says: promises({ hugeLength: 1008 }),
    start: () => wsServer(),
  },
];
