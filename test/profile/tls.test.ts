import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { FOREIGN } from '../e2e/certificate.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { parse, problemLines, withLoad } from './fixtures.js';

const SECRET = 'open sesame';
const ENCRYPTED = createPrivateKey(KEY)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: SECRET })
  .toString();
const GARBAGE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const CUT = CERTIFICATE.slice(0, 200);

const files = (more: Record<string, string | Buffer>) => ({ files: more as Record<string, string> });
const target = (tls: string) => withLoad(`target: { url: wss://h/, tls: { ${tls} } }`);

describe('certificates and keys are looked into before any load', () => {
  for (const [name, tls, content, says] of [
    ['an authority that is text', 'ca: f', { f: 'hello' }, /target\.tls\.ca: is not a PEM file \[.*openssl/],
    [
      'an authority that is garbage',
      'ca: f',
      { f: GARBAGE },
      /target\.tls\.ca: holds a certificate that cannot be read/,
    ],
    [
      'an authority of which one is garbage',
      'ca: f',
      { f: CERTIFICATE + GARBAGE },
      /ca: holds certificate 2 of 2 that/,
    ],
    ['an authority cut off', 'ca: f', { f: CUT }, /ca: holds no whole certificate/],
    ['a key as authority', 'ca: f', { f: KEY }, /ca: holds a private key, and no certificate/],
    [
      'a key as certificate',
      'cert: f, key: f',
      { f: KEY },
      /cert: holds a private key, .*\[the key goes into target\.tls\.key\]/,
    ],
    ['a certificate as key', 'cert: f, key: f', { f: CERTIFICATE }, /key: holds no private key/],
    [
      'a certificate that is garbage',
      'cert: f, key: k',
      { f: GARBAGE, k: KEY },
      /cert: holds a certificate that cannot/,
    ],
    [
      'a key of another',
      'cert: f, key: k',
      { f: CERTIFICATE, k: FOREIGN.key },
      /key: does not belong to the certificate/,
    ],
    [
      'a key cut off',
      'cert: f, key: k',
      { f: CERTIFICATE, k: KEY.slice(0, 90) },
      /key: holds a private key that cannot/,
    ],
    ['an encrypted key', 'cert: f, key: k', { f: CERTIFICATE, k: ENCRYPTED }, /key: is encrypted \[.*passphrase/],
    [
      'a wrong passphrase',
      'cert: f, key: k, passphrase: wrong-one',
      { f: CERTIFICATE, k: ENCRYPTED },
      /cannot be opened with the passphrase/,
    ],
    ['a passphrase alone', 'passphrase: wrong-one', {}, /target\.tls\.passphrase: needs key/],
  ] as const) {
    it(name, () => {
      const placed = Object.fromEntries(Object.entries(content).map(([file, text]) => [`dir/${file}`, text]));
      const lines = problemLines(target(tls), files(placed));
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0]!, says);
      assert.match(lines[0]!, /^\d+:\d+ /);
      assert.doesNotMatch(lines[0]!, /wrong-one|MIG|AAAA/);
    });
  }
});

describe('what is right is taken', () => {
  const tlsOf = (tls: string, content: Record<string, string>) => {
    const placed = Object.fromEntries(Object.entries(content).map(([file, text]) => [`dir/${file}`, text]));
    return parse(target(tls), { ...files(placed), env: { PASS: SECRET } });
  };

  it('an encrypted key with its passphrase, which goes no further', () => {
    const { profile } = tlsOf(`cert: f, key: k, passphrase: "\${secret:PASS}"`, { f: CERTIFICATE, k: ENCRYPTED });
    const { key } = profile.target.tls;
    assert.deepEqual(createPrivateKey(key!).export({ type: 'pkcs8', format: 'pem' }), KEY);
    assert.ok(!JSON.stringify(profile).includes(SECRET));
  });

  it('several authorities, text around certificates, and one file for both', () => {
    const bundle = `# authorities\n${CERTIFICATE}\nand\n${FOREIGN.cert}`;
    const { ca, cert, key } = tlsOf('ca: b, cert: f, key: f', { b: bundle, f: CERTIFICATE + KEY }).profile.target.tls;
    assert.deepEqual([ca, cert, key], [bundle, CERTIFICATE + KEY, CERTIFICATE + KEY]);
  });

  it('keys of other kinds', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const lines = problemLines(target('cert: f, key: k'), files({ 'dir/f': CERTIFICATE, 'dir/k': pem }));
    assert.match(lines.join('\n'), /does not belong/);
  });
});
