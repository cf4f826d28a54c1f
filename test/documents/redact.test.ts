import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Redactor } from '../../src/documents/redaction/redact.js';
import { sanitize } from '../../src/text/sanitize.js';
import { tries } from '../share.js';

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

  for (const [what, long] of [
    ['4,000 letters', 'k'.repeat(4000)],
    ['4,000 characters that JSON escapes', 'a"\n\\ä'.repeat(800)],
    [
      'the text of a key file',
      `-----BEGIN PRIVATE KEY-----\n${'c2VjcmV0LXBhcnQ/'.repeat(300)}\n-----END PRIVATE KEY-----\n`,
    ],
    ['200,000 characters', Array.from({ length: 25_000 }, (_, i) => String(10_000_000 + i)).join('')],
  ] as const) {
    it(`strikes out a secret of ${what}`, () => {
      const redactor = new Redactor([long]);
      for (const spelled of [
        long,
        JSON.stringify({ a: long }),
        encodeURIComponent(long),
        Buffer.from(long).toString('base64'),
      ]) {
        const struck = redactor.text(`before ${spelled} after`);
        assert.match(struck, /^before .{0,7}\*\*\*.{0,4} after$/s);
      }
    });
  }

  it('looks for any number of secrets at once, in a text of any length', () => {
    const rows = Array.from(
      { length: tries({ whole: 5000, share: 300 }) },
      (_, i) => `eyJhbGciOiJIUzI1NiJ9.row-${i}.${'x'.repeat(i % 300)}`,
    );
    const redactor = new Redactor(rows);
    const filler = 'eyJhbGciOiJIUzI1NiJ9.row%2Dnone "quoted\\" '.repeat(tries({ whole: 5000, share: 1000 }));
    const struck = redactor.text(`${filler}${rows.at(-1)}|${encodeURIComponent(rows[17]!)}`);
    assert.equal(struck, `${filler}***|***`);
  });

  it('takes periodic secrets in periodic texts', () => {
    assert.equal(new Redactor(['ab'.repeat(2000)]).text(`x${'ab'.repeat(200_000)}y`), 'x***y');
    const almost = `${'a'.repeat(3999)}b`;
    assert.equal(new Redactor([almost]).text('a'.repeat(300_000)), 'a'.repeat(300_000));
  });

  it('strikes out a URL in the query of another', () => {
    const url = `ws://h/?t=${encodeURIComponent('pa/ss wö"rd')}`;
    const struck = new Redactor(['pa/ss wö"rd']).text(`ws://p/?next=${encodeURIComponent(url)}`);
    assert.equal(struck, 'ws://p/?next=ws%3A%2F%2Fh%2F%3Ft%3D***');
  });

  for (const [secret, text] of [
    ['nice one', 'a\nice one'],
    ['pa\\ss1', 'pass1'],
    ['a+b+c', 'a b c'],
    ['line\nend', 'linenend'],
  ] as const) {
    it(`does not take ${JSON.stringify(text)} for ${JSON.stringify(secret)}`, () => {
      assert.equal(new Redactor([secret]).text(text), text);
    });
  }

  it('finds a secret behind what looks like the beginning of an escape', () => {
    assert.equal(new Redactor(['nice"secret']).text(JSON.stringify('C:\\nice"secret')), '"C:***"');
    assert.equal(new Redactor(['a b/c']).text('100%a%20b%2Fc'), '100%***');
    assert.equal(new Redactor(['ab12cd34']).text('%ab12cd34'), '%***');
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
      { numRuns: tries({ whole: 300, share: 40 }) },
    );
  });
});
