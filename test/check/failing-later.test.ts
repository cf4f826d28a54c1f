import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { closeScenario } from '../../src/check/scenarios/close.js';
import { orderScenario } from '../../src/check/scenarios/order.js';
import { reconnectScenario } from '../../src/check/scenarios/reconnect.js';
import { troubleScenario } from '../../src/check/scenarios/trouble.js';
import { echo, wsServer } from '../e2e/local-server.js';
import { failures } from './failures.js';

const CLOSE_FRAME = 8;
const bot = { protocol: 'bot' } as const;

const typeOf = (data: Buffer) => /^\{"type":"(\w+)"/.exec(data.toString())?.[1] ?? '';

describe('checks of closing fail', () => {
  it('where a close is answered by a cut', async () => {
    const onConnection = (_ws: WebSocket, _ordinal: number, { socket }: IncomingMessage) =>
      socket.prependListener('data', (chunk: Buffer) => {
        if ((chunk[0]! & 15) === CLOSE_FRAME) socket.destroy();
      });
    const ids = ['5.1', '5.2', '5.3', '5.4'];
    assert.deepEqual(await failures(wsServer({ onConnection }), closeScenario, ids), ids);
  });

  it('where another code than the one of the break is said', async () => {
    const onConnection = (_ws: WebSocket, _ordinal: number, { socket }: IncomingMessage) => {
      socket.removeAllListeners('data');
      socket.on('data', () => socket.end(Buffer.from([0x88, 2, 1011 >> 8, 1011 & 255])));
    };
    const said: string[] = [];
    const check = { answers: { frameLimit: '1MiB' } };
    const ids = ['5.6', '5.7', '5.8'];
    assert.deepEqual(await failures(wsServer({ onConnection }), closeScenario, ids, { check, said }), ids);
    for (const reason of said) assert.match(reason, /closed with 1011/);
  });

  it('where what is in flight is dropped, and where the list of connections does not move', async () => {
    let count = 0;
    const onMessage = (ws: WebSocket, data: Buffer, binary: boolean) => {
      if (typeOf(data) === 'close') ws.close(1000);
      else if (typeOf(data) === 'stats') ws.send('{"connections":1}');
      else if (++count <= 99) echo(ws, data, binary);
    };
    const found = await failures(wsServer({ onMessage }), closeScenario, ['5.10', '5.11'], bot);
    assert.deepEqual(found, ['5.10', '5.11']);
  });
});

describe('checks of reconnecting fail', () => {
  it('where whoever comes again is turned away', async () => {
    const onConnection = (ws: WebSocket, ordinal: number) => {
      if (ordinal % 2 === 1) ws.close(4000);
    };
    const ids = ['6.1', '6.2', '6.3', '6.5', '6.6'];
    assert.deepEqual(await failures(wsServer({ onConnection }), reconnectScenario, ids), ids);
  });
});

describe('checks of order fail', () => {
  it('where every second one is overtaken', async () => {
    const held = new Map<WebSocket, Buffer>();
    const onMessage = (ws: WebSocket, data: Buffer) => {
      const before = held.get(ws);
      if (before === undefined) held.set(ws, data);
      else {
        ws.send(data.toString());
        ws.send(before.toString());
        held.delete(ws);
      }
    };
    const ids = ['7.1', '7.3', '7.4', '7.5', '7.8'];
    const said: string[] = [];
    assert.deepEqual(await failures(wsServer({ onMessage }), orderScenario, ids, { said }), ids);
    for (const reason of said) assert.match(reason, /came where/);
  });

  it('where each comes twice, and where pushed messages are not in order', async () => {
    const twice = (ws: WebSocket, data: Buffer, binary: boolean) => {
      echo(ws, data, binary);
      echo(ws, data, binary);
    };
    assert.deepEqual(await failures(wsServer({ onMessage: twice }), orderScenario, ['7.2']), ['7.2']);
    const backwards = (ws: WebSocket, data: Buffer, binary: boolean) => {
      if (typeOf(data) !== 'stream') return echo(ws, data, binary);
      for (let index = 49; index >= 0; index--) ws.send(JSON.stringify({ index }));
    };
    assert.deepEqual(await failures(wsServer({ onMessage: backwards }), orderScenario, ['7.6'], bot), ['7.6']);
  });
});

describe('checks of trouble fail', () => {
  it('where the end of one connection is the end of all', async () => {
    const all = new Set<WebSocket>();
    const onConnection = (ws: WebSocket) => {
      all.add(ws);
      ws.on('close', () => {
        for (const each of all) each.terminate();
        all.clear();
      });
    };
    const onMessage = (ws: WebSocket, data: Buffer, binary: boolean) =>
      typeOf(data) === 'close' ? ws.close(1001) : echo(ws, data, binary);
    const check = { requests: { stats: 'none' } };
    const ids = ['8.1', '8.7', '8.11'];
    assert.deepEqual(
      await failures(wsServer({ onConnection, onMessage }), troubleScenario, ids, { ...bot, check }),
      ids,
    );
  });

  it('where what comes slowly or in pieces is cut short, and 10 MB are taken without a word', async () => {
    const onMessage = (ws: WebSocket, data: Buffer) => ws.send(data.toString('latin1').slice(0, 20));
    const ids = ['8.4', '8.5', '8.9'];
    assert.deepEqual(await failures(wsServer({ onMessage }), troubleScenario, ids, bot), ids);
  });

  it('where one that does not read holds up all', async () => {
    let large = 0;
    const onMessage = (ws: WebSocket, data: Buffer, binary: boolean) => {
      if (data.length > 1000) large += 1;
      if (large === 0) echo(ws, data, binary);
    };
    assert.deepEqual(await failures(wsServer({ onMessage }), troubleScenario, ['8.10']), ['8.10']);
  });
});
