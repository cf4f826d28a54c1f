import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { TruthEcho } from '../../src/coordinator/truth-echo.js';
import { maskInto } from '../../src/engine/frame/mask.js';
import { FIN_BINARY, MASKED } from '../../src/engine/frame/opcodes.js';
import { CHECK_BYTES, DELAY_AT } from '../../src/engine/instrument/instrument.js';
import { ReplyLog } from '../../src/engine/instrument/reply-log.js';

const WORKER = 2;
/** How long a reply is delayed here, and how early a timer may fire. */
const DELAY_MS = 20;
const GRAIN_US = 1000;
const MESSAGES = 40;

/** A running echo, the log it writes, and a client for `WORKER` that keeps what comes. */
async function echo(t: TestContext) {
  const log = ReplyLog.forWorkers(WORKER + 1);
  const server = new TruthEcho(log.shared, () => performance.now() * 1000);
  t.after(() => server.close());
  const port = await server.listen();
  const client = new WebSocket(`ws://127.0.0.1:${port}/${WORKER}`, { perMessageDeflate: false });
  await once(client, 'open');
  const ordinals: number[] = [];
  client.on('message', (data: Buffer) => ordinals.push(data.readUInt32BE()));
  return { log, client, ordinals, port };
}

function message(ordinal: number, delayMs = 0): Buffer {
  const payload = Buffer.alloc(CHECK_BYTES);
  payload.writeUInt32BE(ordinal);
  payload.writeUInt16BE(delayMs, DELAY_AT);
  return payload;
}

test('messages come back in order, and when each left is written down', async (t) => {
  const { log, client, ordinals } = await echo(t);
  const startUs = performance.now() * 1000;
  for (let ordinal = 0; ordinal < MESSAGES; ordinal++) client.send(message(ordinal));
  while (ordinals.length < MESSAGES) await once(client, 'message');
  assert.deepEqual(
    ordinals,
    Array.from({ length: MESSAGES }, (_, i) => i),
  );
  const leftUs = ordinals.map((ordinal) => log.leftUs(WORKER, ordinal));
  assert.ok(leftUs.every((us, i) => us >= (leftUs[i - 1] ?? startUs) && us <= performance.now() * 1000));
});

test('a reply is delayed for as long as its message asks, others pass it, and the log knows', async (t) => {
  const { log, client, ordinals } = await echo(t);
  const sentUs = performance.now() * 1000;
  client.send(message(1, DELAY_MS));
  client.send(message(2));
  while (ordinals.length < 2) await once(client, 'message');
  assert.deepEqual(ordinals, [2, 1]);
  assert.ok(log.leftUs(WORKER, 1) - sentUs >= DELAY_MS * 1000 - GRAIN_US);
  assert.ok(log.leftUs(WORKER, 2) < log.leftUs(WORKER, 1));
});

test('a message that comes byte by byte is one', async (t) => {
  const { client, ordinals } = await echo(t);
  const socket = (client as unknown as { _socket: net.Socket })._socket;
  const frame = maskedFrame(FIN_BINARY, message(7));
  for (const byte of frame) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(client, 'message');
  assert.deepEqual(ordinals, [7]);
});

test('a close is answered', async (t) => {
  const { client } = await echo(t);
  client.close(1000);
  const [code] = await once(client, 'close');
  assert.equal(code, 1005);
});

test('who sends anything else is cut off, and the others go on', async (t) => {
  const { client, port, ordinals } = await echo(t);
  for (const wrong of [Buffer.from('short'), 'x'.repeat(CHECK_BYTES), Buffer.alloc(CHECK_BYTES + 1)]) {
    const stranger = new WebSocket(`ws://127.0.0.1:${port}/0`);
    await once(stranger, 'open');
    stranger.send(wrong);
    const [code] = await once(stranger, 'close');
    assert.equal(code, 1006);
  }
  client.send(message(1));
  await once(client, 'message');
  assert.deepEqual(ordinals, [1]);
});

function maskedFrame(first: number, payload: Buffer): Buffer {
  const key = 0x01020304;
  const header = Buffer.from([first, MASKED | payload.length, 4, 3, 2, 1]);
  const frame = Buffer.concat([header, payload]);
  maskInto(frame, header.length, payload, key);
  return frame;
}
