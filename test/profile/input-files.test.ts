/** Files that users bring: what is in them arrives unchanged, or is refused by name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRows } from '../../src/profile/data-rows.js';
import { textOf } from '../../src/profile/file-text.js';
import { parseProfile } from '../../src/profile/parse.js';
import { problemLine, problemLines, problemsOf, withLoad } from './fixtures.js';

function parseBytes(text: string, files: Readonly<Record<string, Uint8Array | string>>, env = {}) {
  return parseProfile(
    { kind: 'file', path: 'dir/p.yaml', text },
    { env, readText: (path) => files[path] ?? assert.fail(path) },
  );
}

const BOM = '\ufeff';
const utf16 = (text: string) => Buffer.from(BOM + text, 'utf16le');

test('a byte order mark of UTF-8 is no part of any text', () => {
  assert.equal(textOf(Buffer.from(`${BOM}a: 1`)), 'a: 1');
  assert.equal(textOf(`${BOM}a: 1`), 'a: 1');
  const csv = parseBytes(withLoad("target: 'x'\ndata: d.csv").replace("target: 'x'\n", ''), {
    'dir/d.csv': Buffer.from(`${BOM}user\nann\n`),
  });
  assert.deepEqual(csv.profile.data, [{ user: 'ann' }]);
  const json = parseBytes(withLoad('data: d.json'), { 'dir/d.json': Buffer.from(`${BOM}[{"user":"ann"}]`) });
  assert.deepEqual(json.profile.data, [{ user: 'ann' }]);
  const message = parseBytes(withLoad('message: { file: m.json }'), {
    'dir/m.json': Buffer.from(`${BOM}{"sequence":{{sequence}}}`),
  });
  assert.equal(message.profile.load[0]!.message.template, '{"sequence":{{sequence}}}');
});

for (const [what, bytes, said] of [
  ['UTF-16', utf16('user\nann\n'), /UTF-16: save it as UTF-8/],
  ['big-endian UTF-16', Buffer.from(utf16('user\nann\n')).swap16(), /UTF-16: save it as UTF-8/],
  [
    'UTF-16 without a mark',
    Buffer.from('user\nann\n', 'utf16le'),
    /UTF-16 without a byte order mark: save it as UTF-8/,
  ],
  ['Latin-1', Buffer.from('user\nbjörn\n', 'latin1'), /not UTF-8 text \(byte 8\): save it as UTF-8/],
] as const) {
  test(`a data file in ${what} is named as that`, () => {
    const [first] = problemsOf(() => parseBytes(withLoad('data: d.csv'), { 'dir/d.csv': bytes }));
    assert.match(problemLine(first!), said);
  });
  test(`a message file in ${what} is named as that, and sent where it is said to be binary`, () => {
    const message = 'message: { file: m, FORMAT }\nreply: { match: order }';
    const files = { 'dir/m': bytes };
    const [first] = problemsOf(() => parseBytes(withLoad(message.replace('FORMAT', 'format: text')), files));
    assert.match(problemLine(first!), said);
    const { profile } = parseBytes(withLoad(message.replace('FORMAT', 'format: binary')), files);
    assert.deepEqual(Buffer.from(profile.load[0]!.message.template!, 'latin1'), bytes);
  });
}

test('a binary file keeps a byte order mark and braces that are no tokens', () => {
  const bytes = Buffer.concat([Buffer.from(`${BOM}{{ x }} {{}} {{data}} `), Buffer.from([0xff, 0, 0xc3])]);
  const { profile } = parseBytes(withLoad('message: { format: binary, file: m }\nreply: { match: order }'), {
    'dir/m': bytes,
  });
  assert.deepEqual(Buffer.from(profile.load[0]!.message.template!, 'latin1'), bytes);
});

test('no row of a CSV file is dropped in silence', () => {
  assert.deepEqual(parseRows('d.csv', 'a\nx\n""\ny\n'), [{ a: 'x' }, { a: '' }, { a: 'y' }]);
  assert.deepEqual(parseRows('d.csv', 'a,b\n1,2\n\n\n'), [{ a: '1', b: '2' }]);
  assert.deepEqual(parseRows('d.csv', 'a,b\r1,2\r3,4'), [
    { a: '1', b: '2' },
    { a: '3', b: '4' },
  ]);
  assert.throws(() => parseRows('d.csv', 'a\nx\n\ny\n'), /line 3 is empty: remove it, or write "" for an empty value/);
  assert.throws(() => parseRows('d.csv', 'a,b\n1,2\n\n3,4\n'), /line 3 is empty/);
  const long = 'x'.repeat(3_000_000);
  assert.deepEqual(parseRows('d.csv', `a\n"${long}""y"\n`), [{ a: `${long}"y` }]);
});

test('values of a JSON file arrive as they are written', () => {
  const rows = parseRows(
    'd.json',
    '[{"id": 12345678901234567890, "price": 1.10, "big": 1e21, "text": "-1.50 \\" 2.0", "ok": true}]',
  );
  assert.deepEqual(rows, [{ id: '12345678901234567890', price: '1.10', big: '1e21', text: '-1.50 " 2.0', ok: 'true' }]);
  assert.throws(() => parseRows('d.json', '[{"a": "\\ud800"}]'), /row 1: "a" holds half a character/);
});

/** Rows by column t, and what is said of them. */
const ROWS = (values: readonly string[]) => JSON.stringify(values.map((t) => ({ t })));
for (const [profile, values, said] of [
  ['target: "ws://h/{{data.t}}"', ['a#b'], /target\.url: with \{\{data\.t\}\} of row 1 it has a fragment/],
  ['target: "ws://h/{{data.t}}"', ['a', 'b', 'c d', 'e'], /of row 3 it holds a space or a line end/],
  ['target: "ws://h/{{data.t}}"', ['a', 'b\\c'], /of row 2 it holds a backslash/],
  ['target: "ws://h/?{{data.t}}"', ['q=a', 'q=b#'], /of row 2 it has a fragment/],
  ['target: "ws://h/?q={{raw:data.t}}"', ['ok', 'a#b', 'c#d'], /of row 2 \(and 1 more of 3 rows\) it has a fragment/],
  [
    'target: { url: "ws://h/", headers: { A: "Bearer {{data.t}}" } }',
    ['ok', 'abc\n'],
    /target\.headers\.A: with \{\{data\.t\}\} of row 2 it has a value with characters that a header cannot hold.*line end/,
  ],
  ['target: { url: "ws://h/", headers: { A: "{{data.t}}" } }', ['\u4e2d'], /of row 1 it has a value with characters/],
  [
    'target: { url: "ws://h/", subprotocols: ["v1", "{{data.t}}"] }',
    ['a', 'a b'],
    /target\.subprotocols\[1\]: with \{\{data\.t\}\} of row 2 it is not a sub-protocol name/,
  ],
  ['target: { url: "ws://h/", subprotocols: ["{{data.t}}"] }', ['a', ''], /of row 2 it is not a sub-protocol name/],
  [
    'target: { url: "ws://h/", subprotocols: ["v1", "{{data.t}}"] }',
    ['v2', 'v1'],
    /with row 2 of the data.*appears twice/,
  ],
  [
    'message: { template: \'{"sequence":{{sequence}},"t":"{{data.t}}"}\' }',
    ['a', 'b"c'],
    /message\.template: with \{\{data\.t\}\} of row 2 it is not valid JSON/,
  ],
  [
    'message: { template: \'{"sequence":{{sequence}},"t":{{data.t}}}\' }',
    ['1', '007'],
    /of row 2 it is not valid JSON/,
  ],
] as const) {
  test(`refused before any load: ${profile.slice(0, 60)} with ${JSON.stringify(values)}`, () => {
    const text = withLoad(
      `${profile.startsWith('target: "') ? `target: { url: ${profile.slice(8)} }` : profile}\ndata: d.json`,
    );
    const lines = problemLines(text, { files: { 'dir/d.json': ROWS(values) } });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0]!, said);
    for (const value of values) if (value.length > 3) assert.ok(!lines[0]!.includes(value), 'rows may be secrets');
  });
}

