import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Hop, hopTo, isRedirect } from '../../src/coordinator/redirect.js';
import type { Endpoint } from '../../src/plan/cell.js';

const TLS = { ca: 'CA', cert: 'CERT', key: 'KEY', insecure: false, servername: 'app' };
const HEADERS = { Authorization: 'Bearer s3cret', 'X-Key': 'k', origin: 'https://a' };

const from = (url: string): Endpoint => ({
  ...{ url, address: '10.0.0.1', headers: HEADERS, subprotocols: ['p'], tls: TLS, userAgent: 't' },
});

const hop = (url: string, location: string, asked: readonly string[] = [url]): Hop => hopTo(location, from(url), asked);

describe('a redirect leads', () => {
  for (const [url, location, to] of [
    ['ws://a:1/x/y?q=1', '/z', 'ws://a:1/z'],
    ['ws://a:1/x/y', 'z?r=2#part', 'ws://a:1/x/z?r=2'],
    ['ws://a:1/x/', '//b/z', 'ws://b/z'],
    ['ws://a/', 'http://b:81/z', 'ws://b:81/z'],
    ['ws://a/', 'https://b/', 'wss://b/'],
    ['wss://a/', 'https://a/z', 'wss://a/z'],
    ['wss://a/', 'wss://b:444/z', 'wss://b:444/z'],
    ['ws://a:80/', 'http://a/z', 'ws://a/z'],
    ['wss://me:pw@a/', '/z', 'wss://me:pw@a/z'],
    ['wss://me:pw@a/', 'wss://b/z', 'wss://b/z'],
  ] as const) {
    it(`from ${url} by ${location} to ${to}`, () => {
      const found = hop(url, location);
      assert.equal(found.kind === 'to' ? found.endpoint.url : found.why, to);
    });
  }

  for (const [url, location, why] of [
    ['wss://a/', 'ws://a/', /from wss to ws/],
    ['wss://a/', 'http://a/', /from wss to ws/],
    ['ws://a/', 'ftp://a/', /leads to ftp:/],
    ['ws://a/', 'javascript:alert(1)', /leads to javascript:/],
    ['ws://a/', 'http://', /not a URL/],
    ['ws://a/', 'http://me:pw@b/', /user name or password/],
    ['ws://a/', '/', /in a circle/],
    ['ws+unix:/run/s:/', '/z', /unix socket/],
  ] as const) {
    it(`nowhere from ${url} by ${location}`, () => {
      const found = hop(url, location);
      assert.match(found.kind === 'refused' ? found.why : found.endpoint.url, why);
    });
  }

  it('in a circle where an address comes again', () => {
    assert.equal(hop('ws://a/2', '/1', ['ws://a/1', 'ws://a/2']).kind, 'refused');
  });

  it('at most five times', () => {
    const asked = (hops: number) => Array.from({ length: hops + 1 }, (_, i) => `ws://a/${i}`);
    assert.equal(hop('ws://a/4', '/5', asked(4)).kind, 'to');
    assert.equal(hop('ws://a/5', '/6', asked(5)).kind, 'refused');
  });
});

describe('headers, client certificate and server name', () => {
  it('stay within an origin', () => {
    const found = hop('wss://a/', '/z');
    assert.ok(found.kind === 'to');
    assert.deepEqual([found.endpoint.headers, found.endpoint.tls, found.dropped], [HEADERS, TLS, []]);
  });

  for (const [url, location] of [
    ['wss://a/', 'wss://b/'],
    ['wss://a/', 'wss://a:444/'],
    ['ws://a/', 'wss://a/'],
  ] as const) {
    it(`do not go from ${url} to ${location}, but for Origin and the authority`, () => {
      const found = hop(url, location);
      assert.ok(found.kind === 'to');
      assert.deepEqual(found.endpoint.headers, { origin: 'https://a' });
      assert.deepEqual(found.endpoint.tls, { ...TLS, cert: null, key: null, servername: null });
      assert.deepEqual(found.dropped, ['Authorization', 'X-Key']);
      assert.deepEqual(found.endpoint.subprotocols, ['p']);
    });
  }
});

it('redirects are told from other answers', () => {
  const codes = ['HTTP_300', 'HTTP_301', 'HTTP_302', 'HTTP_303', 'HTTP_304', 'HTTP_307', 'HTTP_308', 'HTTP_503'];
  assert.deepEqual(codes.filter(isRedirect), ['HTTP_301', 'HTTP_302', 'HTTP_303', 'HTTP_307', 'HTTP_308']);
});
