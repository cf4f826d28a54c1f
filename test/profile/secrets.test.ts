import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literalSecrets, redactProfile, redactUrl } from '../../src/profile/redact.js';
import { envTokens } from '../../src/profile/tokens.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { parse, problemLines, withLoad } from './fixtures.js';

const CANARY = 'canary-4711-secret';

test(`\${env:X} and \${file:path} are filled in anywhere and remembered as secrets`, () => {
  const env = { RATE: '250/s', TOKEN: CANARY };
  const { profile, secrets } = parse(
    `
name: 'n-\${env:TOKEN}'
load: [{ connections: 10, rate: '\${env:RATE}' }]
target: { url: 'ws://h/?t=\${file:token.txt}', headers: { Authorization: 'Bearer \${env:TOKEN}' } }
`,
    { env, files: { 'dir/token.txt': 'from-file\n' } },
  );
  assert.equal(profile.name, `n-${CANARY}`);
  assert.equal(profile.load[0]!.rates[0]!.to, 250);
  assert.equal(profile.target.kind === 'url' && profile.target.url, 'ws://h/?t=from-file');
  assert.deepEqual(profile.target.headers, { Authorization: `Bearer ${CANARY}` });
  assert.deepEqual([...secrets].sort(), [CANARY, 'from-file'].sort());
});

test('{{env.X}} stays in the text; its value is a secret and comes out of envTokens', () => {
  const env = { A: 'value-a', B: 'value-b', C: 'value-c', UNUSED: 'x' };
  const text = withLoad(`
target: { url: 'ws://h/{{ env.A }}', headers: { X: '{{env.B}}' } }
message: { template: '{"sequence": {{sequence}}, "c": "{{env.C}}"}' }`);
  const { profile, secrets } = parse(text, { env });
  assert.deepEqual(envTokens(profile, env), { A: 'value-a', B: 'value-b', C: 'value-c' });
  assert.deepEqual([...secrets].sort(), ['value-a', 'value-b', 'value-c']);
  assert.match(JSON.stringify(profile), /ws:\/\/h\/\{\{env\.A\}\}/);
});

test('no secret in any problem, wherever it stands', () => {
  const env = { S: CANARY };
  const ref = `\${env:S}`;
  const text = `
name: ['${ref}']
target: { url: 'http://user:${CANARY}@h/?k=${CANARY}', headers: { 'X Y': '${CANARY}', A: "${CANARY}\\n" }, subprotocols: ['a ${CANARY}'] }
message: { template: '${CANARY}' }
warmup: '${ref}'
seed: '${ref}'
load: [{ connections: '${ref}', rate: 'x${ref}', name: '${ref} /' }]
thresholds: { ws_ping: '${ref}' }
`;
  const lines = problemLines(text, { env });
  assert.ok(lines.length >= 10, lines.join('\n'));
  assert.doesNotMatch(lines.join('\n'), /canary/);
  const asText = problemLines(withLoad(`target: 'ws://user:${CANARY}@h/?t=${CANARY}'`)).join('\n');
  assert.match(asText, /"ws:\/\/\*\*\*@h\/\?t=\*\*\*" is not a mapping/);
  const broken = problemLines(`target: { headers: { A: ${CANARY} }\n} ${CANARY}: ] ${CANARY}`).join('\n');
  assert.match(broken, /not valid YAML/);
  assert.doesNotMatch(broken, /canary/);
});

test('a redacted profile shows what was asked and hides what is secret', () => {
  const pem = `${CERTIFICATE}${KEY}# ${CANARY}\n`;
  const { profile, secrets } = parse(
    withLoad(`
target:
  url: 'wss://u:${CANARY}@h:1/p?token=${CANARY}&a'
  headers: { Authorization: '${CANARY}' }
  tls: { cert: c.pem, key: c.pem }
message: { template: '{{sequence}} ${CANARY}' }
labels: { build: '42', who: '\${env:WHO}', by: 'by \${env:WHO}!', key: '\${secret:KEY}' }
data: d.csv`),
    { env: { WHO: 'somebody', KEY: 'canary-key' }, files: { 'dir/c.pem': pem, 'dir/d.csv': `user\n$CANARY\n` } },
  );
  const shown = redactProfile(profile, secrets) as Record<string, never>;
  assert.doesNotMatch(JSON.stringify(shown), /canary/);
  // No secret by its use, nor called one.
  assert.deepEqual(shown['labels'], { build: '42', who: 'somebody', by: 'by somebody!', key: '***' });
  assert.deepEqual(shown['target'], {
    kind: 'url',
    url: 'wss://***@h:1/p?token=***&***',
    headers: { Authorization: '***' },
    subprotocols: [],
    tls: { ca: null, cert: `<PEM, ${pem.length} bytes>`, key: '***', insecure: false, servername: null },
    pid: 'auto',
    resolve: 'all',
    proxy: null,
    followRedirects: false,
  });
  assert.match(JSON.stringify(shown['load']), /"template":"<template, 31 bytes>"/);
  assert.equal(shown['data'], '<data, 1 rows of user>');
});

