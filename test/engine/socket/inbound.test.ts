import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Inbound } from '../../../src/engine/socket/inbound.js';
import { serverFrame } from '../streams.js';

/** An open connection whose stream is read when the test says so. */
function openInbound() {
  const stream = new Readable({ read: () => {} });
  const taken: string[] = [];
  const left: Buffer[] = [];
  const inbound = new Inbound(stream as net.Socket, (bytes, start, end) =>
    taken.push(bytes.toString('utf8', start, end)),
  );
  /** A read into a larger buffer, as the sockets do it, with bytes of an earlier read behind it. */
  const read = (bytes: Buffer) => inbound.read(Buffer.concat([bytes, message('of another read')]), bytes.length);
  const ws = { readyState: WebSocket.OPEN } as WebSocket;
  stream.on('data', (bytes: Buffer) => left.push(bytes));
  inbound.open(ws);
  return { stream, read, taken, passed: () => Buffer.concat(left) };
}

const ping = serverFrame({ opcode: 9, payload: Buffer.from('ping') });
const message = (text: string) => serverFrame({ opcode: 1, payload: Buffer.from(text) });
const large = serverFrame({ opcode: 2, payload: Buffer.alloc(70_000) });

test('no message overtakes what ws has not read yet', async () => {
  const { stream, read, taken, passed } = openInbound();
  stream.pause();
  read(ping);
  read(message('first'));
  assert.deepEqual(taken, []);
  stream.resume();
  await once(stream, 'data');
  await new Promise((resolve) => setImmediate(resolve));
  read(message('second'));
  assert.deepEqual(taken, ['second']);
  assert.ok(passed().equals(Buffer.concat([ping, message('first')])));
});

test('nor where ws gets the end of a frame and the message behind it in one read', () => {
  const { stream, read, taken } = openInbound();
  read(large.subarray(0, 100));
  stream.pause();
  read(Buffer.concat([large.subarray(100), message('behind')]));
  assert.deepEqual(taken, []);
});

test('messages behind the end of a frame that ws reads are taken in the same read', async () => {
  const { read, taken, passed } = openInbound();
  await new Promise((resolve) => setImmediate(resolve));
  read(large.subarray(0, 100));
  read(Buffer.concat([large.subarray(100), message('behind')]));
  assert.deepEqual(taken, ['behind']);
  assert.ok(passed().equals(large));
});

test('a stream with too much unread asks for the socket to be paused', () => {
  const { stream, read } = openInbound();
  stream.pause();
  assert.equal(read(large), false);
  assert.equal(stream.readableLength, large.length);
});
