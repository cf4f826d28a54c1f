import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { wireOf } from '../../src/dialect/translate.js';
import { cellsOf } from '../../src/plan/cells.js';
import type { Override } from '../../src/profile/overrides.js';
import type { Profile, TalkSpec } from '../../src/profile/profile.js';
import { PROTOCOL_NAMES, PROTOCOLS } from '../../src/profile/protocols.js';
import { ALL_OPTIONS, ALL_WORDS, OPTION_NAMES, WORD_NAMES } from '../../src/profile/talk-schema.js';
import { envTokens } from '../../src/profile/tokens.js';
import { parse, problemLine, problemsOf, withLoad } from './fixtures.js';

const CHAT = `
target: { url: ws://127.0.0.1:3000/socket.io/ }
protocol: { name: socket.io, namespace: /chat, auth: { token: '{{ data.token }}' } }
data: users.csv
rooms: 20
session:
  - { name: join, to: join, send: ['room-{{room}}'], expect: { ok: true }, capture: { nick: $.nick } }
  - { repeat: 3, to: watch, send: ['S{{step}}'], wait: 100ms, timeout: 2s }
when: [{ has: [a, b], count: tick }, { has: x, send: [pong] }, { has: 'err', fails: true, name: bad }]
load:
  - name: chat
    connections: 1000
    rate: 200/s
    requests:
      - { name: say, to: say, send: ['room-{{room}}', '{{ text: session.nick }}'], capture: { id: $.id } }
      - { name: history, weight: 4, to: history, expect: { n: '{{sequence}}' } }
`;
const files = { 'dir/users.csv': 'name,token\nann,t1\n' };

function talkOf(text: string, load = 0): TalkSpec | null {
  return parse(text, { files }).profile.load[load]!.talk;
}

describe('the words of a session', () => {
  it('become a talk with all defaults filled in and tokens in their plain form', () => {
    const { profile } = parse(CHAT, { files });
    assert.deepEqual(profile.protocol, {
      name: 'socket.io',
      options: { namespace: '/chat', auth: { token: '{{data.token}}' } },
      beat: null,
    });
    const nothing = { words: {}, capture: {} };
    assert.deepEqual(profile.load[0]!.talk, {
      session: [
        {
          ...{ name: 'join', to: 'join', send: ['room-{{room}}'], expect: { ok: true }, capture: { nick: '$.nick' } },
          ...{ waitMs: 0, repeat: 1, timeoutMs: null, words: {} },
        },
        {
          ...{ name: null, to: 'watch', send: ['S{{step}}'], waitMs: 100, repeat: 3, timeoutMs: 2000 },
          ...nothing,
        },
      ],
      when: [
        { has: ['a', 'b'], means: 'count', name: 'tick' },
        { has: ['x'], means: 'duty', name: 'rule 2', send: ['pong'] },
        { has: ['err'], means: 'fails', name: 'bad' },
      ],
      requests: [
        {
          ...{ name: 'say', weight: 1, to: 'say', send: ['room-{{room}}', '{{text:session.nick}}'] },
          ...{ capture: { id: '$.id' }, words: {} },
        },
        { ...{ name: 'history', weight: 4, to: 'history', expect: { n: '{{sequence}}' } }, ...nothing },
      ],
      ...{ pick: 'weighted', rooms: 20, senders: null, script: null },
    });
    assert.deepEqual(profile.load[0]!.reply, {
      ...{ match: 'sequence', field: 'sequence', echo: { kind: 'none' }, timeoutMs: 5000 },
    });
  });

  it('are nothing where none is written, so that cells and plan are what they were', () => {
    const { profile } = parse(withLoad(''));
    assert.equal(profile.load[0]!.talk, null);
    assert.ok(!('wire' in cellsOf(profile)[0]!));
  });

  it('any one of them is enough, and so is a protocol', () => {
    for (const word of ['session: [{ wait: 1s }]', 'when: [{ has: x, count: a }]', 'rooms: 2', 'senders: 1']) {
      assert.notEqual(talkOf(withLoad(word)), null, word);
    }
    const silent = 'target: { url: ws://h/ }\nprotocol: graphql-ws\nload: [{ connections: 1, rate: 0 }]';
    assert.deepEqual(talkOf(silent)?.requests, []);
  });

  it('a load has its own, else those of the top level; its own message takes the place of their requests', () => {
    const text = `
rooms: 2
session: [{ wait: 1s }]
requests: [{ name: a, send: '{{sequence}}' }]
load:
  - { name: one, connections: 4, rate: 1, rooms: 3, session: [{ wait: 2s }, { wait: 3s }] }
  - { name: two, connections: 4, rate: 1, message: { size: 64 } }
  - { name: three, connections: 4, model: listen }`;
    const shape = (load: number) => {
      const talk = talkOf(text, load)!;
      return [talk.rooms, talk.session.map(({ waitMs }) => waitMs), talk.requests.map(({ name }) => name)];
    };
    assert.deepEqual(
      [shape(0), shape(1), shape(2)],
      [
        [3, [2000, 3000], ['a']],
        [2, [1000], []],
        [2, [1000], []],
      ],
    );
    assert.equal(parse(text).profile.load[1]!.reply.echo.kind, 'full');
  });

  it('a text that is sent as it is has values put in as text', () => {
    const talk = talkOf(withLoad("rooms: 2\nrequests: [{ name: a, send: '{{ sequence }} {{text:room}}' }]"));
    assert.equal(talk!.requests[0]!.send, '{{sequence}} {{room}}');
  });

  it('a value under headers of a message keeps its type', () => {
    const talk = talkOf(withLoad("requests: [{ name: a, send: { headers: { n: 1.5 }, id: '{{sequence}}' } }]"));
    assert.deepEqual(talk!.requests[0]!.send, { headers: { n: 1.5 }, id: '{{sequence}}' });
  });

  it('a message of its own may hold rooms and what the session captured', () => {
    const session = 'session: [{ send: a, expect: { ok: 1 }, capture: { id: $.id } }]\nrooms: 2\n';
    const message = `message: { template: '{"sequence":{{sequence}},"room":{{room}},"id":"{{session.id}}"}' }`;
    const { message: spec, talk } = parse(withLoad(session + message)).profile.load[0]!;
    assert.equal(spec.template, '{"sequence":{{sequence}},"room":{{room}},"id":"{{session.id}}"}');
    assert.deepEqual(talk!.requests, []);
  });
});

