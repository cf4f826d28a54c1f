import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EchoForm } from '../../src/check/echo-form.js';
import type { ServerKind } from '../../src/check/look/server-kind.js';
import { type FoundFacts, foundProfileText } from '../../src/cli/found-profile.js';
import { parseProfile } from '../../src/profile/parse.js';

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
  return foundProfileText({ ...usual, sentence: 'Something.', kind, file: 'found.yaml', ...facts });
}

const parse = (text: string) =>
  parseProfile({ kind: 'file', path: 'found.yaml', text }, { env: {}, readText: () => '' });

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
});
