/** Scripts over real sockets and worker threads: what the server counted is what the table says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Script } from '../../src/script/define.js';
import { rehearse } from '../../src/script/rehearse.js';
import { CAPTCHA_EVERY, CHAT_SCRIPT, chatProfile, chatServer, users } from '../script/chat.js';
import { further, IS_WHOLE } from '../share.js';
import { wsServer } from './local-server.js';
import { assertExit, type CliRun, COUNTED_RUN, runCli } from './run-cli.js';
import { spawnCli } from './spawn-cli.js';

const cellOf = ({ result, stderr }: CliRun) => {
  assert.ok(result !== null, stderr);
  assert.deepEqual(result.cells[0]!.laws, []);
  return result.cells[0]!;
};
const steps = (run: CliRun) => cellOf(run).session!.steps.map(({ name, us }) => [name, us.count]);
const errors = (run: CliRun) => cellOf(run).errors.map(({ phase, code, count }) => [phase, code, count]);

/** A server that echoes, and says what the test wants to say. */
const echoes = (onMessage?: (say: (text: string) => void, message: Record<string, unknown>) => void) =>
  wsServer({
    onMessage: (ws, data) => {
      // Before the echo: once that has come, all has come.
      onMessage?.((text) => ws.send(text), JSON.parse(data.toString()) as Record<string, unknown>);
      ws.send(data.toString());
    },
  });

/** Runs a script against a server that echoes. */
async function runScript(
  script: string,
  load: string,
  onMessage?: Parameters<typeof echoes>[0],
  reply = 'reply: { timeout: 5s }',
  words = '',
): Promise<CliRun> {
  const server = await echoes(onMessage);
  try {
    const profile = `
target: { url: '${server.url}' }
script: chat.mjs
${words}
load: [{ name: chat, warmup: 0s, duration: 1s, ${reply}, ${load} }]
`;
    return await runCli([...COUNTED_RUN, 'chat.yaml', '-w', '2'], {
      files: { 'chat.yaml': profile, 'chat.mjs': script },
    });
  } finally {
    await server.stop();
  }
}