test('redactUrl keeps what is no secret, also of text that is no URL', () => {
  for (const [url, shown] of [
    ['ws://h:9001/path', 'ws://h:9001/path'],
    ['ws://user:pw@h/p', 'ws://***@h/p'],
    ['ws://us@er:p@w@h/p@th', 'ws://***@h/p@th'],
    ['wss://h/?a=1&b=2=3&c', 'wss://h/?a=***&b=***&***'],
    ['ws://h/socket.io/?EIO=4&transport=websocket&t=1', 'ws://h/socket.io/?EIO=4&transport=websocket&t=***'],
    ['ws://h/?EIO=secret&transport=tcp', 'ws://h/?EIO=***&transport=***'],
    ['wss://h/p#frag', 'wss://h/p#***'],
    ['ws+unix:/run/a.sock:/p?x=y', 'ws+unix:/run/a.sock:/p?x=***'],
    ['ws://[::1', 'ws://[::1'],
    ['', ''],
  ]) {
    assert.equal(redactUrl(url!), shown);
  }
});

test('literal secrets are what a server could echo back', () => {
  const { profile } = parse(
    withLoad(`
target: { url: 'ws://u:p%40ssw@h/?key=k-value&n=1', headers: { Cookie: 'sid=abcdefgh12; x=1', Accept: en } }
message: { template: '{"sequence":{{sequence}},"longkeyname":"long-value-{{connection}}","s":"short"}' }
data: d.csv`),
    { files: { 'dir/d.csv': 'user,n\nann-the-first,1\n' } },
  );
  assert.deepEqual(
    literalSecrets(profile).sort(),
    ['abcdefgh12', 'ann-the-first', 'k-value', 'long-value-', 'p%40ssw', 'p@ssw', 'sid=abcdefgh12; x=1'].sort(),
  );
});

test('a word in the query that has no value is no secret; the shown URL keeps it back all the same', () => {
  const secretsOf = (url: string) => literalSecrets(parse(withLoad(`target: { url: '${url}' }`)).profile);
  assert.deepEqual(secretsOf('ws://h/?pong'), []);
  assert.deepEqual(secretsOf('ws://h/?n=1&pong'), []);
  assert.deepEqual(secretsOf('ws://h/?a=pong'), ['pong']);
  assert.deepEqual(secretsOf('ws://h/?k3y-0f-mine&pong'), ['k3y-0f-mine']);
  assert.deepEqual(secretsOf('ws://h/?abcdefghijklm'), ['abcdefghijklm']);
  assert.equal(redactUrl('ws://h/?pong'), 'ws://h/?***');
});

test('what is secret is what is used as one, or named so', () => {
  const env = {
    H: 'in-header',
    Q: 'in-query',
    P: 'in-path',
    U: 'user:in-info',
    N: '1000',
    L: 'load',
    B: 'label-7',
    S: 'n4med',
    T: 'in-template',
    HOST: 'a.example',
    PROTO: 'in-proto',
  };
  const { profile, secrets } = parse(
    `
target:
  url: 'ws://\${env:U}@\${env:HOST}/\${env:P}?q=\${env:Q}'
  headers: { A: '\${env:H}', B: '\${env:N}', C: '\${env:L}' }
  subprotocols: ['\${env:PROTO}']
message: { template: '{{sequence}} \${env:T}' }
labels: { b: '\${env:B}', s: '\${secret:S}' }
load: [{ name: load, connections: '\${env:N}', rate: '\${env:N}/s' }]
`,
    { env },
  );
  assert.deepEqual([...secrets].sort(), [
    'in-header',
    'in-info',
    'in-path',
    'in-proto',
    'in-query',
    'in-template',
    'n4med',
  ]);
  assert.equal(profile.load[0]!.connections[0]!.to, 1000);
});

test('the secret parts of a URL that comes whole from the environment are secret', () => {
  const env = { URL: 'wss://me:p%40ssword@h.example/x?token=abc-def' };
  const { secrets } = parse(withLoad(`target: { url: '\${env:URL}' }`), { env });
  assert.deepEqual([...secrets].sort(), ['abc-def', 'p%40ssword', 'p@ssword']);
});

