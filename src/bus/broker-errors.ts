/** Why the broker cannot be reached, or does not let wsurge in, with the next step. No text here holds a secret. */
import { codeOf, messageOf, unreachableError, usageError, type WsurgeError } from '../errors.js';
import type { BrokerSettings } from './broker-settings.js';

/** Codes with which Node refuses a certificate. */
const CERTIFICATE = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;
const NOT_THERE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

/** Whether the broker may still come: it is starting, or its name is not known yet. */
export function mayStillCome(error: unknown): boolean {
  return NOT_THERE.has(innerCode(error) ?? '') || nameOf(error) === 'TimeoutError';
}

/** What the first connect failed with, told to people. */
export function connectError(error: unknown, settings: BrokerSettings): WsurgeError {
  const broker = `the broker at ${settings.servers.join(', ')}`;
  const code = innerCode(error) ?? '';
  const message = messageOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return unreachableError(
      'broker_unknown_host',
      `${broker} cannot be found: no such host`,
      'check the host in the URL',
    );
  }
  if (mayStillCome(error)) {
    const why = code === 'ECONNREFUSED' ? 'refuses connections' : 'does not answer';
    const next = `check host and port in the URL, and that nats-server runs there: nats-server -p ${portIn(settings)}`;
    return unreachableError('broker_unreachable', `${broker} ${why}`, next);
  }
  if (isLoginError(error)) return loginError(broker, settings);
  if (/does not support 'tls'|'tls' is not available/.test(message)) {
    const next =
      'give the broker a certificate (tls { cert_file, key_file }), or write nats:// where its network is safe';
    return usageError('broker_tls', `${broker} does not speak TLS`, next);
  }
  if (CERTIFICATE.test(code)) {
    const next = `set NATS_CA to the file of the authority that signed it, and use a host that it names`;
    return usageError('broker_tls', `the certificate of ${broker} is not trusted (${code})`, next);
  }
  if (TLS.test(code) || /TLS|certificate|alert/.test(message)) {
    return handshakeError(settings);
  }
  if (/unexpected response|JSON/.test(message)) {
    return usageError('broker_foreign', `${broker} is no NATS server`, 'check the port: NATS has 4222');
  }
  const next = 'look into the log of the broker';
  return unreachableError('broker_unreachable', `${broker} cut the connection (${code || 'no code'})`, next);
}

/** The broker ended the connection while it was being encrypted. */
export function handshakeError({ servers, tls }: BrokerSettings): WsurgeError {
  const next = tls?.cert
    ? 'check that the authority that the broker trusts has signed the certificate in NATS_CERT'
    : 'set NATS_CERT and NATS_KEY: the broker seems to ask for a certificate of the client';
  return usageError('broker_tls', `the broker at ${servers.join(', ')} ended the TLS handshake`, next);
}

/** The connection was cut, and is tried again and again. */
export function goneError({ servers }: BrokerSettings): WsurgeError {
  const next = 'check that nats-server still runs there, and its log';
  return unreachableError('broker_gone', `the broker at ${servers.join(', ')} is gone`, next);
}

/** The connection is over for good. */
export function endError(error: unknown, settings: BrokerSettings): WsurgeError {
  const broker = `the broker at ${settings.servers.join(', ')}`;
  if (isLoginError(error)) return loginError(broker, settings);
  return unreachableError('broker_lost', `the connection to ${broker} is over`, 'look into the log of the broker');
}

/** The broker lets this user not ask or listen here; null where the error is another one. */
export function forbiddenError(error: unknown): WsurgeError | null {
  const violation = chainOf(error).find((one) => nameOf(one) === 'PermissionViolationError');
  if (violation === undefined) return null;
  const { operation, subject } = violation as { readonly operation?: string; readonly subject?: string };
  const what = operation === 'subscription' ? 'listen on' : 'ask on';
  return usageError(
    'broker_forbids',
    `the broker does not let this user ${what} ${subject ?? 'this subject'}`,
    'use the user that its configuration has for this side: coordinator or agent',
  );
}

function loginError(broker: string, { login }: BrokerSettings): WsurgeError {
  const next =
    login.kind === 'none'
      ? 'set NATS_USER and NATS_PASSWORD, or NATS_CREDS'
      : login.kind === 'creds'
        ? 'check the file in NATS_CREDS'
        : 'check NATS_USER and NATS_PASSWORD, or what the URL has before its @';
  const why = login.kind === 'none' ? 'asks for a user and a password' : 'does not accept these credentials';
  return usageError('broker_login', `${broker} ${why}`, next);
}

function isLoginError(error: unknown): boolean {
  return chainOf(error).some((one) => /^(AuthorizationError|UserAuthenticationExpiredError)$/.test(nameOf(one)));
}

function innerCode(error: unknown): string | null {
  for (const one of chainOf(error)) {
    const code = codeOf(one);
    if (code !== null) return code;
  }
  return null;
}

/** The error, its cause, the cause of that. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one instanceof Error && chain.length < 8; one = one.cause) chain.push(one);
  return chain;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function portIn({ servers }: BrokerSettings): string {
  return servers[0]!.slice(servers[0]!.lastIndexOf(':') + 1);
}