describe('a protocol', () => {
  const urlOf = (protocol: string, url: string, more = '') => {
    const load = 'load: [{ connections: 1, rate: 0 }]';
    const { target } = parse(`target: { url: '${url}'${more} }\nprotocol: ${protocol}\n${load}`).profile;
    return target.kind === 'embedded' ? null : [target.url, ...target.subprotocols];
  };

  it('completes the address: query, sub-protocol, and the path that servers have by default', () => {
    const io = 'EIO=4&transport=websocket';
    assert.deepEqual(urlOf('socket.io', 'ws://h:1'), [`ws://h:1/socket.io/?${io}`]);
    assert.deepEqual(urlOf('socket.io', 'ws://h:1/'), [`ws://h:1/socket.io/?${io}`]);
    assert.deepEqual(urlOf('socket.io', 'ws://h:1?a=1'), [`ws://h:1/socket.io/?a=1&${io}`]);
    assert.deepEqual(urlOf('socket.io', 'ws://h:1/own/?EIO=4'), ['ws://h:1/own/?EIO=4&transport=websocket']);
    assert.deepEqual(urlOf('socket.io', 'ws+unix:/run/s'), [`ws+unix:/run/s:/socket.io/?${io}`]);
    assert.deepEqual(urlOf('socket.io', 'ws+unix:/run/s:/p'), [`ws+unix:/run/s:/p?${io}`]);
    assert.deepEqual(urlOf('graphql-ws', 'ws://h:1/graphql'), ['ws://h:1/graphql', 'graphql-transport-ws']);
    assert.deepEqual(urlOf('graphql-ws', 'ws://h:1/', ', subprotocols: [x]'), ['ws://h:1/', 'x']);
    assert.deepEqual(urlOf('phoenix', 'ws://h:1/socket/websocket'), ['ws://h:1/socket/websocket?vsn=2.0.0']);
    assert.deepEqual(urlOf('actioncable', 'ws://h:1/cable'), ['ws://h:1/cable', 'actioncable-v1-json']);
    assert.deepEqual(urlOf('pusher', 'ws://h:1/app/k?protocol=5'), ['ws://h:1/app/k?protocol=5']);
    assert.deepEqual(urlOf('none', 'ws://h:1'), ['ws://h:1']);
  });

  it('that never answers has no replies to match', () => {
    const cable = 'target: { url: ws://h/ }\nprotocol: actioncable\nrequests: [{ name: a, to: C, send: { b: 1 } }]\n';
    const reply = (more: string) => parse(withLoad(cable + more)).profile.load[0]!.reply;
    assert.deepEqual([reply('').match, reply('reply: { match: none, timeout: 1s }').timeoutMs], ['none', 1000]);
  });

  it('that answers may be left unmatched', () => {
    const text =
      'target: { url: ws://h/ }\nprotocol: socket.io\nrequests: [{ name: a, to: b }]\nreply: { match: none }';
    assert.equal(parse(withLoad(text)).profile.load[0]!.reply.match, 'none');
  });

  it('beat is a time or off', () => {
    const beat = (value: string) => {
      const protocol = `target: { url: ws://h/ }\nprotocol: { name: phoenix, beat: ${value} }`;
      return parse(`${protocol}\nload: [{ connections: 1, rate: 0 }]`).profile.protocol.beat;
    };
    assert.deepEqual([beat('off'), beat('10s'), beat('"500ms"')], ['off', 10_000, 500]);
  });

  it('may capture something itself', () => {
    const text = `target: { url: ws://h/ }
protocol: pusher
session: [{ subscribe: { channel: presence-a, auth: '{{session.socket_id}}' } }]
load: [{ connections: 1, rate: 0 }]`;
    assert.equal(talkOf(text)!.session.length, 1);
  });

  it('begins a heartbeat, answers one, or owes none, as its dialect does', () => {
    const beatsOf = (name: (typeof PROTOCOL_NAMES)[number]) => {
      const talk = { session: [], when: [], requests: [], pick: 'weighted', rooms: null, senders: null, script: null };
      const { beat, rules } = wireOf({ name, options: {}, beat: null }, talk as TalkSpec, 'sequence');
      if (beat !== null) return 'client';
      return rules.some(({ means }) => means === 'duty') ? 'server' : null;
    };
    for (const name of PROTOCOL_NAMES) assert.equal(PROTOCOLS[name].beats, beatsOf(name), name);
  });

  it('has all of its options and words in the schema', () => {
    assert.deepEqual([...new Set(ALL_OPTIONS)].sort(), [...OPTION_NAMES].sort());
    assert.deepEqual([...new Set(ALL_WORDS)].sort(), [...WORD_NAMES].sort());
    assert.deepEqual(Object.keys(PROTOCOLS), [...PROTOCOL_NAMES]);
  });
});

