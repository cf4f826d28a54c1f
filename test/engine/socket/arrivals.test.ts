import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { realClock } from '../../../src/engine/pacing/clock.js';
import { Arrivals, arrivesWhole } from '../../../src/engine/socket/arrivals.js';
import { Connection } from '../../../src/engine/socket/connection.js';
import { ManualClock } from '../manual-clock.js';

const CONNECTIONS = 20;

describe('when what was read had arrived', () => {
  it('is one instant for the first reads of all connections after a poll', () => {
    const clock = new ManualClock(1000);
    const arrivals = new Arrivals(clock);
    const marks = Array.from({ length: 3 }, () => ({ poll: 0 }));
    assert.deepEqual(
      marks.map((mark, i) => arrivals.arrivedUs(mark, 1000 + i * 50)),
      [1000, 1000, 1000],
    );
  });

  it('is the instant of the read where a connection is read again in the same poll', () => {
    const arrivals = new Arrivals(new ManualClock(1000));
    const [first, second] = [{ poll: 0 }, { poll: 0 }];
    assert.equal(arrivals.arrivedUs(first, 1000), 1000);
    assert.equal(arrivals.arrivedUs(first, 1040), 1040);
    assert.equal(arrivals.arrivedUs(second, 1080), 1000);
  });

  it('is a new instant in the next tick of the event loop', async () => {
    const clock = new ManualClock(1000);
    const arrivals = new Arrivals(clock);
    const mark = { poll: 0 };
    arrivals.arrivedUs(mark, 1000);
    await clock.runUntil(2000);
    assert.equal(arrivals.arrivedUs(mark, 2000), 2000);
    assert.equal(arrivals.arrivedUs({ poll: 0 }, 2100), 2000);
  });

  it('is a new instant where so much was read that the loop has polled again', () => {
    const arrivals = new Arrivals(new ManualClock(0));
    for (let read = 0; read < 1000; read++) assert.equal(arrivals.arrivedUs({ poll: 0 }, read), 0);
    assert.equal(arrivals.arrivedUs({ poll: 0 }, 5000), 5000);
    assert.equal(arrivals.arrivedUs({ poll: 0 }, 6000), 5000);
  });

  it('holds for messages that fit one segment', () => {
    assert.deepEqual([64, 1400, 1401, 65_536].map(arrivesWhole), [true, true, false, false]);
  });
});

/**
 * Answers each connection's first message with as many pushes as it says, all at once and only when every connection
 * has asked.
 */
const SERVER = `
const { parentPort, workerData } = require('node:worker_threads');
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => parentPort.postMessage(server.address().port));
const asked = [];
server.on('connection', (socket) => socket.on('message', (data) => {
  asked.push(socket);
  if (asked.length < workerData.connections) return;
  for (const each of asked) each._socket.cork();
  for (const each of asked) for (let i = 0; i < workerData.replies; i++) each.send('x'.repeat(workerData.bytes));
  for (const each of asked) each._socket.uncork();
  Atomics.store(workerData.flag, 0, 1);
  Atomics.notify(workerData.flag, 0);
}));
parentPort.on('message', () => process.exit());
`;

/** The instants of all messages, by connection: the sockets become readable together, while this thread looks away. */
async function burst(replies: number, bytes: number): Promise<number[][]> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { connections: CONNECTIONS, replies, bytes, flag };
  const worker = new Worker(SERVER, { eval: true, workerData });
  const [port] = await once(worker, 'message');
  const shared = { unfinished: null, arrivals: new Arrivals(realClock) };
  const instants: number[][] = Array.from({ length: CONNECTIONS }, () => []);
  let allHeard = () => {};
  const all = new Promise<void>((resolve) => {
    allHeard = resolve;
  });
  const connections = await Promise.all(
    instants.map((mine, index) => {
      const heard = (receivedUs: number) => {
        mine.push(receivedUs);
        // Time passes with every message, so that two readings of the clock are never the same.
        for (const from = realClock.nowUs(); realClock.nowUs() - from < 20; );
        if (instants.every(({ length }) => length === replies)) allHeard();
      };
      return open(index, port, heard, shared);
    }),
  );
  for (const connection of connections) connection.send(Buffer.from('ready'), true);
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(flag, 0, 0);
  await all;
  for (const connection of connections) connection.terminate();
  worker.postMessage('end');
  await once(worker, 'exit');
  return instants;
}

function open(
  index: number,
  port: number,
  heard: (receivedUs: number) => void,
  shared: ConstructorParameters<typeof Connection>[5],
): Promise<Connection> {
  const tls = { ca: null, cert: null, key: null, insecure: false, servername: null };
  const url = `ws://127.0.0.1:${port}/`;
  const endpoint = { url, address: null, headers: {}, subprotocols: [], tls, userAgent: 'test' };
  const options = { endpoint, connection: index, env: {}, data: [], connectTimeoutMs: 60_000 };
  return new Promise((resolve, reject) => {
    const connection: Connection = new Connection(
      index,
      realClock.nowUs(),
      options,
      {
        onOpen: () => resolve(connection),
        onFailed: (_, { message }) => reject(new Error(message)),
        onFrame: (_index, _bytes, _start, _end, receivedUs) => heard(receivedUs),
        onReadEnd: () => {},
        onPong: () => {},
        onClose: () => {},
        onError: () => {},
      },
      realClock,
      shared,
    );
  });
}

describe('messages that come on many sockets at once', () => {
  it('have arrived at one instant, whatever the order of their reads', async () => {
    const instants = await burst(1, 64);
    assert.equal(new Set(instants.flat()).size, 1);
  });

  it('count from their read where they are not the first of their socket', async () => {
    const instants = await burst(3, 64);
    assert.equal(new Set(instants.map(([first]) => first)).size, 1);
    // The read that comes first after the poll is the one that gives the instant.
    assert.equal(instants.filter(([first, second]) => second === first).length, 1);
    for (const [, second, third] of instants) assert.equal(third, second, 'the third is of the same read');
  });

  it('count from their read where they are too long for one segment', async () => {
    const instants = await burst(1, 2000);
    assert.equal(new Set(instants.flat()).size, CONNECTIONS);
  });
});
