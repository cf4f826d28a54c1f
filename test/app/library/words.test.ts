/** Errors name keys in the library, and what wsurge did not write itself stays to the letter. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adviceInKeys, inLibraryWords } from '../../../src/app/library/words.js';
import { EXIT, type Problem, usageError, WsurgeError } from '../../../src/errors.js';
import { check, run } from '../../../src/index.js';
import { connectFailureFix } from '../../../src/metrics/connect-failures.js';
import { notWritable, writeFailed } from '../../../src/store/store-error.js';

const FLAG = /(?<![\w-])(--[a-z]|-[a-zA-Z] )/;

function translated(error: WsurgeError): WsurgeError {
  const said = inLibraryWords(error);
  assert.ok(said instanceof WsurgeError);
  return said;
}

async function errorOf(call: Promise<unknown>): Promise<WsurgeError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    return error;
  }
  assert.fail('no error');
}

describe('the words of the library', () => {
  it('leave a command and its last lines as they are', async () => {
    const command = "echo unknown option --max-duration, -c or --set a=b; echo 'use --no-pre-warm'; exit 3";
    const { message } = await errorOf(
      run({
        target: { target: { url: 'ws://127.0.0.1:9/', command }, load: [{ name: 'one', connections: 1, rate: 1 }] },
        env: { PATH: process.env['PATH'] },
      }),
    );
    assert.ok(message.includes('echo unknown option --max-duration, -c or --set a=b; echo'), message);
    assert.ok(message.includes('its last lines:\nunknown option --max-duration, -c or --set a=b\nuse --no-pre-warm'));
  });

  it('leave alone what a server, a URL or a file says, in every part of an error', () => {
    const own = 'have it allow them, or go directly: without --proxy; if it is yours to load: --allow-target a';
    const foreign = `--only -c "${own}" \`run --set a=b\` ws://h/--max-duration?-w=-H; its last lines:\n${own}`;
    const problems: Problem[] = [{ where: `--set ${foreign}`, message: foreign, hint: foreign }];
    const error = new WsurgeError(EXIT.usage, 'unreachable', foreign, { next: foreign, problems });
    const said = translated(error);
    assert.deepEqual([said.message, said.next, said.problems], [foreign, foreign, problems]);
    assert.equal(said.cause, error);
  });

  it('replace the flag at the start of a message, and not what was given to it', () => {
    const said = translated(usageError('nothing_to_run', '--only --max, -c names no cell of this profile'));
    assert.equal(said.message, 'only --max, -c names no cell of this profile');
    const other = translated(usageError('constructor', '--only x names no cell of this profile'));
    assert.equal(other.message, '--only x names no cell of this profile');
  });

  it('keep the foreign part of advice', () => {
    assert.equal(
      adviceInKeys('the command that began it, with --resume a --resume/-c; or leave out --resume, which begins anew'),
      'the request that began it, with resume: a --resume/-c; or leave out resume, which begins anew',
    );
    assert.equal(
      adviceInKeys('if it is yours to load: --allow-target a.example'),
      'if it is yours to load: allowTargets: ["a.example"]',
    );
    assert.equal(
      adviceInKeys('wsurge run <profile> --dry-run lists them'),
      'wsurge run <profile> --dry-run lists them',
    );
    assert.equal(adviceInKeys('sysctl -w net.core.somaxconn=4096'), 'sysctl -w net.core.somaxconn=4096');
  });

  it('name the keys of a comparison that goes on', () => {
    const problems: Problem[] = [{ where: '--pre-warm', message: 'is "--gate"; the comparison began with true' }];
    const said = translated(new WsurgeError(EXIT.usage, 'not_resumable', 'x', { problems }));
    assert.deepEqual(said.problems, [{ ...problems[0], where: 'preWarm' }]);
  });

  const codes = `PROXY_407 PROXY_403 PROXY_502 PROXY_ECONNREFUSED proxy_closed ECONNREFUSED ERR_SSL_WRONG_VERSION_NUMBER
    ERR_SSL_X_CERTIFICATE_REQUIRED ERR_SSL_ALERT_UNKNOWN_CA ERR_SSL_X_HANDSHAKE_FAILURE ERR_SSL_X_UNRECOGNIZED_NAME
    ERR_TLS_CERT_ALTNAME_INVALID CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED DEPTH_ZERO_SELF_SIGNED_CERT
    UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_OTHER HTTP_101 bad_upgrade bad_accept bad_subprotocol bad_extension HTTP_401
    HTTP_403 HTTP_404 HTTP_302 HTTP_429 HTTP_500 HTTP_400 ECONNRESET handshake_timeout`.split(/\s+/);
  it('have a key for every flag of what helps against a failed connect, and against a folder that takes nothing', () => {
    const asked = [true, false].flatMap((secure) => [true, false].map((origin) => ({ secure, origin })));
    const advice = codes.flatMap((code) => asked.map((one) => connectFailureFix(code, one)));
    const failed = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const errors = [notWritable('x', failed), writeFailed('x', failed), writeFailed('x', new Error('no'))] as const;
    for (const text of [...advice, ...errors.map(({ next }) => next ?? '')]) {
      assert.doesNotMatch(adviceInKeys(text).replace('--tls-min-v1.0', ''), FLAG);
    }
  });

  it('name keys in errors of checks', async () => {
    const { message } = await errorOf(check({ target: 'ws://127.0.0.1:9/', only: ['--skip'] }));
    assert.equal(message, 'only "--skip" names no scenario or check');
  });
});
