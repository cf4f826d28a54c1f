/** What the error code of a connect that failed means, and what to do about it. */

interface Meaning {
  readonly codes: RegExp;
  /** One sentence; null if the code or the server's own words say it. */
  readonly words: string | null;
  readonly fix: string;
}

const SHOW_CERTIFICATE = 'give wsurge a client certificate: --cert FILE --key FILE';
const TRUST = 'trust its certificate with --cacert FILE, or skip the check with --insecure';
const USE_WS = 'use ws:// instead of wss://, or the port that speaks TLS';
const USE_WSS = 'use wss:// instead of ws://';
const MEND_ANSWER = 'mend the answer of the server, or of what stands before it: RFC 6455, section 4.2.2';

/** The first that fits holds. */
const MEANINGS: readonly Meaning[] = [
  {
    codes: /^PROXY_407$/,
    words: 'the proxy asks for credentials, or does not take those it got',
    fix: 'give them: --proxy http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded',
  },
  {
    codes: /^PROXY_(403|405)$/,
    words: 'the proxy does not allow CONNECT to this host and port',
    fix: 'have it allow them, or go directly: without --proxy',
  },
  {
    codes: /^PROXY_5/,
    words: 'the proxy could not reach the target',
    fix: 'check that the target is up and that the proxy can resolve and reach it',
  },
  {
    codes: /^(PROXY_E\w+|proxy_closed|proxy_no_http)$/,
    words: null,
    fix: 'start the proxy, or check host and port of --proxy (target.proxy)',
  },
  { codes: /^PROXY_/, words: null, fix: "look at the proxy's log for why it refused CONNECT" },
  { codes: /^(ECONNREFUSED|ENOENT)$/, words: null, fix: 'start the server, or check host and port' },
  {
    codes: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    words: 'the port does not speak TLS',
    fix: USE_WS,
  },
  { codes: /^speaks_tls$/, words: 'the port speaks TLS, and was asked without it', fix: USE_WSS },
  {
    codes: /^ERR_SSL_.*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW)$/,
    words: 'server and wsurge have no TLS version in common',
    fix: 'have the server take TLS 1.2 or 1.3; older ones, for a test: NODE_OPTIONS=--tls-min-v1.0',
  },
  {
    codes: /^ERR_SSL_.*CERTIFICATE_REQUIRED$/,
    words: 'the server asks for a client certificate, and none was shown',
    fix: SHOW_CERTIFICATE,
  },
  {
    codes: /^ERR_SSL_.*ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED)$/,
    words: 'the server does not take the client certificate, or wants one and got none',
    fix: `${SHOW_CERTIFICATE}, issued by an authority that the server trusts, and not expired`,
  },
  {
    codes: /^ERR_SSL_.*HANDSHAKE_FAILURE$/,
    words: 'the server refused the TLS handshake: it may want a client certificate, or have no cipher in common',
    fix: `${SHOW_CERTIFICATE}; else look at its log for the cipher it asks for`,
  },
  {
    codes: /^ERR_SSL_.*UNRECOGNIZED_NAME$/,
    words: 'the server has no certificate for the name that was asked for',
    fix: 'ask for another: --set target.tls.servername=NAME',
  },
  {
    codes: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    words: 'the certificate is for another name',
    fix: 'connect by a name that it holds, or ask for one: --set target.tls.servername=NAME; or skip the check: --insecure',
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    words: 'the certificate has expired',
    fix: 'renew the certificate of the server, or set the clock of this machine; to go on without: --insecure',
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    words: 'the certificate is not valid yet',
    fix: 'set the clock of this machine or of the one that issued it; to go on without: --insecure',
  },
  { codes: /^CERT_REVOKED$/, words: 'the certificate was revoked', fix: 'give the server a new certificate' },
  {
    codes: /SELF_SIGNED/,
    words: 'the certificate is self-signed, so that nobody vouches for it',
    fix: TRUST,
  },
  {
    codes: /ISSUER|VERIFY|UNTRUSTED/,
    words: 'the certificate was issued by an authority that is not trusted here, or the chain is not whole',
    fix: `${TRUST}; or have the server send its intermediate certificates`,
  },
  { codes: /CERT|SSL|TLS/, words: null, fix: TRUST },
  {
    codes: /^HTTP_101$/,
    words: 'the server answered 101, but without the headers Upgrade: websocket and Connection: Upgrade',
    fix: `${MEND_ANSWER}; proxies drop both unless told to pass them on`,
  },
  {
    codes: /^bad_upgrade$/,
    words: 'the server answered 101, but its Upgrade header is not websocket',
    fix: MEND_ANSWER,
  },
  {
    codes: /^bad_accept$/,
    words: 'the server answered 101 with a wrong Sec-WebSocket-Accept: it did not read the key, or a cache answered',
    fix: MEND_ANSWER,
  },
  {
    codes: /^bad_subprotocol$/,
    words: 'the server did not choose one of the sub-protocols it was offered',
    fix: 'offer those it knows: --subprotocol NAME; a server that has none takes none',
  },
  {
    codes: /^bad_extension$/,
    words: 'the server agreed to an extension (compression, say) that it was not offered',
    fix: MEND_ANSWER,
  },
  { codes: /^HTTP_401$/, words: null, fix: "pass credentials with -H 'Authorization: Bearer ...'" },
  { codes: /^HTTP_403$/, words: null, fix: "pass credentials with -H 'Authorization: Bearer ...'" },
  {
    codes: /^HTTP_(404|200)$/,
    words: null,
    fix: 'check the path: this one does not take WebSocket upgrades',
  },
  {
    codes: /^HTTP_3/,
    words: null,
    fix: 'use the address it redirects to, or follow it: --follow-redirects (target.followRedirects)',
  },
  { codes: /^HTTP_429$/, words: null, fix: 'connect slower: lower --connect-rate, or wait as long as it says' },
  { codes: /^HTTP_/, words: null, fix: "look at the server's log for why it refused the upgrade" },
  {
    codes: /^handshake_timeout$/,
    words: null,
    fix: 'check that the port speaks WebSocket, or raise connectTimeout',
  },
];

/** The proxy, not the target, is why a connect failed. */
export function isOfProxy(code: string): boolean {
  return /^proxy_/i.test(code);
}

const OTHER_FIX = 'check that the address speaks WebSocket and can be reached from here';

/** What was asked of the server, as far as advice depends on it. */
export interface Asked {
  readonly secure: boolean;
  /** An Origin header was sent. */
  readonly origin: boolean;
}

/** `the certificate has expired`; null if the code has no words of its own. */
export function connectFailureWords(code: string): string | null {
  return meaningOf(code)?.words ?? null;
}

/** The step that most likely helps against a failed connect. `asked` is null if it is no longer known. */
export function connectFailureFix(code: string, asked: Asked | null): string {
  const fix = meaningOf(code)?.fix ?? OTHER_FIX;
  if (asked === null) return fix;
  if (code === 'HTTP_403' || code === 'HTTP_404') return `${fix}; ${originAdvice(asked.origin)}`;
  if (!asked.secure && ['ECONNRESET', 'closed', 'EPIPE', 'HTTP_400'].includes(code))
    return `${fix}; if the port speaks TLS, ${USE_WSS}`;
  return fix;
}

function originAdvice(wasSent: boolean): string {
  return wasSent
    ? 'or check that it allows the Origin that was sent'
    : "or send the Origin that it may ask for, as browsers do (none was sent): -H 'Origin: https://...'";
}

function meaningOf(code: string): Meaning | undefined {
  return MEANINGS.find(({ codes }) => codes.test(code));
}