test('a secret has no place in the name of a load', () => {
  const text = `load: [{ name: 'x-\${secret:S}', connections: 1, rate: 1/s }]`;
  const lines = problemLines(text, { env: { S: 'n4med' } }).join('\n');
  assert.match(lines, /load\[0\]\.name: holds a secret, and every report shows the names of loads/);
  assert.doesNotMatch(lines, /n4med/);
  assert.match(problemLines(withLoad(`labels: { a: '\${secret:NONE}' }`)).join(), /"NONE" is not set/);
});

test('what steps, rules and requests send is hidden; names, tokens and shape are shown', () => {
  const { profile, secrets } = parse(
    withLoad(`
target: { url: 'ws://h/' }
protocol: { name: socket.io, namespace: /chat, auth: { token: '${CANARY}', pin: 4711 } }
session: [{ name: join, to: join, send: [{ key: '${CANARY}', room: '{{connection}}-${CANARY}' }], expect: { ok: true } }]
when: [{ has: q, send: '${CANARY}', name: answer }]
requests: [{ name: say, to: say, send: ['\${env:WHO}', '{{sequence}}', 7, null, true, ''], capture: { id: $.id } }]`),
    { env: { WHO: 'somebody' } },
  );
  const shown = redactProfile(profile, secrets) as unknown as typeof profile;
  assert.doesNotMatch(JSON.stringify(shown), /canary|somebody|4711/);
  assert.deepEqual(shown.protocol.options, { namespace: '/chat', auth: { token: '***', pin: '***' } });
  const { session, when, requests } = shown.load[0]!.talk!;
  assert.deepEqual(session[0]!.send, [{ key: '***', room: '{{connection}}***' }]);
  assert.deepEqual([session[0]!.name, session[0]!.expect, when[0]!.name], ['join', { ok: true }, 'answer']);
  assert.deepEqual(requests[0]!.send, ['***', '{{sequence}}', '***', null, true, '']);
  assert.deepEqual([requests[0]!.to, requests[0]!.capture], ['say', { id: '$.id' }]);
  assert.deepEqual(secrets, ['somebody']);
});

test('what is sent is struck out of what a server says; names of events, namespaces and steps are not', () => {
  const { profile } = parse(
    withLoad(`
target: { url: 'ws://h/' }
protocol: { name: socket.io, namespace: /live-chat, auth: { token: 'token-of-auth' } }
session: [{ name: subscribed, to: subscribe, send: [{ accessKey: 'key-of-step' }] }]
when: [{ has: please-answer, send: '{"answer":"answer-of-rule","to":"x"}' }]
requests: [{ name: long-request, to: long-event, send: ['text-of-request {{sequence}}', short] }]`),
  );
  const wanted = ['answer-of-rule', 'key-of-step', 'text-of-request ', 'token-of-auth'];
  assert.deepEqual([...literalSecrets(profile)].sort(), wanted);
});

test('a secret in the name of a step, rule or request is refused', () => {
  const env = { S: 'canary' };
  const text = `
session: [{ name: 'a-\${secret:S}', wait: 1s }]
when: [{ has: x, count: 'b-\${secret:S}' }]
load: [{ connections: 1, rate: 1, requests: [{ name: 'c-\${secret:S}', send: '{{sequence}}' }] }]`;
  assert.deepEqual(
    problemLines(text, { env }).map((line) => line.replace(/^\S+ (.*) \[.*$/, '$1')),
    [
      'session[0].name: holds a secret, and every report shows the names of steps',
      'when[0].count: holds a secret, and every report shows the names of rules',
      'load[0].requests[0].name: holds a secret, and every report shows the names of requests',
    ],
  );
});

test('names of steps, rules and requests are shown, even if a header has the same text', () => {
  const text = withLoad(`
target: { url: 'ws://h/', headers: { a: '\${env:A}', b: '\${env:B}', c: '\${env:C}', d: '\${env:D}' } }
session: [{ name: join-room, wait: 1s }]
when: [{ has: x, count: tick-tock }]
requests: [{ name: place-order, send: '{{sequence}}' }]`);
  const env = { A: 'join-room', B: 'tick-tock', C: 'place-order', D: 'a-secret' };
  assert.deepEqual(parse(text, { env }).secrets, ['a-secret']);
});

test('what a protocol adds to a URL is shown, and struck out of nothing', () => {
  for (const pair of ['EIO=4', 'transport=websocket', 'vsn=2.0.0', 'protocol=7']) {
    assert.equal(redactUrl(`ws://h/?${pair}&token=x`), `ws://h/?${pair}&token=***`);
  }
  const phoenix = withLoad(`target: { url: 'ws://h/' }\nprotocol: phoenix\nrequests: [{ name: a, to: b c }]`);
  assert.deepEqual(literalSecrets(parse(phoenix).profile), []);
});