describe('the chat of the design', () => {
  for (const workers of [1, 2]) {
    test(
      `on ${workers === 1 ? 'one worker' : 'two workers'} is what the server counted`,
      workers === 1 ? further : {},
      async () => {
        const server = await chatServer();
        try {
          const files = {
            'chat.yaml': chatProfile(server.url, 'connections: 10, rate: 200/s'),
            ...{ 'chat.mjs': CHAT_SCRIPT, 'users.csv': users(11) },
          };
          const run = await runCli([...COUNTED_RUN, 'chat.yaml', '-w', String(workers)], { files });
          assertExit(run, 0);
          const cell = cellOf(run);
          const { counts } = server;
          const [say, history] = cell.requests!;
          assert.deepEqual([say!.name, history!.name], ['say', 'history']);
          assert.equal(say!.messages.planned + history!.messages.planned, 400);
          // The mix is the plan's: the same for any number of workers.
          assert.equal(say!.messages.planned, 77);
          for (const { messages } of [say!, history!]) {
            assert.deepEqual([messages.sent, messages.answered], [messages.planned, messages.planned]);
          }
          // And one of each by the test connection.
          assert.deepEqual([counts.say, counts.history], [say!.messages.sent + 1, history!.messages.sent + 1]);
          assert.deepEqual([counts.login, counts.join, counts.wrong], [11, 11, 0]);
          assert.deepEqual(steps(run), [
            ['login', 10],
            ['join', 10],
          ]);
          assert.equal(cell.session!.readyUs.count, 10);
          const asked = Math.floor(counts.say / CAPTCHA_EVERY);
          assert.equal(counts.solved, asked);
          assert.deepEqual(cell.ruled, [{ name: 'captcha', means: 'duty', count: asked }]);
          // What comes after the end belongs to no second.
          assert.ok(cell.flows[0]!.messages.duties <= asked);
          assert.equal(cell.flows[0]!.messages.unexpected, 0);
        } finally {
          await server.stop();
        }
      },
    );
  }

  test('is byte for byte the same as the words of a profile, and as rehearsed', async () => {
    const yaml = `
session:
  - { name: login, send: { type: login, user: '{{data.name}}', proof: '{{data.secret}}' }, expect: { type: welcome }, capture: { id: $.id } }
  - { name: join, send: { type: join, room: '{{room}}' }, expect: { type: joined } }
requests:
  - { name: say, weight: 1, send: { type: say, room: '{{room}}', from: '{{session.id}}', sequence: '{{sequence}}' } }
  - { name: history, weight: 4, send: { type: history, id: '{{sequence}}', room: '{{room}}' } }
when: [{ has: captcha, send: { type: solved, answer: 3 }, name: captcha }]
`;
    const script = CHAT_SCRIPT.replace(/const proof = .*;/, 'const proof = chat.data.secret;').replace(
      "const { nonce } = await chat.expect({ type: 'challenge' });",
      '',
    );
    const bytesOf = async (profile: (text: string) => string) => {
      const server = await chatServer();
      try {
        const text = chatProfile(server.url, 'connections: 1, rate: 30/s').replace('rooms: 3', 'rooms: 1');
        const files = { 'chat.yaml': profile(text), 'chat.mjs': script, 'users.csv': users(2) };
        const { stderr, result } = await runCli([...COUNTED_RUN, 'chat.yaml'], { files });
        assert.ok(result !== null, stderr);
        return server.came;
      } finally {
        await server.stop();
      }
    };
    const scripted = await bytesOf((text) => text);
    const written = await bytesOf((text) => text.replace('script: chat.mjs', yaml.trim()));
    assert.equal(scripted.length, 2);
    assert.ok(scripted[1]!.length > 60, `${scripted[1]!.length} messages`);
    assert.deepEqual(scripted, written);

    const url = `data:text/javascript,${encodeURIComponent(script)}`;
    const { default: loaded } = (await import(url)) as { default: Script };
    const chat = rehearse(loaded, { data: { name: 'user0', secret: 'secret-user0' }, room: 0 });
    await chat.gets({ type: 'welcome', id: 'u-user0' }, { type: 'joined' });
    const ordinals = scripted[1]!.slice(2).filter((text) => !text.includes('solved'));
    const rehearsed = [
      ...chat.sent,
      ...ordinals.map((text, n) => chat.message(text.includes('"say"') ? 'say' : 'history', n)),
    ];
    assert.deepEqual(
      rehearsed.map((message) => JSON.stringify(message)),
      [...scripted[1]!.slice(0, 2), ...ordinals],
    );
  });
});

