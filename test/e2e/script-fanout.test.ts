/** Requests of a script that reach others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

/** Says to everybody what anybody says. */
const hub = () => {
  const all = new Set<WebSocket>();
  return wsServer({
    onConnection: (ws) => all.add(ws),
    onMessage: (_, data) => {
      for (const ws of all) if (ws.readyState === WebSocket.OPEN) ws.send(data.toString());
    },
  });
};

const SAY = "say: { reaches: 'all', reply: 'none', build: (chat, m) => ({ no: m.sequence, by: chat.connection }) }";
const scriptOf = (requests: string) => `export default { requests: { ${requests} } };`;
const profileOf = (url: string, load: string, more = '') => `
target: { url: '${url}' }
script: chat.mjs
${more}
load: [{ name: chat, warmup: 0s, duration: 1s, reply: { timeout: 30s }, ${load} }]
`;

describe('a script whose requests reach others', () => {
  for (const workers of ['1', '2']) {
    it(`has its deliveries followed, with ${workers} workers`, workers === '1' ? further : {}, async () => {
      const server = await hub();
      try {
        const fresh = SAY.replace('say:', 'shout:').replace('build', 'fresh: true, build');
        const files = {
          'chat.yaml': profileOf(server.url, 'connections: 6, rate: 60/s'),
          'chat.mjs': scriptOf(`${SAY}, ${fresh}`),
        };
        const run = await runCli([...COUNTED_RUN, 'chat.yaml', '-w', workers], { files });
        assert.ok(run.result !== null, run.stderr);
        const { fanout = [], requests = [], laws } = run.result.cells[0]!;
        assert.deepEqual(laws, []);
        assert.deepEqual(
          fanout.map(({ name, deliveries: { expected, delivered } }) => [name, expected, delivered]),
          requests.map(({ name, messages: { sent } }) => [name, 6 * sent, 6 * sent]),
        );
        assertExit(run, 0);
      } finally {
        await server.stop();
      }
    });
  }

  for (const [what, requests, load, more, said] of [
    [
      'a room where there are none',
      SAY.replace("'all'", "'room'"),
      'connections: 6, rate: 60/s',
      '',
      /chat\.mjs: requests\.say\.reaches: says room, but the load has no rooms/,
    ],
    [
      'replies and deliveries that nothing tells apart',
      SAY.replace("reply: 'none', ", ''),
      'connections: 6, rate: 60/s',
      '',
      /chat\.mjs: requests\.say\.reaches: says all, so the sender gets its own message, and nothing tells it from a reply/,
    ],
    [
      'a closed load',
      SAY,
      'connections: 6, model: closed',
      '',
      /chat\.mjs: requests\.say\.reply: says none, but model: closed waits for replies/,
    ],
    [
      'deliveries of an unknown request',
      SAY,
      'connections: 6, rate: 60/s',
      'when: [{ has: no, delivers: sya }]',
      /when: delivers: sya: names no request of the load "chat" that reaches others.*did you mean "say"/,
    ],
    [
      'words that do not exist',
      SAY.replace("'all'", "'some'").replace("'none'", "'no'"),
      'connections: 6, rate: 60/s',
      '',
      /say\.reaches: says no such thing.*all, room, others.*say\.reply: says no such thing/,
    ],
    [
      'a reply that is expected and there is none',
      SAY.replace('build', 'expect: {}, build'),
      'connections: 6, rate: 60/s',
      '',
      /say\.expect: asks for a reply, and the request says reply: none/,
    ],
    [
      'a message without its number',
      SAY.replace('no: m.sequence, ', ''),
      'connections: 6, rate: 60/s',
      '',
      /request say: its message does not hold m\.sequence, by which replies and deliveries are known/,
    ],
  ] as const) {
    it(`is refused for ${what}`, async () => {
      const server = await hub();
      try {
        const files = { 'chat.yaml': profileOf(server.url, load, more), 'chat.mjs': scriptOf(requests) };
        const { code, stderr } = await runCli([...COUNTED_RUN, 'chat.yaml'], { files });
        assert.equal(code, 104, stderr);
        assert.match(stderr.replaceAll(/\s+/g, ' '), said);
      } finally {
        await server.stop();
      }
    });
  }
});
