/** Clients that do what no client should: `wsurge serve` still answers afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { WebSocket } from 'ws';
import { type Case, CLI, type Finding, pause } from './case.js';

type Attack = (port: number, url: string) => Promise<void>;

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** So many sockets write this (after a handshake or not) and stay for a moment. */
const sockets =
  (count: number, what: Buffer | string, handshake: boolean): Attack =>
  async (port) => {
    const all = Array.from({ length: count }, () => net.connect(port, '127.0.0.1').on('error', () => undefined));
    for (const socket of all)
      socket.write(handshake ? Buffer.concat([Buffer.from(HANDSHAKE), Buffer.from(what)]) : what);
    await pause(1000);
    for (const socket of all) socket.destroy();
  };

/** A masked text frame, the mask all zeros. */
function text(payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from([0x81, 0xff]), length, Buffer.alloc(4), bytes]);
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'send garbage': sockets(50, '\u0000\u0001\u0002\r\n\r\n', false),
  'hold half a handshake': sockets(200, 'GET / HTTP/1.1\r\nHost: a\r\n', false),
  'send a megabyte of headers': sockets(5, `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(150_000)}`, false),
  'announce a frame of 2^62 bytes': sockets(50, Buffer.from([0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0]), true),
  'send frames without a mask': sockets(50, Buffer.from([0x81, 2, 0x68, 0x69]), true),
  'nest JSON 100,000 deep': sockets(5, text(`{"type":"x","a":${'['.repeat(100_000)}`), true),
  'never end a message': sockets(
    50,
    Buffer.concat([Buffer.from([0x01, 0xfe, 0xff, 0xff, 0, 0, 0, 0]), Buffer.alloc(65_535)]),
    true,
  ),
  'reset at once': async (port) => {
    for (let i = 0; i < 300; i++) {
      const socket = net.connect(port, '127.0.0.1', () => socket.resetAndDestroy()).on('error', () => undefined);
    }
    await pause(500);
  },
  'send and never read': async (port) => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(HANDSHAKE);
    socket.pause();
    for (let i = 0; i < 200; i++) socket.write(text('x'.repeat(100_000)));
    await pause(1500);
    socket.destroy();
  },
};

async function attacked(attack: Attack): Promise<Finding> {
  const server = spawn(process.execPath, [CLI, 'serve', '--engine', 'ws', '--json', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const { url, port } = JSON.parse(line.toString()) as { url: string; port: number };
    await attack(port, url);
    if (server.exitCode !== null || server.signalCode !== null) return { wrong: `serve ended: ${server.exitCode}` };
    return (await answers(url)) ? null : { wrong: 'serve answers no more' };
  } finally {
    server.kill('SIGKILL');
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ws = new WebSocket(url);
    const end = (answer: boolean) => {
      clearTimeout(late);
      ws.terminate();
      resolve(answer);
    };
    const late = setTimeout(() => end(false), 10_000);
    ws.on('error', () => end(false));
    ws.on('open', () => ws.send('{"type":"stats"}'));
    ws.on('message', () => end(true));
  });
}

export function clientCases(): Case[] {
  return Object.entries(ATTACKS).map(([name, attack]) => ({
    group: 'client side',
    name: `clients that ${name}`,
    run: () => attacked(attack),
  }));
}