test('values of variables are judged like those of rows', () => {
  const env = { T: 'a b', H: 'x\ny', P: 'p,q' };
  const lines = problemLines(
    withLoad(`target: { url: 'ws://h/{{env.T}}', headers: { A: '{{env.H}}' }, subprotocols: ['{{env.P}}'] }`),
    { env },
  );
  assert.match(lines.join('\n'), /with \{\{env\.T\}\} it holds a space/);
  assert.match(lines.join('\n'), /with \{\{env\.H\}\} it has a value with characters/);
  assert.match(lines.join('\n'), /with \{\{env\.P\}\} it is not a sub-protocol name/);
});

test('one line end behind a variable is no part of it, wherever it is used', () => {
  const text = withLoad(`target: { url: 'ws://h/', headers: { A: '\${env:T}', B: '{{env.T}}', C: '\${secret:T}' } }`);
  const { profile } = parseBytes(text, {}, { T: 'token\r\n' });
  assert.deepEqual(profile.target.headers, { A: 'token', B: '{{env.T}}', C: 'token' });
  assert.match(problemLines(text, { env: { T: 'token\n\n' } }).join('\n'), /a header cannot hold/);
});

test('values in a query and a user-info are to be encoded, but where the user says raw', () => {
  const { profile } = parseBytes(
    withLoad(
      "target: { url: 'ws://{{data.t}}:{{data.t}}@h/{{data.t}}?{{data.t}}&a={{ data.t }}&b=x{{data.t}}&c={{raw:data.t}}' }\ndata: d.csv",
    ),
    { 'dir/d.csv': 't\nabc\n' },
  );
  assert.equal(
    profile.target.kind === 'url' && profile.target.url,
    'ws://{{encoded:data.t}}:{{encoded:data.t}}@h/{{data.t}}?{{data.t}}&a={{encoded:data.t}}&b=x{{encoded:data.t}}&c={{data.t}}',
  );
});
