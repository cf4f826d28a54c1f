import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckContext } from '../../src/check/context.js';
import { expectationsOf } from '../../src/check/expectations.js';
import { type Known, type Look, lookAt } from '../../src/check/look/look.js';
import { parseProfile } from '../../src/profile/parse.js';
import { startServer } from '../../src/server/server.js';
import { echo, type LocalServer, rawServer, wsServer } from '../e2e/local-server.js';
import * as servers from './look-servers.js';

/** Enough for a server that answers on a machine that has no time. */
const LONG_MS = 60_000;
/** For servers that never answer, so that nothing is waited for in vain. */
const SHORT_MS = 400;

async function lookOn(
  starting: Promise<Pick<LocalServer, 'url' | 'stop'>>,
  budgetMs: number,
  known: Partial<Known> = {},
): Promise<Look> {
  const server = await starting;
  const { profile } = parseProfile(
    { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }], target: { url: server.url } } },
    { env: {}, readText: () => '' },
  );
  const { headers, subprotocols, tls } = profile.target;
  const context = new CheckContext({
    endpoint: () => ({ url: server.url, address: null, headers, subprotocols, tls, userAgent: 'wsurge/test' }),
    ...{ env: {}, data: [], process: null, quick: true, seed: 1, signal: new AbortController().signal },
    expects: expectationsOf(profile.check, 'echo', null),
  });
  try {
    return await lookAt(context, { protocol: null, envelope: null, ...known }, budgetMs);
  } finally {
    context.end();
    await server.stop();
  }
}

const form = (envelope: string | null, content: 'json' | 'string' = 'json') => ({ envelope, carrier: null, content });

