import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WsurgeError } from '../../src/errors.js';
import { parseProfile } from '../../src/profile/parse.js';

function addressesOf(...written: string[]): readonly string[] {
  const value = { localAddresses: written, load: [{ connections: 1, rate: 1 }] };
  const context = { env: {}, readText: () => '', overrides: [], problems: [], mentions: [] };
  return parseProfile({ kind: 'flags', value }, context).profile.localAddresses;
}

describe('localAddresses', () => {
  it('are single addresses and ranges, in the order written', () => {
    assert.deepEqual(addressesOf('127.0.0.2-127.0.0.4', '10.0.0.1', '::1'), [
      ...['127.0.0.2', '127.0.0.3', '127.0.0.4'],
      ...['10.0.0.1', '::1'],
    ]);
    assert.deepEqual(addressesOf('192.168.255.254-192.169.0.1').length, 4);
  });

  it('are refused where they are none, twice there, or too many', () => {
    for (const wrong of ['localhost', '127.0.0.256', '127.0.0.9-127.0.0.2', '1.2.3.4-', '10.0.0.0-10.1.0.0', 'a-b-c']) {
      assert.throws(() => addressesOf(wrong), WsurgeError, wrong);
    }
    assert.throws(
      () => addressesOf('127.0.0.2', '127.0.0.1-127.0.0.3'),
      (error: unknown) => error instanceof WsurgeError && /already/.test(error.problems[0]!.message),
    );
  });
});
