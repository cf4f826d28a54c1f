import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EchoForm } from '../../../src/check/echo-form.js';
import type { ServerKind } from '../../../src/check/look/server-kind.js';
import { pingIntervalMs, type ShownPromises } from '../../../src/check/look/shown-promises.js';
import { type FoundFacts, foundProfileText } from '../../../src/cli/init/found-profile.js';
import { PROMISE_NAMES, promisesText } from '../../../src/cli/init/found-promises.js';
import { profileJsonSchema } from '../../../src/profile/json-schema.js';
import { parseProfile } from '../../../src/profile/parse.js';

const PLAIN: EchoForm = { envelope: null, carrier: null, content: 'json' };
const at = (...path: string[]) => ({ path, as: 'json', before: '', after: '' }) as const;
const KINDS: readonly ServerKind[] = [
  { name: 'bot' },
  { name: 'echo', form: PLAIN },
  { name: 'json-echo', form: { ...PLAIN, envelope: '{"content":{{content}}}' }, added: ['at'] },
  { name: 'wrapped-echo', form: { ...PLAIN, envelope: '{"text":{{content}}}', carrier: at('data', 'said') } },
  { name: 'wrapped-echo', form: { ...PLAIN, carrier: { path: [], as: 'text', before: 'You said: ', after: '' } } },
  { name: 'binary-echo' },
  { name: 'by-id', field: 'requestId', answer: 'x' },
  { name: 'answers', answer: 'x' },
  { name: 'relay', heard: 'x' },
  { name: 'pushes', first: 'x', perSecond: 3 },
  { name: 'protocol', protocol: 'socket.io', accepted: true, seen: '0{}' },
  { name: 'closes', code: 1008, reason: '' },
  { name: 'refuses', code: 1008, reason: '' },
  { name: 'silent' },
];

function textOf(kind: ServerKind, facts: Partial<FoundFacts> = {}): string {
  const usual = { url: 'ws://127.0.0.1:9001/', subprotocols: [], headerNames: [], insecure: false, spontaneous: false };
  const showed = { binary: false, textEnds: null, shown: NOTHING_SHOWN };
  return foundProfileText({ ...usual, ...showed, sentence: 'Something.', kind, file: 'found.yaml', ...facts });
}

const NOTHING_SHOWN: ShownPromises = {
  subprotocol: null,
  compression: null,
  wrongPath: null,
  missingUpgrade: null,
  keepAliveMs: null,
};
const ALL_SHOWN: ShownPromises = {
  subprotocol: 'chat.v2',
  compression: 'declined',
  wrongPath: { path: '/no', status: 404 },
  missingUpgrade: 426,
  keepAliveMs: 300,
};
/** A line of the section `check`, or one about headers, that the owner may remove the # of. */
const OFFERED = /^( *)# (\w+:.*)$/;

const parse = (text: string, env: Readonly<Record<string, string>> = {}) =>
  parseProfile({ kind: 'file', path: 'found.yaml', text }, { env, readText: () => '' });

