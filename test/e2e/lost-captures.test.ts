/** Requests that need what a reply brings, on a server that loses those replies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { further } from '../share.js';
import { type LocalServer, wsServer } from './local-server.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

const WORKERS = [
  ['1', {}],
  ['2', further],
] as const;

/** What the server heard, by type. */
type Heard = Record<string, number>;

/** Answers `create` with an id, but only on the first so many connections; anything else with its number. */
async function server(answering: number, heard: Heard): Promise<LocalServer> {
  const mute = new WeakSet<WebSocket>();
  return await wsServer({
    onConnection: (ws, ordinal) => {
      if (ordinal >= answering) mute.add(ws);
    },
    onMessage: (ws, data) => {
      const { type, n } = JSON.parse(data.toString()) as { type: string; n: number };
      heard[type] = (heard[type] ?? 0) + 1;
      if (type !== 'create') ws.send(JSON.stringify({ n }));
      else if (!mute.has(ws)) ws.send(JSON.stringify({ n, id: `id ${n}` }));
    },
  });
}

const profile = (url: string) => `
target: { url: '${url}' }
pick: in turn
requests:
  - { name: create, send: { type: create, n: '{{sequence}}' }, capture: { id: $.id } }
  - { name: use, send: { type: use, n: '{{sequence}}', id: '{{session.id}}' } }
load:
  - connections: 10
    ratePerConnection: 10/s
    warmup: 0s
    duration: 4s
    reply: { field: n, timeout: 500ms }
`;

describe('a request whose value never comes', () => {
  for (const [workers, options] of WORKERS) {
    it(`is blocked, each of them, and never sent, with ${workers} workers`, options, async () => {
      const heard: Heard = {};
      // The test connection is the first, and is answered.
      const lossy = await server(1, heard);
      try {
        const run = await runCli([...COUNTED_RUN, 'talk.yaml', '-w', workers], {
          files: { 'talk.yaml': profile(lossy.url) },
        });
        const cell = run.result?.cells[0];
        assert.ok(cell !== undefined, run.stderr);
        assert.deepEqual(cell.laws, []);
        const [create, use] = cell.requests!.map(({ messages }) => messages);
        assert.deepEqual([use!.planned, use!.blocked, use!.sent], [200, 200, 0]);
        assert.deepEqual([create!.planned, create!.answered, create!.sent], [200, 0, create!.timedOut]);
        // One of each by the test connection.
        assert.deepEqual(heard, { create: create!.sent + 1, use: 1 });
        assert.equal(run.result!.verdict.gates.find(({ gate }) => gate === 'blocked')!.passed, false);
        assertExit(run, 99);
      } finally {
        await lossy.stop();
      }
    });
  }

  it('is sent, each of them, where the value comes', async () => {
    const heard: Heard = {};
    const whole = await server(Number.POSITIVE_INFINITY, heard);
    try {
      const run = await runCli([...COUNTED_RUN, 'talk.yaml', '--reply-timeout', '60s'], {
        files: { 'talk.yaml': profile(whole.url) },
      });
      const [create, use] = run.result!.cells[0]!.requests!.map(({ messages }) => messages);
      assert.deepEqual([use!.planned, use!.answered, use!.blocked], [200, use!.sent, 0]);
      assert.deepEqual(heard, { create: create!.sent + 1, use: use!.sent + 1 });
    } finally {
      await whole.stop();
    }
  });
});