describe('a script', () => {
  const ASK = 'ask: { build: (chat, m) => ({ id: m.sequence, c: chat.connection }) }';

  test('may build every message anew; what it builds is what goes out', further, async () => {
    const seen = new Set<unknown>();
    const run = await runScript(
      'let n = 0; export default { requests: { ask: { fresh: true, build: (_, m) => ({ id: m.sequence, n: n++ }) } } };',
      'connections: 4, rate: 100/s',
      (_, { id }) => seen.add(id),
    );
    assertExit(run, 0);
    assert.equal(cellOf(run).requests![0]!.messages.answered, 100);
    assert.equal(seen.size, 101);
  });

  test('that fails to build a message ends that connection, counted and named', async () => {
    for (const model of ['rate: 100/s', ...(IS_WHOLE ? ['model: closed'] : [])]) {
      const run = await runScript(
        `let n = 0; export default { requests: { ask: { fresh: true, build: (chat, m) => {
          if (chat.connection === 3 && ++n > 5) throw new Error('out of words');
          return { id: m.sequence };
        } } } };`,
        `connections: 4, ${model}`,
      );
      assertExit(run, 99);
      const cell = cellOf(run);
      assert.equal(cell.connections.held, 3, model);
      const { planned, answered, notConnected } = cell.requests![0]!.messages;
      assert.ok(notConnected >= 1);
      assert.equal(planned, answered + notConnected);
      const [error] = cell.errors.filter(({ code }) => code === 'script_build');
      assert.equal(error!.phase, 'open');
      assert.match(error!.said!, /build of ask threw at \S*chat\.mjs:2:\d+: out of words/);
    }
  });

  test('counts what only it knows, before and after the session is ready', further, async () => {
    const run = await runScript(
      `export default {
        async open(chat) { await chat.ask('hello', { hello: 1 }, { ready: true }); },
        requests: { ${ASK} },
        onFrame(chat, frame) { return frame.tick ? 'tick' : frame.odd ? chat.send({ even: 1 }) : undefined; },
      };`,
      'connections: 2, rate: 20/s',
      (say, message) => {
        if (message['hello'] === 1) for (const text of ['{"tick":1}', '{"ready":true}']) say(text);
        else if (message['id'] !== undefined) for (const text of ['{"tick":2}', '{"odd":1}', '{"noise":1}']) say(text);
      },
    );
    assertExit(run, 0);
    const cell = cellOf(run);
    const { messages } = cell.flows[0]!;
    // At most: what comes after the end belongs to no second. The echo of the duty is one more that nobody knows.
    assert.ok(messages.counted > 0 && messages.counted <= 20, `${messages.counted}`);
    assert.ok(messages.duties > 0 && messages.duties <= 20, `${messages.duties}`);
    assert.ok(messages.unexpected > 20 && messages.unexpected <= 40, `${messages.unexpected}`);
    assert.deepEqual(cell.ruled, [
      { name: 'tick', means: 'count', count: 22 },
      { name: 'onFrame', means: 'duty', count: 20 },
    ]);
  });

  test('leaves duties to the rules of the profile while it opens, and need not know of them', further, async () => {
    const pongs: unknown[] = [];
    const run = await runScript(
      `import { setImmediate } from 'node:timers/promises';
      export default {
        async open(chat) {
          chat.send({ hello: 1 });
          // The script waits for nothing while these turns of the loop go by: a ping is answered all the same.
          for (let turn = 0; turn < 50; turn++) await setImmediate();
          await chat.expect({ has: 'pong' });
          await chat.expect({ last: true });
        },
        requests: { ${ASK} },
      };`,
      'connections: 2, rate: 20/s',
      (say, message) => {
        if (message['hello'] === 1) say('{"type":"ping"}');
        if (message['type'] === 'pong') {
          pongs.push(message);
          for (const text of ['{"has":"pong"}', '{"first":true}', '{"last":true}']) say(text);
        }
      },
      undefined,
      `when: [{ has: '"type":"ping"', send: { type: pong }, name: ping }]`,
    );
    assertExit(run, 0);
    assert.equal(pongs.length, 3, 'one a connection, and the test connection');
    assert.deepEqual(cellOf(run).ruled, [{ name: 'ping', means: 'duty', count: 2 }]);
  });

  test("that says 'fail' ends the connection; one that throws is counted and goes on", async () => {
    const run = await runScript(
      `export default {
        requests: { ${ASK} },
        onFrame(chat, frame) { if (frame.c === 1) return 'fail'; return frame.no.such; },
      };`,
      'connections: 4, rate: 100/s',
      (say, { id, c }) => {
        if (Number(id) > 1000000059 && c !== 0) say(JSON.stringify({ c }));
      },
    );
    assertExit(run, 99);
    const cell = cellOf(run);
    assert.equal(cell.connections.held, 3);
    const of = (wanted: string) => cell.errors.find(({ code }) => code === wanted)!;
    assert.equal(of('script_fail').phase, 'open');
    assert.equal(of('script_fail').said, `onFrame says 'fail' of {"c":1}`);
    assert.equal(of('script_frame').count, 20, 'two connections, ten messages each');
    assert.match(of('script_frame').said!, /onFrame threw at \S*chat\.mjs:3:\d+: Cannot read/);
  });

  test('whose open throws, or never ends, opens no connection: phase session, with the place', async () => {
    const run = await runScript(
      `export default {
        async open(chat) {
          if (chat.connection % 4 === 1) throw new Error('no seat left');
          if (chat.connection % 4 === 2) await chat.ask('seat', { seat: 1 }, { seated: true });
          if (chat.connection % 4 === 3) await new Promise(() => {});
        },
        requests: { ${ASK} },
      };`,
      'connections: 8, rate: 80/s, connectTimeout: 500ms',
    );
    assertExit(run, 99);
    const cell = cellOf(run);
    assert.deepEqual([cell.connections.opened, cell.connections.failed], [2, 6]);
    assert.deepEqual(errors(run).sort(), [
      ['session', 'script_open', 2],
      ['session', 'session_timeout', 4],
    ]);
    const said = cell.errors.map(({ said }) => said ?? '').join('\n');
    assert.match(said, /open threw at \S*chat\.mjs:3:\d+: no seat left/);
    assert.match(said, /script, (ask seat at \S*chat\.mjs:4:\d+|open): not done within 0\.5 s/);
  });

  test('whose messages differ in more than their number is refused before any load, with the transcript', async () => {
    const { code, stderr, result } = await runScript(
      'export default { requests: { ask: { build: (_, m) => ({ id: m.sequence, at: m.sequence * 2 }) } } };',
      'connections: 1, rate: 10/s',
    );
    assert.deepEqual([code, result], [104, null]);
    assert.match(stderr, /request ask: two messages differ in more than their number/);
    assert.match(stderr, /say `fresh: true`/);
  });

  test('whose request is not answered is refused before any load, with the transcript and the fix', async () => {
    const script = "export default { requests: { ask: { build: (chat, m) => ({ type: 'ask', id: m.sequence }) } } };\n";
    const server = await wsServer({ onMessage: (ws) => ws.send('{"type":"other"}') });
    try {
      const profile = `target: { url: '${server.url}' }\nscript: chat.mjs\nload: [{ connections: 1, rate: 9/s, reply: { timeout: 200ms } }]\n`;
      const files = { 'chat.yaml': profile, 'chat.mjs': script };
      const run = await runCli(['run', 'chat.yaml'], { files });
      assert.equal(run.code, 104, run.stderr);
      assert.match(
        run.stderr,
        /did not answer request ask as the profile expects[\s\S]*sent +\{"type":"ask","id":9{10}\}/,
      );
      assert.match(run.stderr, /received +\{"type":"other"\}/);
    } finally {
      await server.stop();
    }
  });

  test('that leaves unset what a request needs is refused before any load, and told what to set', async () => {
    const script = 'export default { async open() {} };\n';
    const words = 'requests: [{ name: ask, send: { id: "{{sequence}}", user: "{{session.user}}" } }]';
    const run = await runScript(script, 'connections: 2, rate: 9/s', undefined, undefined, words);
    assert.equal(run.code, 104, run.stderr);
    assert.match(
      run.stderr,
      /open has set no chat\.session\.user, which request ask needs \(session, script_session\)/,
    );
    assert.match(run.stderr, /try: set it in `open`/);
  });

  test('that throws where nobody catches is refused on the test connection, or ends its thread: never wsurge', async (t) => {
    const script = (when: string) => `export default {
      open(chat) {
        if (${when}) setTimeout(() => { throw new Error('stray'); }, 0);
        return new Promise((done) => setTimeout(done, 20));
      },
      requests: { ${ASK} },
    };`;
    // A process of its own: the runner of this test would take the error for one of the test.
    const server = await echoes();
    t.after(() => server.stop());
    const profile = `target: { url: '${server.url}' }\nscript: chat.mjs\nload: [{ name: chat, connections: 1, rate: 1/s }]`;
    const early = await spawnCli(t, [...COUNTED_RUN, 'chat.yaml'], {
      'chat.yaml': profile,
      'chat.mjs': script('true'),
    });
    assert.equal(await early.exit, 104, early.stderr());
    assert.match(
      early.stderr(),
      /code that nobody awaits threw at \S*chat\.mjs:3:\d+: stray \(session, script_stray\)/,
    );
    const late = await runScript(script('chat.connection === 1'), 'connections: 2, rate: 20/s');
    assert.equal(late.code, 98, late.stderr);
    const [lost] = late.result!.cells[0]!.client.workers.filter(({ status }) => status === 'lost');
    assert.match(lost!.error!, /^the script chat\.mjs: code that nobody awaits threw at .*chat\.mjs:3:\d+: stray$/);
  });

  test('whose messages have no number is refused, unless replies are not matched', further, async () => {
    const script = 'export default { requests: { ask: { build: () => ({ ask: 1 }) } } };';
    const { code, stderr } = await runScript(script, 'connections: 1, rate: 10/s');
    assert.equal(code, 104);
    assert.match(stderr, /request ask: its message does not hold m\.sequence/);
    const unmatched = await runScript(script, 'connections: 2, rate: 20/s', undefined, 'reply: { match: none }');
    assertExit(unmatched, 0);
    assert.equal(cellOf(unmatched).flows[0]!.messages.sent, 20);
  });
});

