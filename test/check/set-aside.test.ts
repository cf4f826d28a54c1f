import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectationsOf } from '../../src/check/expectations.js';
import { shapeOf } from '../../src/check/look/shape.js';
import type { Received } from '../../src/check/received.js';
import { SetAside } from '../../src/check/set-aside.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } },
  { env: {}, readText: () => '' },
);
const expects = expectationsOf(profile.check, 'echo', null);
const came = (text: string): Received => ({ data: Buffer.from(text), isBinary: false, atMs: 0 });
const likes = (...texts: string[]) => texts.map((text) => shapeOf(came(text), []));

describe('messages that nobody asked for', () => {
  it('are not looked for where the server never spoke unasked', () => {
    assert.equal(new SetAside(null).sorting(expects), null);
    assert.equal(new SetAside({ greetings: 0, shapes: [] }).sorting(expects), null);
  });

  it('are counted, with the first of them; all else goes to the check', () => {
    const all = new SetAside({ greetings: 1, shapes: likes('{"type":"tick","n":1}') });
    const sorting = all.sorting(expects)!;
    sorting.sent('hello');
    const taken = ['hello', 'Welcome, Ann', 'hello', '{"type":"tick","n":2}', 'helo', '{"n":2}'].map((text) => {
      return sorting.takes(came(text));
    });
    assert.deepEqual(taken, [false, true, false, true, false, false]);
    assert.deepEqual([all.count, all.first], [2, 'Welcome, Ann']);
  });

  it('are never an echo of what this connection sent, however it is written', () => {
    const all = new SetAside({ greetings: 0, shapes: likes('{"number":1}', '{"number":1,"at":2}') });
    const sorting = all.sorting(expects)!;
    sorting.sent('{"number":7}');
    const echoes = ['{"number":7}', '{ "number": 7 }', '{"number":7,"at":3}'];
    assert.deepEqual(
      echoes.map((text) => sorting.takes(came(text))),
      [false, false, false],
    );
    assert.equal(sorting.takes(came('{"number":8}')), true);
    assert.equal(all.sorting(expects)!.takes(came('{"number":7}')), true);
  });

  it('are known from the first on, where a check came upon one', () => {
    const all = new SetAside(null);
    all.learn(came('beat 1'));
    assert.equal(all.sorting(expects)!.takes(came('beat 2')), true);
    assert.deepEqual([all.count, all.first], [2, 'beat 1']);
  });
});
