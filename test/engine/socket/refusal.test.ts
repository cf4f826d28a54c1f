import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalText, textOf } from '../../../src/engine/socket/refusal.js';

test('a refusal tells where it redirects to, without the query, when to try again, and what it asks for', () => {
  const location = 'https://me:secret@127.0.0.1:8443/ws/?sid=secret';
  assert.equal(
    refusalText(301, 'Moved Permanently', { location }),
    'the server answered 301 Moved Permanently, and redirects to https://127.0.0.1:8443/ws/',
  );
  assert.equal(
    refusalText(503, 'Service Unavailable', { 'retry-after': '7' }),
    'the server answered 503 Service Unavailable, and may be tried again after 7 s',
  );
  assert.equal(
    refusalText(401, 'Unauthorized', { 'www-authenticate': 'Bearer error="invalid_token"' }),
    'the server answered 401 Unauthorized, and asks for Bearer error="invalid_token"',
  );
  assert.equal(refusalText(403, undefined, {}), 'the server answered 403');
});

test('the words of a body: white space made one, tags of a page left out', () => {
  assert.equal(
    textOf('{"error": "tenant unknown",\n  "hint": "X-Tenant"}\n'),
    '{"error": "tenant unknown", "hint": "X-Tenant"}',
  );
  assert.equal(
    textOf('<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body><h1>403 Forbidden</h1></body></html>'),
    '403 Forbidden 403 Forbidden',
  );
  assert.equal(textOf(' \n'), '');
});