describe('a profile with a script', () => {
  const refused = async (profile: string, script = CHAT_SCRIPT, args: readonly string[] = []) => {
    const text = `target: { url: 'ws://127.0.0.1:9/' }\nscript: chat.mjs\n${profile}`;
    const files = { 'chat.yaml': text, 'chat.mjs': script };
    const { code, stderr } = await runCli(['run', 'chat.yaml', '--dry-run', ...args], { files });
    assert.equal(code, 104, stderr);
    return stderr;
  };
  const LOAD = 'load: [{ name: chat, connections: 1, rate: 10/s, duration: 1s }]';

  test('is refused where the two do not go together', async () => {
    assert.match(await refused(`protocol: json-rpc\n${LOAD}`), /script: does not go with protocol: json-rpc/);
    const unknown = await refused(`${LOAD}\nthresholds: { 'ws_response_time{request:histroy}': 'p(99)<100' }`);
    assert.match(unknown, /there is no request "histroy"[\s\S]*did you mean "history"\?/);
    const twice = await refused(`requests: [{ name: say, send: { id: '{{sequence}}' } }]\n${LOAD}`);
    assert.match(twice, /requests\.say: stands in the load "chat" of the profile too/);
    assert.match(
      await refused(LOAD, 'export default { open() {} };'),
      /requests: are missing, and the load "chat" sends/,
    );
  });

  test('loads the script for a dry run too', async () => {
    assert.match(await refused(LOAD, 'export default {'), /the script chat\.mjs does not load \(\S*chat\.mjs:\d+\)/);
  });

  test('has another plan when the script changes', async () => {
    const hashOf = async (script: string, workers: string) => {
      const { result } = await runWithFiles(script, workers);
      return result!.planHash;
    };
    const one = 'export default { requests: { ask: { build: (_, m) => ({ id: m.sequence }) } } };';
    const [first, again, other] = [await hashOf(one, '1'), await hashOf(one, '2'), await hashOf(`${one}\n`, '1')];
    assert.equal(first, again);
    assert.notEqual(first, other);
  });

  async function runWithFiles(script: string, workers: string): Promise<CliRun> {
    const server = await echoes();
    try {
      const profile = `target: { url: '${server.url}' }\nscript: chat.mjs\nload: [{ name: chat, connections: 2, rate: 10/s, warmup: 0s, duration: 1s }]`;
      const files = { 'chat.yaml': profile, 'chat.mjs': script };
      return await runCli([...COUNTED_RUN, 'chat.yaml', '-w', workers], { files });
    } finally {
      await server.stop();
    }
  }
});