describe('a script', () => {
  const text = withLoad('script: chat.mjs');
  const sources = { 'dir/chat.mjs': 'export default {}' };

  it('is known by its path and the hash of its text', () => {
    const { script } = parse(text, { files: sources }).profile.load[0]!.talk!;
    const sha256 = createHash('sha256').update('export default {}').digest('hex');
    assert.deepEqual(script, { path: 'dir/chat.mjs', sha256 });
  });

  it('may capture what no step does, and may name requests', () => {
    const requests = "requests: [{ name: a, send: '{{session.id}} {{sequence}}' }]";
    const threshold = "thresholds: { 'ws_response_time{request:own}': p(95)<5 }";
    const { profile } = parse(`${text}\n${requests}\n${threshold}`, { files: sources });
    assert.equal(profile.load[0]!.talk!.requests.length, 1);
  });
});

describe('--set', () => {
  const set = (path: string, value: unknown): Override => ({
    ...{ kind: 'set', path: path.split('.'), value, origin: `--set ${path}` },
  });
  const changed = (...overrides: Override[]): Profile => parse(CHAT, { files, overrides }).profile;

  it('finds requests, steps and rules by name and by place', () => {
    const profile = changed(
      set('load.chat.requests.history.weight', 9),
      set('load.chat.requests.0.weight', '2'),
      set('session.join.timeout', '1s'),
      set('session.1.repeat', 7),
      set('when.bad.has', 'no'),
      set('rooms', 5),
      set('protocol.beat', 'off'),
    );
    const { requests, session, when, rooms } = profile.load[0]!.talk!;
    assert.deepEqual(
      [requests.map(({ weight }) => weight), session[0]!.timeoutMs, session[1]!.repeat, when[2]!.has, rooms],
      [[2, 9], 1000, 7, ['no'], 5],
    );
    assert.equal(profile.protocol.beat, 'off');
  });

  it('replaces a whole list', () => {
    const { session } = changed(set('session', [{ wait: '1s' }]), set('load.chat.requests.0.send', [])).load[0]!.talk!;
    assert.deepEqual([session.length, session[0]!.waitMs], [1, 1000]);
  });

  it('says which names there are', () => {
    const lines = (path: string) => problemsOf(() => changed(set(path, 1))).map(problemLine);
    assert.deepEqual(lines('load.chat.requests.hstory.weight'), [
      '--set load.chat.requests.hstory.weight: requests has no "hstory" [did you mean "history"?]',
    ]);
    assert.deepEqual(lines('session.zzz.timeout'), [
      '--set session.zzz.timeout: session has no "zzz" [one of: join, 1]',
    ]);
  });
});

describe('variables', () => {
  const text = withLoad(
    `target: { url: ws://h/ }
protocol: { name: graphql-ws, payload: { t: '{{env.PAYLOAD}}' } }
when: [{ has: x, send: '{{env.WHEN}}' }]
session: [{ send: { query: '{{env.STEP}}' } }, { subscribe: { query: '{{env.SUB}}' } }]
requests: [{ name: a, send: { query: q, '{{env.KEY}}': 1 } }]`,
  );
  const env = { PAYLOAD: 'p-1', WHEN: 'w-1', STEP: 's-1', SUB: 'u-1', KEY: 'k-1', OTHER: 'o-1' };

  it('of all texts reach the workers, and are secrets', () => {
    const { profile, secrets } = parse(text, { env });
    const { OTHER: _, ...used } = env;
    assert.deepEqual(envTokens(profile, env), used);
    assert.deepEqual([...secrets].sort(), Object.values(used).sort());
  });

  it('that are not set are problems', () => {
    const lines = problemsOf(() => parse(text, { env: { ...env, SUB: undefined } })).map(problemLine);
    assert.deepEqual(lines, [
      '5:63 session[1].subscribe.query: uses {{env.SUB}}, which is not set [set SUB in the environment]',
    ]);
  });
});
