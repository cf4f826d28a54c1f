import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Redactor } from '../../src/report/redact.js';
import { sanitize } from '../../src/report/sanitize.js';

const SECRET = 's3cr"et/ä +\nx&=%\\end';

describe('Redactor', () => {
  const redactor = new Redactor([SECRET]);
  const spellings: Readonly<Record<string, string>> = {
    itself: SECRET,
    'a JSON string': JSON.stringify({ a: SECRET }),
    'JSON in JSON': JSON.stringify(JSON.stringify({ a: SECRET })),
    'JSON in ASCII': SECRET.replace(/[^a-z]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    encodeURIComponent: encodeURIComponent(SECRET),
    'lower-case percent signs': encodeURIComponent(SECRET).replace(/%../g, (hex) => hex.toLowerCase()),
    encodeURI: encodeURI(SECRET),
    'a form': new URLSearchParams({ token: SECRET }).toString(),
    'a URL': new URL(`ws://host/?token=${encodeURIComponent(SECRET)}`).href,
    base64: Buffer.from(SECRET).toString('base64'),
    'base64 without padding': Buffer.from(SECRET).toString('base64').replace(/=+$/, ''),
    base64url: Buffer.from(SECRET).toString('base64url'),
    'a Basic header': `Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`,
    'base64 at another offset': Buffer.from(`us:${SECRET}:x`).toString('base64'),
    'sanitized text': sanitize(SECRET),
  };
  for (const [what, text] of Object.entries(spellings)) {
    it(`strikes it out as ${what}`, () => {
      const struck = redactor.text(`before ${text} after`);
      assert.match(struck, /^before .*\*\*\*.* after$/s);
      for (const part of ['s3cr', 'end', Buffer.from(SECRET).toString('base64').slice(4, 16)]) {
        assert.ok(!struck.includes(part), struck);
      }
    });
  }

  it('says *** and leaves the rest', () => {
    assert.equal(new Redactor(['hunter22']).text('password=hunter22; user=bob'), 'password=***; user=bob');
    assert.equal(new Redactor([]).text('nothing to hide'), 'nothing to hide');
  });

  it('ignores secrets of fewer than four characters', () => {
    assert.equal(new Redactor(['abc', '']).text('abc'), 'abc');
    assert.equal(new Redactor(['abcd']).text('abcd'), '***');
  });

  it('strikes out overlapping secrets and the longer of two as one', () => {
    assert.equal(new Redactor(['abcd', 'cdef']).text('xabcdefx'), 'x***x');
    assert.equal(new Redactor(['token', 'token-long']).text('token-long'), '***');
    assert.equal(new Redactor(['token-long', 'token']).text('token-long'), '***');
  });

  it('finds a secret from a file without its line end', () => {
    assert.equal(new Redactor(['from-file\n']).text('Bearer from-file'), 'Bearer ***');
  });

  it('goes through plain data, keys included, and leaves the words it is told to', () => {
    const data = { list: ['x hunter22', 1, null, true], hunter22: { deep: 'hunter22' }, mode: 'open' };
    assert.deepEqual(new Redactor(['hunter22', 'open', 'list']).json(data, new Set(['open', 'list', 'mode', 'deep'])), {
      list: ['x ***', 1, null, true],
      '***': { deep: '***' },
      mode: 'open',
    });
    assert.deepEqual(data.hunter22, { deep: 'hunter22' });
  });

  it('takes a long run of backslashes without getting slow', () => {
    const text = '\\'.repeat(20_000);
    assert.equal(new Redactor(['\\\\server\\share']).text(text), text);
  });

  const secret = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 4, maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\', '%', '"', ' '), minLength: 4, maxLength: 8 }),
  );

  it('never leaves a secret, in any of its spellings', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.string(), { maxLength: 5 }),
        (secrets, filler) => {
          const spelled = secrets.flatMap((each) => [
            each,
            JSON.stringify(each).slice(1, -1),
            encodeURIComponent(each),
            Buffer.from(each).toString('base64'),
          ]);
          const text = spelled.map((each, i) => (filler[i % (filler.length + 1)] ?? '') + each).join('');
          const struck = new Redactor(secrets).text(text);
          const whole = secrets.filter((each) => each.length >= 4);
          for (const each of whole) {
            assert.ok(!struck.includes(each), `${JSON.stringify(each)} in ${JSON.stringify(struck)}`);
            assert.ok(!struck.includes(encodeURIComponent(each)));
            assert.ok(!struck.includes(Buffer.from(each).toString('base64')));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
