/**
 * A server whose behaviour is known exactly, as a process of its own. Options come as JSON in argv[2]; it prints its port,
 * and on the IPC message `log` sends every message it got, by connection. It ends when its parent does.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

export interface TruthOptions {
  /** Where to listen; a free port where absent. */
  readonly port?: number;
  /** Connections from this one on, counted from 0 over all that opened, are never answered. */
  readonly muteFrom?: number;
  /** Each reply leaves this much later than it came. */
  readonly delayMs?: number;
  /** Connections refused with 503, counted from 0 over all upgrade requests; the canary is 0. */
  readonly refuse?: readonly number[];
  /** Upgrade requests that are never answered. */
  readonly ignoreFrom?: number;
  /** One message in this many is answered this much later. */
  readonly slow?: { readonly every: number; readonly ms: number };
  /** One message in this many is never answered. */
  readonly loseEvery?: number;
  /** The answer to each upgrade request comes this much later. */
  readonly upgradeDelayMs?: number;
  /** Memory held beside serving. */
  readonly ballastBytes?: number;
  /** Share of one core burnt beside serving, 0 to 1. */
  readonly burn?: number;
  /** Answers every upgrade request with this HTTP status. */
  readonly httpStatus?: number;
  /** What to say instead of an echo; `` for nothing. */
  readonly says?: string;
  /** Ends itself, without a word to anyone, this long after the first message of its second connection. */
  readonly dieAfterMs?: number;
  /** Closes each connection with this reason after its first message. */
  readonly closeReason?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as TruthOptions;
const log: string[][] = [];
let upgrades = 0;
let messages = 0;
let dying = false;

const http = createServer((_request, response) => {
  response.writeHead(options.httpStatus ?? 426).end();
});
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on('upgrade', (request, socket, head) => {
  const ordinal = upgrades++;
  socket.on('error', () => socket.destroy());
  if (options.httpStatus !== undefined) {
    socket.end(`HTTP/1.1 ${options.httpStatus} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  } else if (options.refuse?.includes(ordinal)) {
    socket.end('HTTP/1.1 503 Full\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  } else if (options.ignoreFrom === undefined || ordinal < options.ignoreFrom) {
    const upgrade = () => sockets.handleUpgrade(request, socket, head, (ws) => serve(ws));
    if (options.upgradeDelayMs === undefined) upgrade();
    else setTimeout(upgrade, options.upgradeDelayMs);
  }
});

function serve(ws: import('ws').WebSocket): void {
  const mine: string[] = [];
  const mute = options.muteFrom !== undefined && log.length >= options.muteFrom;
  log.push(mine);
  ws.on('error', () => ws.terminate());
  ws.on('message', (data: Buffer, binary) => {
    mine.push(data.toString('latin1'));
    // The canary's own connection is answered as it should be.
    const ordinal = log.length > 1 ? ++messages : 0;
    if (options.dieAfterMs !== undefined && log.length > 1 && !dying) {
      dying = true;
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), options.dieAfterMs);
    }
    if (options.closeReason !== undefined) return ws.close(4000, options.closeReason);
    if (mute || options.says === '') return;
    const reply = options.says ?? data;
    const send = () => ws.send(reply, { binary: options.says === undefined && binary });
    if (isEvery(ordinal, options.loseEvery)) return;
    const delayMs = isEvery(ordinal, options.slow?.every) ? options.slow!.ms : options.delayMs;
    if (delayMs === undefined) send();
    else setTimeout(send, delayMs);
  });
}

function isEvery(ordinal: number, every: number | undefined): boolean {
  return every !== undefined && ordinal > 0 && ordinal % every === 0;
}

const ballast = options.ballastBytes === undefined ? null : Buffer.alloc(options.ballastBytes, 1);

if (options.burn !== undefined) {
  const sliceMs = 20;
  setInterval(() => {
    const until = performance.now() + sliceMs * options.burn!;
    while (performance.now() < until);
  }, sliceMs);
}

process.on('message', (what) => {
  if (what === 'log') process.send?.(log);
});
process.on('disconnect', () => process.exit(ballast === null ? 0 : ballast[0]! - 1));
http.listen(options.port ?? 0, '127.0.0.1', () => {
  const address = http.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
