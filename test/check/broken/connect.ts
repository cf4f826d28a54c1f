import { FOREIGN, OWN } from '../../e2e/certificate.js';
import { answering, rawServer, wsServer } from '../../e2e/local-server.js';
import type { BrokenServer } from './broken-server.js';

const HEAD = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
const MADE_UP = `${HEAD}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nSec-WebSocket-Protocol: mine\r\n\r\n`;

export const BROKEN_CONNECT: readonly BrokenServer[] = [
  {
    what: 'takes any path, any request and the first sub-protocol offered',
    fails: ['1.2', '1.4', '1.7', '1.8'],
    because: /the server chose "other"|compression was declined|the connection opened|no HTTP answer within/,
    says: {
      reply: { timeout: '1s' },
      check: { wrongPath: { path: '/nope' }, missingUpgrade: 426, compression: 'accepted', subprotocol: 'chat' },
      target: { subprotocols: ['other', 'chat'] },
    },
    start: () => wsServer(),
  },
  {
    what: 'leaves headers out',
    fails: ['1.5', '1.6'],
    passes: ['1.1'],
    because: /x-server is not "one"|Access-Control-Allow-Origin is missing/,
    says: { check: { headers: { 'X-Server': 'one' }, cors: { origin: 'https://a.example', allow: '*' } } },
    start: () => wsServer(),
  },
  {
    what: 'makes its answer to an upgrade up',
    fails: ['1.1', '1.3', '1.5'],
    because: /Sec-WebSocket-Accept|chose "mine"/,
    start: () => answering(MADE_UP),
  },
  {
    what: 'drips, and never comes to the end of an answer',
    fails: ['1.5', '1.8'],
    because: /no HTTP answer within 200 ms/,
    says: { reply: { timeout: '200ms' } },
    start: () =>
      rawServer((socket) => {
        const timer = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => clearInterval(timer));
      }),
  },
  {
    what: 'has the certificate of another name, from nobody',
    fails: ['1.9', 'S.6'],
    because: /CERT|certificate|self.signed/i,
    says: {
      check: { security: { certificate: 'verified' } },
      target: { tls: { ca: 'own.pem' } },
      files: { 'own.pem': OWN.cert },
    },
    start: () => wsServer({ tls: FOREIGN }),
  },
];
