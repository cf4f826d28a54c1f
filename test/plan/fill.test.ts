import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { inJsonString, jsonText } from '../../src/dialect/json-text.js';
import { fill, fillTokens, isPerConnection, sessionNames, type TokenValues } from '../../src/plan/fill.js';
import type { JsonValue } from '../../src/profile/profile.js';

const VALUES: TokenValues = {
  connection: 7,
  env: { HOST: 'a"b', EMPTY: '' },
  row: { name: 'ann & bob', 'first-name': 'x' },
  ...{ room: 3, step: 0, stepId: 12 },
  session: { id: 'u"1', user: { a: [1, null] }, ok: true, nothing: null, number: 1.5 },
};

describe('tokens of a text', () => {
  it('stand for the values of a connection', () => {
    const text =
      '{{connection}} {{ room }} {{step}} {{stepId}} {{env.HOST}} {{data.name}} {{data.first-name}} {{env.EMPTY}}|';
    assert.equal(fill(text, VALUES), '7 3 0 12 a"b ann & bob x |');
    assert.equal(
      fill('{{session.id}} {{session.ok}} {{session.number}} {{session.user}}', VALUES),
      'u"1 true 1.5 {"a":[1,null]}',
    );
    assert.equal(fill('{{session.nothing}}', VALUES), 'null');
  });

  it('are left where they have no value, as is the sequence', () => {
    const text =
      '{{sequence}} {{session.other}} {{data.other}} {{env.OTHER}} {{other}} {{v0:session.other}} {{v0:sequence}}';
    assert.equal(fill(text, VALUES), text);
    assert.equal(fill('{{room}} {{step}}', { connection: 0, env: {}, row: undefined }), '{{room}} {{step}}');
  });

  it('are filled in once: a value that looks like a token is a value', () => {
    assert.equal(fill('{{session.id}}', { ...VALUES, session: { id: '{{connection}} $&' } }), '{{connection}} $&');
  });

  it('are percent-encoded on demand', () => {
    assert.equal(
      fillTokens('?n={{encoded:data.name}}&c={{encoded:connection}}', 7, {}, { name: 'ann & bob' }),
      '?n=ann%20%26%20bob&c=7',
    );
  });

  it('are said with a form of JSON: a value with its type, or a text, in so many strings', () => {
    assert.equal(fill('{{v0:session.user}} {{v0:session.id}} {{v0:room}}', VALUES), '{"a":[1,null]} "u\\"1" 3');
    assert.equal(fill('{{t0:session.id}} {{t1:session.id}} {{t2:session.id}}', VALUES), 'u"1 u\\"1 u\\\\\\"1');
    assert.equal(fill('{{v1:session.id}}', VALUES), '\\"u\\\\\\"1\\"');
  });

  it('make valid JSON of any value wherever the template of JSON puts them', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, before) => {
        const values = { ...VALUES, session: { value, before } };
        const spec: JsonValue = {
          '{{session.before}}k': '{{session.value}}',
          text: 'x{{session.value}}"y',
          list: ['{{ text:session.value}}'],
        };
        const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
        // JSON knows no -0.
        const wanted = {
          [`${before}k`]: JSON.parse(JSON.stringify(value)) as unknown,
          text: `x${text}"y`,
          list: [text],
        };
        assert.deepEqual(JSON.parse(fill(jsonText(spec), values)), wanted);
        const outer = JSON.parse(fill(`{"inner":"${inJsonString(jsonText(spec))}"}`, values)) as { inner: string };
        assert.deepEqual(JSON.parse(outer.inner), wanted);
        const outermost = JSON.parse(
          fill(`["${inJsonString(`{"inner":"${inJsonString(jsonText(spec))}"}`)}"]`, values),
        ) as [string];
        assert.deepEqual(JSON.parse((JSON.parse(outermost[0]) as { inner: string }).inner), wanted);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a text', () => {
  it('differs from connection to connection if one of its values does', () => {
    for (const token of [
      'connection',
      'room',
      'data.x',
      'session.x',
      ' connection ',
      'v0:room',
      't1:session.x',
      'encoded:data.x',
    ]) {
      assert.ok(isPerConnection(`a {{${token}}}`), token);
    }
    for (const token of ['sequence', 'env.X', 'v0:env.X', 'other']) {
      assert.ok(!isPerConnection(`{{${token}}} connection`), token);
    }
  });

  it('names the captured values that it needs, each once', () => {
    assert.deepEqual(sessionNames('{{session.a}} {{v0:session.b}} {{ t1:session.a }} {{data.session.c}} {{session}}'), [
      'a',
      'b',
    ]);
  });
});
