import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failureCode } from '../../src/engine/socket/failure-code.js';
import { connectFailureFix, connectFailureWords } from '../../src/metrics/connect-failures.js';

const openSsl = (reason: string) =>
  Object.assign(
    new Error(`write EPROTO 800C:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../openssl/ssl.c:350:\n`),
    { code: 'EPROTO' },
  );
const SECURE = { secure: true, origin: false };
const PLAIN = { secure: false, origin: false };

describe('every cause of a refused TLS handshake has a sentence and a step of its own', () => {
  for (const [error, code, words, fix] of [
    [
      openSsl('wrong version number'),
      'ERR_SSL_WRONG_VERSION_NUMBER',
      /port does not speak TLS/,
      /ws:\/\/ instead of wss/,
    ],
    [openSsl('packet length too long'), 'ERR_SSL_PACKET_LENGTH_TOO_LONG', /port does not speak TLS/, /ws:\/\//],
    [openSsl('tlsv1 alert protocol version'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /no TLS version/, /TLS 1\.2/],
    [openSsl('unsupported protocol'), 'ERR_SSL_UNSUPPORTED_PROTOCOL', /no TLS version/, /TLS 1\.2/],
    [openSsl('sslv3 alert handshake failure'), 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /client certificate/, /--cert/],
    [
      openSsl('ssl/tls alert handshake failure'),
      'ERR_SSL_SSL_TLS_ALERT_HANDSHAKE_FAILURE',
      /client certificate/,
      /--cert/,
    ],
    [openSsl('tlsv1 alert unknown ca'), 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not take the client/, /server trusts/],
    [openSsl('tlsv1 unrecognized name'), 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', /for the name/, /servername/],
  ] as const) {
    test(code, () => {
      assert.equal(failureCode(error), code);
      assert.match(connectFailureWords(code)!, words);
      assert.match(connectFailureFix(code, SECURE), fix);
    });
  }

  test('codes of certificates: no two have the same words', () => {
    const codes = [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'CERT_REVOKED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ];
    const words = codes.map((code) => connectFailureWords(code));
    assert.ok(words.every((text) => text !== null));
    assert.equal(new Set(words).size, codes.length);
    for (const code of ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SELF_SIGNED_CERT_IN_CHAIN']) {
      assert.match(connectFailureFix(code, SECURE), /--cacert FILE.*--insecure/);
    }
  });
});

test('an answer in TLS to a plain request is told by its first bytes, not by the parser that failed', () => {
  const garbled = (bytes: number[]) =>
    Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_CONSTANT', rawPacket: Buffer.from(bytes) });
  assert.equal(failureCode(garbled([21, 3, 1, 0, 2, 2, 70])), 'speaks_tls');
  assert.equal(failureCode(garbled([22, 3, 3, 0, 80])), 'speaks_tls');
  assert.equal(failureCode(garbled([0x53, 0x53, 0x48])), 'HPE_INVALID_CONSTANT');
  assert.match(connectFailureFix('speaks_tls', PLAIN), /use wss:\/\//);
});

test('an answer 101 that is no handshake', () => {
  for (const [message, code] of [
    ['Invalid Upgrade header', 'bad_upgrade'],
    ['Invalid Sec-WebSocket-Accept header', 'bad_accept'],
    ['Server sent no subprotocol', 'bad_subprotocol'],
    ['Server sent an invalid subprotocol', 'bad_subprotocol'],
    ['Server sent a Sec-WebSocket-Extensions header but no extension was requested', 'bad_extension'],
    ['something else', 'protocol_error'],
  ] as const) {
    assert.equal(failureCode(new Error(message)), code);
  }
  assert.match(connectFailureWords('HTTP_101')!, /Upgrade: websocket/);
});

test('the Origin is named where it may be what is missing, and whether one was sent', () => {
  for (const code of ['HTTP_403', 'HTTP_404']) {
    assert.match(connectFailureFix(code, PLAIN), /none was sent\): -H 'Origin: https:\/\/\.\.\.'/);
    assert.match(connectFailureFix(code, { secure: false, origin: true }), /the Origin that was sent/);
  }
  assert.doesNotMatch(connectFailureFix('HTTP_401', PLAIN), /Origin/);
});

test('a plain connection that is cut without an answer: TLS is named; a secure one is not told so', () => {
  assert.match(connectFailureFix('ECONNRESET', PLAIN), /if the port speaks TLS, use wss:/);
  assert.doesNotMatch(connectFailureFix('ECONNRESET', SECURE), /wss:/);
});
