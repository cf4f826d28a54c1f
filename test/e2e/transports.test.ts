/** wss and ws+unix from end to end, and certificates that are not to be trusted. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { type Certificate, FOREIGN, OWN } from './certificate.js';
import { wsServer } from './local-server.js';
import { assertExit, type CliOptions, type CliRun, runCli } from './run-cli.js';

const SHORT = ['-c', '3', '-R', '60', '-d', '500ms', '-W', '0s', '--no-instrument-check', '--pacing', 'timer'];

function assertAnswered(run: CliRun): void {
  const { result, stderr } = run;
  assert.ok(result !== null, stderr);
  const { messages } = result.cells[0]!.flows[0]!;
  assert.deepEqual([messages.planned, messages.answered, messages.lost], [30, messages.sent, 0]);
  assert.ok(messages.answered > 0);
  assert.equal(result.cells[0]!.connections.held, 3);
  assert.deepEqual(result.cells[0]!.laws, []);
  assertExit(run, 0);
}

describe('wss', () => {
  async function runAgainst(tls: Certificate, args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    const server = await wsServer({ tls });
    try {
      return await runCli(['run', server.url, ...SHORT, ...args], options);
    } finally {
      await server.stop();
    }
  }

  test('a self-signed certificate is refused, named, with both ways out', async () => {
    const run = await runAgainst(OWN, []);
    assert.equal(run.code, 103);
    assert.match(run.stderr, /wss:\/\/127\.0\.0\.1:\d+\/: .*\(tls, DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    assert.match(run.stderr, /--cacert FILE.*--insecure/);
    assert.equal(run.folders, 0);
  });

  test('--cacert trusts it: the whole load is answered, the TLS handshake measured', async () => {
    const run = await runAgainst(OWN, ['--cacert', 'ca.pem'], { files: { 'ca.pem': OWN.cert } });
    assertAnswered(run);
    assert.match(run.stderr, /canary: .*tls \d/);
    const { tls, tcp, upgrade, total } = run.result!.cells[0]!.connectUs;
    for (const phase of [tls, tcp, upgrade, total]) assert.equal(phase.count, 3);
    assert.ok(tls.min! > 0 && total.max! >= tls.min!);
  });

  test('--insecure takes any certificate, for another name too', async () => {
    assertAnswered(await runAgainst(FOREIGN, ['--insecure']));
  });

  test('a trusted certificate for another name is refused, unless that name is asked for', async () => {
    const files = { 'ca.pem': FOREIGN.cert };
    const refused = await runAgainst(FOREIGN, ['--cacert', 'ca.pem'], { files });
    assert.equal(refused.code, 103);
    assert.match(refused.stderr, /\(tls, ERR_TLS_CERT_ALTNAME_INVALID\)/);
    const servername = ['--set', 'target.tls.servername=elsewhere.example'];
    assertAnswered(await runAgainst(FOREIGN, ['--cacert', 'ca.pem', ...servername], { files }));
  });

  test('a port that speaks no TLS: named', async () => {
    const server = await wsServer();
    try {
      const run = await runCli(['run', server.url.replace('ws:', 'wss:'), ...SHORT]);
      assert.equal(run.code, 103);
      assert.match(run.stderr, /\(tls, (ERR_SSL_\w+|EPROTO|ECONNRESET)\)/);
    } finally {
      await server.stop();
    }
  });
});

test('ws+unix: the whole load goes through the socket', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-unix-'));
  const server = await wsServer({ socketPath: path.join(folder, 'echo.sock') });
  try {
    assertAnswered(await runCli(['run', server.url, ...SHORT]));
    assert.equal(server.accepted(), 4, 'the canary and three connections');
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