describe('the profile of a server that was looked at', () => {
  for (const spontaneous of [false, true]) {
    for (const kind of KINDS) {
      const what = 'form' in kind ? `${kind.name} ${kind.form.envelope}` : kind.name;
      it(`is one that can be run: ${what}${spontaneous ? ', which speaks unasked' : ''}`, () => {
        const { profile } = parse(textOf(kind, { spontaneous, subprotocols: ['chat.v2'] }));
        assert.deepEqual(profile.target.subprotocols, ['chat.v2']);
        assert.ok(profile.load.length > 0);
      });
    }
  }

  it('says what makes an echo checkable, and judges the content under load where it can', () => {
    const same = { ...PLAIN, envelope: '{"text":{{content}}}', carrier: at('text') };
    const { profile } = parse(textOf({ name: 'wrapped-echo', form: same }));
    assert.equal(profile.check.envelope, same.envelope);
    assert.deepEqual(profile.load[0]!.reply.echo, { kind: 'field', field: 'text' });
    assert.equal(profile.load[0]!.message.template, '{"text":"{{sequence}}"}');
    const other = parse(textOf({ name: 'wrapped-echo', form: { ...same, carrier: at('data', 'said') } }));
    assert.deepEqual([other.profile.load[0]!.reply.field, other.profile.check.reply.saysEcho], ['said', false]);
  });

  it('holds a feed and a protocol without sending', () => {
    for (const name of ['pushes', 'protocol'] as const) {
      const kind = KINDS.find((each) => each.name === name)!;
      const { load } = parse(textOf(kind)).profile;
      assert.deepEqual(
        load.map(({ name, rates }) => [name, rates]),
        [['listen', [{ from: 0, to: 0 }]]],
      );
    }
  });

  it('speaks a protocol that profiles know, and says of others that they do not', () => {
    const protocolOf = (protocol: 'socket.io' | 'graphql-transport-ws' | 'SignalR' | 'STOMP') => {
      const text = textOf({ name: 'protocol', protocol, accepted: true, seen: 'x' });
      return [parse(text).profile.protocol.name, /A profile cannot send/.test(text)];
    };
    assert.deepEqual((['socket.io', 'graphql-transport-ws', 'SignalR', 'STOMP'] as const).map(protocolOf), [
      ['socket.io', false],
      ['graphql-ws', false],
      ['signalr', false],
      ['none', true],
    ]);
  });

  it('takes no word of the server that means something to the profile', () => {
    for (const field of [`\${env:HOME}`, 'a: b', "it's", '{{sequence}}', 'x\ny', '']) {
      const kinds: ServerKind[] = [
        { name: 'by-id', field, answer: field },
        { name: 'wrapped-echo', form: { ...PLAIN, envelope: '{"text":{{content}}}', carrier: at(field) } },
      ];
      for (const kind of kinds) {
        const { profile } = parse(textOf(kind, { subprotocols: [field], headerNames: [field] }));
        assert.equal(profile.load[0]!.reply.field, 'sequence');
        assert.deepEqual(profile.target.subprotocols, []);
      }
    }
  });

  it('names the headers that were given, and not their values', () => {
    const text = textOf({ name: 'silent' }, { headerNames: ['x-api-key'], insecure: true });
    assert.match(text, /# headers: \{ x-api-key: '\$\{env:X_API_KEY\}' \}/);
    assert.equal(parse(text).profile.target.tls.insecure, true);
  });

  for (const kind of KINDS) {
    const what = 'form' in kind ? `${kind.name} ${kind.form.envelope}` : kind.name;
    it(`is a profile whichever # is removed: ${what}`, () => {
      for (const shown of [NOTHING_SHOWN, ALL_SHOWN]) {
        const url = 'wss://127.0.0.1:9001/';
        const text = textOf(kind, { url, headerNames: ['x-api-key'], subprotocols: ['chat.v2'], shown });
        const lines = text.split('\n');
        const offered = lines.flatMap((line, index) => (OFFERED.test(line) && line.startsWith(' ') ? [index] : []));
        assert.ok(offered.length > (kind.name === 'closes' ? 0 : 8));
        const without = (at: readonly number[]) =>
          lines.map((line, index) => (at.includes(index) ? line.replace(OFFERED, '$1$2') : line)).join('\n');
        for (const at of [...offered.map((index) => [index]), offered]) {
          assert.doesNotThrow(() => parse(without(at), { X_API_KEY: 'k' }), without(at));
        }
      }
    });
  }

  it('offers every promise that a profile can make, and none that does not fit', () => {
    const check = (profileJsonSchema() as { properties: { check: SchemaPart } }).properties.check;
    const keys = Object.entries(check.properties ?? {}).flatMap(([key, part]) => {
      const section = part.anyOf?.find(({ properties }) => properties !== undefined);
      if (!['requests', 'answers', 'security'].includes(key)) return [key];
      return Object.keys(section!.properties!).map((name) => `${key}.${name}`);
    });
    assert.deepEqual([...PROMISE_NAMES].sort(), keys.filter((key) => key !== 'protocol').sort());
    const everything = promisesText('bot', true, {});
    for (const name of PROMISE_NAMES) assert.match(everything, new RegExp(`^ +# ${name.split('.').at(-1)}: `, 'm'));
    for (const kind of ['pushes', 'protocol'] as const) {
      assert.doesNotMatch(promisesText(kind, false, {}), /invalidJson|missingField|requests|isolation|minimumTls/);
    }
  });

  it('holds the server to what was found', () => {
    const kind: ServerKind = { name: 'json-echo', form: { ...PLAIN, envelope: '{"text":{{content}}}' }, added: [] };
    const textEnds = { code: 1007, reason: '' };
    const { check } = parse(textOf(kind, { binary: true, textEnds, shown: ALL_SHOWN })).profile;
    assert.deepEqual(
      [check.binary, check.subprotocol, check.compression, check.wrongPath, check.missingUpgrade, check.keepAliveMs],
      ['echo', 'chat.v2', 'declined', { path: '/no', status: 404 }, 426, 300],
    );
    assert.deepEqual(
      [check.invalidJson, check.security.isolation],
      [{ send: null, contains: null, closeCode: 1007 }, true],
    );
    const others = parse(textOf(kind, { spontaneous: true, textEnds: { code: 1006, reason: '' } })).profile.check;
    assert.deepEqual([others.invalidJson, others.security.isolation, others.binary], [null, null, null]);
  });

  it('tells how often pings come from those that came, with room', () => {
    assert.equal(pingIntervalMs([0, 120, 250]), 300);
    assert.equal(pingIntervalMs([7]), null);
  });
});

interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly anyOf?: readonly SchemaPart[];
}
