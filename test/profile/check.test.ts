import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, problemLines } from './fixtures.js';

const LOAD = 'load: [{ connections: 1, rate: 1 }]\n';
const checkOf = (yaml: string) => parse(`${LOAD}${yaml}`).profile.check;

describe('what a profile says of a server', () => {
  it('is read with its units and defaults', () => {
    const check = checkOf(`
reply: { echo: 'field:content', timeout: 2s }
check:
  envelope: '{"content":{{content}}}'
  largest: 64KiB
  keepAlive: 30s
  requests:
    stream: { send: '{"n":{{count}},"rate":{{rate}}}', index: i }
    close: { send: '{"code":{{code}},"reason":{{reason}}}' }
    broadcast: none
  answers:
    invalidJson: { contains: bad }
    oversized: { bytes: 1MiB, close: 1009 }
  security: { unauthenticated: 4401, wrongOrigin: {}, connectionLimit: { connections: 5 } }
`);
    assert.equal(check.reply.timeoutMs, 2000);
    assert.equal(check.largestBytes, 65_536);
    assert.equal(check.keepAliveMs, 30_000);
    assert.deepEqual(check.stream, { send: '{"n":{{count}},"rate":{{rate}}}', index: 'i', timestamp: null });
    assert.deepEqual(check.close !== 'none' && check.close?.codes, [1001, 1003, 1011]);
    assert.equal(check.broadcast, 'none');
    assert.deepEqual(check.invalidJson, { send: null, contains: 'bad', closeCode: null });
    assert.deepEqual(check.oversized, { bytes: 1_048_576, contains: null, closeCode: 1009 });
    assert.equal(check.security.unauthenticated, 4401);
    assert.deepEqual(check.security.wrongOrigin, { origin: 'https://wrong.example', refusal: 403 });
    assert.deepEqual(check.security.connectionLimit, { connections: 5, refusal: 503 });
  });

  it('is refused with line and column where it cannot be', () => {
    const lines = problemLines(`${LOAD}check:
  envelope: '{"content":1}'
  keepAlive: 30
  binery: echo
  requests:
    stream: { send: '{{count}}', index: i }
    close: { send: '{{code}}{{reason}}', codes: [1006] }
  answers:
    malformed: { contains: x, close: 1007 }
    invalidJson: {}
`);
    const text = lines.join('\n');
    for (const wanted of [
      /^3:\d+.*check\.envelope.*lacks \{\{content\}\}/m,
      /^4:\d+.*check\.keepAlive.*has no unit/m,
      /^5:\d+.*binery.*unknown key/m,
      /^7:\d+.*stream\.send.*lacks \{\{rate\}\}/m,
      /^8:\d+.*codes\[0\].*1006.*close frame/m,
      /^10:\d+.*malformed.*exactly one of contains and close/m,
      /^11:\d+.*invalidJson.*exactly one/m,
    ]) {
      assert.match(text, wanted);
    }
  });
});
