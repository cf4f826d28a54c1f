import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transcribedWords } from '../../src/app/foreign-words.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  {
    kind: 'flags',
    value: {
      target: { url: 'ws://localhost:9001/?key=url-secret-1', headers: { 'X-Key': 'header-secret-2' } },
      data: 'users.csv',
      load: [
        {
          name: 'a',
          connections: 1,
          rate: '1/s',
          message: { template: '{"text":"a long text of the user","sequence":{{sequence}}}' },
        },
      ],
    },
  },
  { env: {}, readText: () => 'name,token\nann,abc\nbob,tok5\n' },
);
const PARSED = { profile, secrets: ['the-secret-3'] };

test('a line of a transcript: secrets and what is called one are struck out, all else can be read', () => {
  const line = transcribedWords(PARSED);
  const shown = (text: string, values = {}) => line(text, 200, values);
  assert.equal(shown('{"text":"a long text of the user"}'), '{"text":"a long text of the user"}');
  assert.equal(shown('url-secret-1 header-secret-2 the-secret-3'), '*** *** ***');
  assert.equal(shown('bob says tok5'), 'bob says ***', 'the row of the test connection, by the name of the column');
  assert.equal(shown('40{"token":"a\\"b","n":1}'), '40{"token":"***","n":1}');
  assert.equal(
    shown('{"data":"{\\"access_token\\":\\"xyz\\",\\"a\\":1}"}'),
    '{"data":"{\\"access_token\\":\\"***\\",\\"a\\":1}"}',
  );
  assert.equal(shown('join s3ss10n as u7', { sessionToken: 's3ss10n', user: 'u7' }), 'join *** as u7');
  assert.equal(shown('{"author":"ann"}'), '{"author":"ann"}');
  assert.equal(shown('a\u001bb\n'), 'a\\x1bb\\n');
  assert.equal(line('x'.repeat(300), 50, {}).length, 50);
});
