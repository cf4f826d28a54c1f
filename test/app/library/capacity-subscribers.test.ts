/** How many subscribers a room can have, asked of a hub that serves five of each: counts and words, never a time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { capacity } from '../../../src/index.js';
import type { WrittenProfile } from '../../../src/profile/schema.js';

const SERVED = 5;

/** A hub whose messages reach the first five of a room. */
function hub(): WebSocketServer {
  const rooms = new Map<string, WebSocket[]>();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    let members: WebSocket[] = [];
    socket.on('message', (data) => {
      const { type, room } = JSON.parse(String(data)) as { type: string; room: string };
      if (type === 'join') {
        members = rooms.get(room) ?? [];
        rooms.set(room, members);
        members.push(socket);
        socket.send('{"type":"joined"}');
        return;
      }
      for (const member of members.slice(0, SERVED)) member.send(String(data));
    });
    socket.on('close', () => members.splice(members.indexOf(socket), 1));
  });
  return server;
}

describe('capacity in subscribers', () => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'wsurge-subscribers-'));
  let server: WebSocketServer;
  before(async () => {
    server = hub();
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  const profile = (request: object = { reaches: 'room' }): WrittenProfile => ({
    target: { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    ...{ warmup: '0s', duration: '300ms', workers: 1 },
    session: [{ send: { type: 'join', room: 'r{{room}}' }, expect: { type: 'joined' } }],
    ...{ rooms: 2, deliver: { timeout: '1s' } },
    load: [
      {
        connections: 4,
        rate: '200/s',
        requests: [
          {
            name: 'say',
            send: { type: 'say', room: 'r{{room}}', sequence: '{{sequence}}' },
            reply: 'none',
            ...request,
          },
        ],
      },
    ],
  });
  const asked = { cwd, env: {}, axis: 'subscribers', slo: 'ws_deliver_last p(50)<20s' } as const;

  it('finds how many of a room are served, and says so', async () => {
    const { result, exitCode } = await capacity({ ...asked, target: profile(), max: 9, require: SERVED });
    const { answer, search, steps } = result;
    assert.deepEqual([search.axis, search.rooms, search.done], ['subscribers', 2, 'deliveries']);
    assert.deepEqual([answer.connections, exitCode], [2 * SERVED, 0], answer.text);
    assert.match(
      answer.text,
      /^5 subscribers in a room \(2 rooms, 10 connections\) at 200\/s in total \([\d,]+ deliveries\/s\)/,
    );
    assert.match(answer.text, /last delivery p50 .* limited by: .* of .* deliveries missed/);
    for (const { connections, passed } of steps) {
      assert.equal(connections % 2, 0, 'every room has as many');
      if (connections > 2 * SERVED) assert.equal(passed, false);
    }
  });

  it('refuses a load without subscribers, and an SLO on deliveries that nobody is owed', async () => {
    const alone = profile({ reaches: undefined });
    const refused = (request: object) => assert.rejects(capacity({ cwd, env: {}, ...request }), FANOUT);
    const FANOUT = (error: { code?: string; message?: string }) => {
      assert.equal(error.code, 'capacity_no_fanout');
      assert.match(error.message!, /reach(es)? other/);
      return true;
    };
    const { deliver: _, ...without } = alone;
    await refused({ axis: 'subscribers', target: without });
    await refused({ axis: 'rate', slo: 'ws_deliver_last p(99)<200ms', target: without });
  });

  it('refuses what takes too much memory to follow', async () => {
    const { load, ...rest } = profile();
    const large = { ...rest, load: [{ ...load[0]!, rate: '50000/s' as const }], deliver: { timeout: '60s' as const } };
    await assert.rejects(capacity({ ...asked, target: large }), { code: 'board_too_large' });
  });
});