describe('a look at a server finds', () => {
  it('the reference server', async () => {
    const starting = startServer({ engine: 'ws' }).then(({ url, close }) => ({ url, stop: close }));
    assert.deepEqual((await lookOn(starting, LONG_MS)).found.kind, { name: 'bot' });
  });

  it('an echo, binary messages included', async () => {
    const { found } = await lookOn(wsServer(), LONG_MS);
    assert.deepEqual(found.kind, { name: 'echo', form: form(null) });
    assert.equal(found.binary, true);
    assert.deepEqual([found.greeting, found.unasked], [null, null]);
    assert.ok(found.slowestReplyMs !== null && found.pongMs !== null);
  });

  it('no greeting in a notice that another connection comes', async () => {
    const { found } = await lookOn(servers.lookServer(servers.CHATS), LONG_MS);
    assert.deepEqual([found.kind.name, found.greeting], ['wrapped-echo', null]);
    assert.match(found.passedOn ?? '', /"type":"msg"/);
  });

  it('an echo whose first answer went astray', async () => {
    let astray = 0;
    const onMessage: servers.LookServer['onMessage'] = (ws, text) => {
      if (!text.endsWith('-plain') || astray++ > 0) ws.send(text);
    };
    const { found } = await lookOn(servers.lookServer({ onMessage }), LONG_MS);
    assert.deepEqual(found.kind, { name: 'echo', form: form(null) });
  });

  it('an echo that greets', async () => {
    const starting = wsServer({ onConnection: (ws, ordinal) => ws.send(`Welcome, client ${ordinal}`) });
    const { found, unasked } = await lookOn(starting, LONG_MS);
    assert.equal(found.kind.name, 'echo');
    assert.deepEqual(found.greeting, { count: 1, first: found.greeting?.first });
    assert.match(found.greeting?.first ?? '', /^Welcome, client \d$/);
    assert.equal(unasked.greetings, 1);
  });

  it('JSON that comes back with a field more, and the least message that does', async () => {
    const { found } = await lookOn(servers.lookServer(servers.ADDS_A_FIELD), LONG_MS);
    const kind = { name: 'json-echo', form: form('{"content":{{content}}}'), added: ['server_time'] };
    assert.deepEqual(found.kind, kind);
    assert.equal(found.binary, false);
    assert.deepEqual(found.textEnds, { code: 1003, reason: 'JSON expected' });
  });

  it('a content that comes back in another envelope, and that only texts are taken', async () => {
    const { found } = await lookOn(servers.lookServer(servers.WRAPS), LONG_MS);
    assert.deepEqual(found.kind, {
      name: 'wrapped-echo',
      form: {
        envelope: '{"text":{{content}}}',
        carrier: { path: ['data', 'text'], as: 'json', before: '', after: '' },
        content: 'string',
      },
    });
  });

  it('a text that comes back among other words', async () => {
    const { found } = await lookOn(servers.lookServer(servers.SAYS_YOU_SAID), LONG_MS);
    const carrier = { path: [], as: 'text', before: 'You said: ', after: '' };
    assert.deepEqual(found.kind, { name: 'wrapped-echo', form: { ...form(null), carrier } });
  });

  it('answers with an id, and answers with nothing of what was sent', async () => {
    const byId = (await lookOn(servers.lookServer(servers.ANSWERS_BY_ID), LONG_MS)).found.kind;
    assert.equal(byId.name === 'by-id' && byId.field, 'requestId');
    const refusing = servers.lookServer({ onMessage: (ws) => ws.send('{"error":"unknown command"}') });
    const answers = (await lookOn(refusing, LONG_MS)).found.kind;
    assert.deepEqual(answers, { name: 'answers', answer: '{"error":"unknown command"}' });
    const quoting = servers.lookServer({ onMessage: (ws, text) => ws.send(`unknown command: ${text}`) });
    assert.equal((await lookOn(quoting, LONG_MS)).found.kind.name, 'answers');
  });

  it('what is passed on to others, with an echo and without', async () => {
    const relay = await lookOn(servers.lookServer(servers.RELAYS), SHORT_MS);
    assert.equal(relay.found.kind.name, 'relay');
    const chat = await lookOn(servers.lookServer(servers.BROADCASTS), LONG_MS);
    assert.equal(chat.found.kind.name, 'echo');
    assert.ok(chat.unasked.shapes.some(({ head, tail }) => head === 'Client #0 says: ' && tail === ''));
  });

  it('a feed, silence, and the end of every connection or message', async () => {
    const feed = (await lookOn(servers.lookServer(servers.PUSHES), SHORT_MS)).found.kind;
    assert.equal(feed.name, 'pushes');
    const silent = await lookOn(servers.lookServer({}), SHORT_MS);
    assert.deepEqual(silent.found.kind, { name: 'silent' });
    assert.equal(silent.found.slowestReplyMs, null);
    const closing = servers.lookServer({ onOpen: (ws) => ws.close(4401, 'token missing') });
    const closes = { name: 'closes', code: 4401, reason: 'token missing' };
    assert.deepEqual((await lookOn(closing, LONG_MS)).found.kind, closes);
    const refusing = servers.lookServer({ onMessage: (ws) => ws.close(1008, 'log in first') });
    assert.deepEqual((await lookOn(refusing, LONG_MS)).found.kind, { ...closes, ...REFUSED });
  });

  it('an echo of binary messages alone', async () => {
    const starting = wsServer({ onMessage: (ws, data, binary) => void (binary && echo(ws, data, binary)) });
    const { found } = await lookOn(starting, SHORT_MS);
    assert.equal(found.binary, true);
    assert.equal(found.kind.name, 'binary-echo');
  });

  it('protocols by their sub-protocol or first frames', async () => {
    const kinds = await Promise.all(
      [servers.SOCKET_IO, servers.GRAPHQL_WS, servers.STOMP, servers.MQTT, servers.SIGNALR].map(async (server) => {
        const { kind } = (await lookOn(servers.lookServer(server), LONG_MS)).found;
        assert.ok(kind.name === 'protocol' && kind.accepted);
        return kind.protocol;
      }),
    );
    assert.deepEqual(kinds, ['socket.io', 'graphql-transport-ws', 'STOMP', 'MQTT', 'SignalR']);
    const engine = servers.lookServer({ ...servers.SOCKET_IO, onMessage: () => undefined });
    const { kind } = (await lookOn(engine, LONG_MS)).found;
    assert.equal(kind.name === 'protocol' && kind.protocol, 'engine.io');
  });

  it('the envelope of the profile is what is asked, and nothing else of that kind', async () => {
    const { found } = await lookOn(servers.lookServer(servers.WRAPS), LONG_MS, {
      envelope: '{"text":{{content}},"v":2}',
    });
    assert.equal(found.kind.name === 'wrapped-echo' && found.kind.form.envelope, '{"text":{{content}},"v":2}');
  });
});

const REFUSED = { name: 'refuses', code: 1008, reason: 'log in first' };

describe('a hostile server', () => {
  it('that floods is a feed, and the look ends', async () => {
    const flood = servers.lookServer({
      onOpen: (ws) => {
        const text = `{"type":"tick","pad":"${'x'.repeat(100)}"}`;
        const timer = setInterval(() => {
          for (let sent = 0; sent < 50; sent++) ws.send(text);
        }, 1);
        ws.on('close', () => clearInterval(timer));
      },
    });
    assert.equal((await lookOn(flood, SHORT_MS)).found.kind.name, 'pushes');
  });

  it('that answers late is still seen to answer', async () => {
    const late = wsServer({ onMessage: (ws, data, binary) => void setTimeout(() => echo(ws, data, binary), 900) });
    const { found } = await lookOn(late, LONG_MS);
    assert.equal(found.kind.name, 'echo');
    assert.notEqual(found.slowestReplyMs, null);
  });

  it('that opens nothing is an error with phase and code', async () => {
    const cut = rawServer((socket) => void socket.destroy());
    await assert.rejects(lookOn(cut, SHORT_MS), { name: 'ConnectError', phase: 'upgrade' });
  });
});
