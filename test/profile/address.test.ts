import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAddress, urlAddress } from '../../src/profile/address.js';

describe('the address in a URL', () => {
  const tcp = (host: string, port: number, secure: boolean) => ({ kind: 'tcp', host, port, secure });
  for (const [url, expected] of [
    ['ws://example.test/chat', tcp('example.test', 80, false)],
    ['wss://example.test', tcp('example.test', 443, true)],
    ['wss://example.test:8443/{{connection}}?t={{env.TOKEN}}', tcp('example.test', 8443, true)],
    ['ws://[::1]:9001/', tcp('::1', 9001, false)],
    ['http://127.0.0.1:0/healthz', tcp('127.0.0.1', 0, false)],
    ['ws+unix:/run/app.sock:/chat', { kind: 'unix', path: '/run/app.sock' }],
    ['ws+unix:///run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
  ] as const) {
    it(`is read from ${url}`, () => assert.deepEqual(urlAddress(url), expected));
  }

  for (const url of [
    '',
    'example.test:80',
    'ftp://example.test/',
    'ws://{{data.host}}:80/',
    'ws+unix:',
    '/run/app.sock',
  ]) {
    it(`is none in "${url}"`, () => assert.equal(urlAddress(url), null));
  }
});

it('an address is written as people write it', () => {
  assert.equal(formatAddress(urlAddress('ws://[::1]:9001/')!), '[::1]:9001');
  assert.equal(formatAddress(urlAddress('ws://localhost/')!), 'localhost:80');
  assert.equal(formatAddress(urlAddress('ws+unix:/run/app.sock')!), '/run/app.sock');
});
