import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { bothWaysScenario } from '../../src/check/scenarios/both-ways.js';
import { connectScenario } from '../../src/check/scenarios/connect.js';
import { receiveScenario } from '../../src/check/scenarios/receive.js';
import { sendScenario } from '../../src/check/scenarios/send.js';
import { answering, echo, rawServer, wsServer } from '../e2e/local-server.js';
import { failures } from './failures.js';

type OnMessage = (ws: WebSocket, data: Buffer, binary: boolean) => void;

const answers = (onMessage: OnMessage) => wsServer({ onMessage });

/** Pushes what `{count}` asks for with these indices; everything else it repeats. */
const pushes = (indices: (count: number) => number[], stamp: (index: number) => number = (index) => index) =>
  answers((ws, data, binary) => {
    const asked = /"type":"stream","count":(\d+)/.exec(data.toString());
    if (asked === null) return echo(ws, data, binary);
    for (const index of indices(Number(asked[1]))) ws.send(JSON.stringify({ index, sentAtMs: stamp(index) }));
  });
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('checks of connecting fail', () => {
  it('where the server takes any path and any request', async () => {
    const check = { wrongPath: { path: '/nope' }, missingUpgrade: 426, compression: 'accepted', subprotocol: 'chat' };
    // This server takes the first that is offered.
    const target = { subprotocols: ['other', 'chat'] };
    const found = await failures(wsServer(), connectScenario, ['1.2', '1.4', '1.7', '1.8'], { check, target });
    assert.deepEqual(found, ['1.2', '1.4', '1.7', '1.8']);
  });

  it('where a header is missing', async () => {
    const check = { headers: { 'X-Server': 'one' }, cors: { origin: 'https://a.example', allow: '*' } };
    assert.deepEqual(await failures(wsServer(), connectScenario, ['1.5', '1.6'], { check }), ['1.5', '1.6']);
  });

  it('where the answer is made up', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
    const made = `${head}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nSec-WebSocket-Protocol: mine\r\n\r\n`;
    assert.deepEqual(await failures(answering(made), connectScenario, ['1.1', '1.3', '1.5']), ['1.1', '1.3', '1.5']);
  });
});

describe('checks of sending fail', () => {
  it('where text is changed, and where the connection is gone after it', async () => {
    const upper = answers((ws, data) => ws.send(data.toString().toUpperCase()));
    assert.deepEqual(await failures(upper, sendScenario, ['2.1', '2.2', '2.3']), ['2.1', '2.2', '2.3']);
    const once = answers((ws, data, binary) => {
      echo(ws, data, binary);
      ws.close();
    });
    assert.deepEqual(await failures(once, sendScenario, ['2.1']), ['2.1']);
  });

  it('where one of many is lost', async () => {
    let count = 0;
    const lossy = answers((ws, data, binary) => {
      if (++count !== 50) echo(ws, data, binary);
    });
    assert.deepEqual(await failures(lossy, sendScenario, ['2.7']), ['2.7']);
  });

  it('where the declared answer does not come', async () => {
    const ids = ['2.8', '2.9', '2.10', '2.11'];
    assert.deepEqual(await failures(wsServer(), sendScenario, ids, { protocol: 'bot' }), ids);
  });
});

describe('checks of receiving fail', () => {
  it('where a number is rounded, a character replaced, a byte of a megabyte wrong', async () => {
    const lax = answers((ws, data) => {
      if (data.length > 100_000) data[500_000]! ^= 1;
      ws.send(data.toString('latin1').replace('9007199254740991', '9007199254740992'), { binary: false });
    });
    assert.deepEqual(await failures(lax, receiveScenario, ['3.4', '3.5', '3.6']), ['3.4', '3.5', '3.6']);
  });

  it('where two are swapped', async () => {
    let held: Buffer | null = null;
    const swapping = answers((ws, data) => {
      if (data.toString() === '{"number":7}') held = data;
      else {
        ws.send(data.toString());
        if (held !== null) ws.send(held.toString());
        held = null;
      }
    });
    assert.deepEqual(await failures(swapping, receiveScenario, ['3.7']), ['3.7']);
  });

  it('where a push loses, repeats or turns back time', async () => {
    const bot = { protocol: 'bot' } as const;
    const lossy = pushes((count) => upTo(count).filter((index) => index !== 3));
    assert.deepEqual(await failures(lossy, receiveScenario, ['3.8'], bot), ['3.8']);
    const twice = pushes((count) => [...upTo(count), count - 1]);
    assert.deepEqual(await failures(twice, receiveScenario, ['3.9'], bot), ['3.9']);
    const back = pushes(upTo, (index) => (index === 5 ? 0 : index));
    assert.deepEqual(await failures(back, receiveScenario, ['3.8'], bot), ['3.8']);
  });
});

describe('checks of both ways fail', () => {
  it('where a reply is lost and where a push is', async () => {
    let count = 0;
    const lossy = answers((ws, data, binary) => {
      const asked = /"type":"stream","count":(\d+)/.exec(data.toString());
      if (asked === null && ++count !== 50) echo(ws, data, binary);
      for (const index of asked === null ? [] : upTo(Number(asked[1]) - 1)) ws.send(JSON.stringify({ index }));
    });
    const said: string[] = [];
    assert.deepEqual(await failures(lossy, bothWaysScenario, ['4.1'], { protocol: 'bot', said }), ['4.1']);
    assert.match(said[0] ?? '', /replies: 1 of 100 lost: 49; pushed messages: 1 of 100 lost: 99/);
  });

  it('where one direction waits for the end of the other', async () => {
    const push = (ws: WebSocket, index: number) => ws.send(JSON.stringify({ index }));
    const held: string[] = [];
    let pushed = 0;
    const repliesLast = answers((ws, data, binary) => {
      if (!data.toString().startsWith('{"type":"stream"')) {
        return pushed < 100 ? void held.push(data.toString()) : echo(ws, data, binary);
      }
      const timer = setInterval(() => {
        push(ws, pushed++);
        if (pushed < 100) return;
        clearInterval(timer);
        for (const text of held.splice(0)) ws.send(text);
      }, 8);
    });
    let answered = 0;
    const pushesLast = answers((ws, data, binary) => {
      if (data.toString().startsWith('{"type":"stream"')) return;
      echo(ws, data, binary);
      if (++answered === 100) for (const index of upTo(100)) push(ws, index);
    });
    const said: string[][] = [[], []];
    const found = [repliesLast, pushesLast].map((server, index) =>
      failures(server, bothWaysScenario, ['4.1'], { protocol: 'bot', said: said[index]!, reply: { timeout: '2s' } }),
    );
    assert.deepEqual(await Promise.all(found), [['4.1'], ['4.1']]);
    assert.match(said[0]!.join(), /^replies stalled/);
    assert.match(said[1]!.join(), /^pushed messages stalled/);
  });
});

describe('hostile servers', () => {
  it('that say nothing, drip or flood end a check in time', async () => {
    const silent = wsServer({ onMessage: () => undefined });
    assert.deepEqual(await failures(silent, sendScenario, ['2.1']), ['2.1']);
    const flood = wsServer({
      onMessage: (ws) => {
        const block = Buffer.alloc(8 * 1024 * 1024);
        for (let sent = 0; sent < 12; sent++) ws.send(block);
      },
    });
    assert.deepEqual(await failures(flood, receiveScenario, ['3.7'], { reply: { timeout: '5s' } }), ['3.7']);
    const dripping = rawServer((socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    assert.deepEqual(await failures(dripping, connectScenario, ['1.5', '1.8']), ['1.5', '1.8']);
  });
});
