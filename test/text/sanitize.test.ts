import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { escapeMarkdown, sanitize } from '../../src/text/sanitize.js';

/** Anything a terminal could obey or a reader could not see. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

describe('sanitize', () => {
  for (const [what, text, safe] of [
    ['plain text', 'closed: too many clients (429)', 'closed: too many clients (429)'],
    ['other scripts', 'größe 接続 соединение', 'größe 接続 соединение'],
    ['line ends and tabs', 'a\r\nb\tc\0', 'a\\r\\nb\\tc\\0'],
    ['colours', '\u001b[31mred', '\\x1b[31mred'],
    ['OSC titles', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['C1 controls', '\u009b31m\u0085', '\\x9b31m\\x85'],
    ['bidi overrides', 'a\u202etxt\u2066', 'a\\u202etxt\\u2066'],
    ['zero width', 'a\u200b\ufeffb', 'a\\u200b\\ufeffb'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['odd spaces', 'a\u00a0b\u3000', 'a\\xa0b\\u3000'],
    ['invisible letters', 'a\u3164b', 'a\\u3164b'],
    ['lone surrogates', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
    ['tags beyond the first plane', 'a\u{e0041}', 'a\\u{e0041}'],
    ['DEL', 'a\u007f', 'a\\x7f'],
  ] as const) {
    it(`makes ${what} safe`, () => assert.equal(sanitize(text), safe));
  }

  it('keeps two combining marks on a character and escapes the pile on top', () => {
    assert.equal(sanitize('a\u0301\u0302\u0303\u0304'), 'a\u0301\u0302\\u0303\\u0304');
    assert.equal(sanitize('\u0301a'), '\\u0301a');
  });

  it('caps at 200 unless told, and marks the cut', () => {
    assert.equal(sanitize('x'.repeat(200)), 'x'.repeat(200));
    assert.equal(sanitize('x'.repeat(201)), `${'x'.repeat(199)}…`);
    assert.equal(sanitize('abcdef', 3), 'ab…');
    assert.equal(sanitize('abcdef', 0), '');
  });

  it('never cuts inside an escape or a character', () => {
    assert.equal(sanitize('abc\u001bdef', 6), 'abc…');
    assert.equal(sanitize('ab😀cd', 4), 'ab…');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\u001b', '\u202e', '\n'), minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (text, most) => {
          const whole = sanitize(text, most).replace(/…$/, '');
          assert.match(whole, /^(\\x1b|\\u202e|\\n)*$/);
        },
      ),
    );
  });

  it('leaves nothing harmful, keeps to the cap, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, most) => {
        const safe = sanitize(text, most);
        assert.doesNotMatch(safe, HARMFUL);
        assert.ok(safe.length <= most, `${safe.length} > ${most}`);
        assert.equal(sanitize(safe, most), safe);
      }),
      { numRuns: 500 },
    );
  });
});

describe('escapeMarkdown', () => {
  for (const [text, plain] of [
    ['a | b', 'a \\| b'],
    ['**bold** _it_ `code`', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\`'],
    ['[x](javascript:alert(1))', '\\[x\\](javascript:alert(1))'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)>'],
    ['&lt;', '&amp;lt;'],
    ['https://evil.example www.evil.example', 'https\\://evil.example www\\.evil.example'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['> quote', '&gt; quote'],
    ['# head', '\\# head'],
    ['a\nb', 'a\\\\nb'],
    ['0.74', '0.74'],
    ['p95 < 100 ms', 'p95 &lt; 100 ms'],
  ] as const) {
    it(`turns ${JSON.stringify(text)} into plain words`, () => assert.equal(escapeMarkdown(text), plain));
  }

  it('leaves no line end, no tag and no unescaped pipe', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const plain = escapeMarkdown(text);
        assert.doesNotMatch(plain, /[\r\n<]/);
        assert.doesNotMatch(plain.replace(/\\[\s\S]/g, ''), /[|`*_[\]]/);
      }),
    );
  });
});
