import { codeOf, messageOf } from '../../errors.js';

/** Matches a TLS error without its own code: `error:0A00010B:SSL routines:ssl3_get_record:wrong version number:...`. */
const OPENSSL_REASON = /:SSL routines:[^:]*:([^:]+):/;

/** Texts of `ws` for an answer with status 101 that is not a WebSocket handshake. `ws` gives these errors no code. */
const HANDSHAKE_CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^Invalid Upgrade header/, 'bad_upgrade'],
  [/^Invalid Sec-WebSocket-Accept header/, 'bad_accept'],
  [/subprotocol/, 'bad_subprotocol'],
  [/Sec-WebSocket-Extensions/, 'bad_extension'],
];

/**
 * A short code for an error of the socket, of TLS or of the WebSocket protocol. A TLS error gets its specific code,
 * e.g. ERR_SSL_WRONG_VERSION_NUMBER instead of EPROTO.
 */
export function failureCode(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EPROTO') return openSslCode(messageOf(error)) ?? code;
  if (code?.startsWith('HPE_') && isTlsRecord(error)) return 'speaks_tls';
  if (code !== null) return code;
  const message = messageOf(error);
  return HANDSHAKE_CODES.find(([pattern]) => pattern.test(message))?.[1] ?? 'protocol_error';
}

function openSslCode(message: string): string | null {
  const reason = OPENSSL_REASON.exec(message)?.[1];
  return reason === undefined ? null : `ERR_SSL_${reason.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/** Whether the answer starts like a TLS alert or handshake, not like HTTP: type 21 or 22, version 3. */
function isTlsRecord(error: unknown): boolean {
  const packet = error instanceof Error && 'rawPacket' in error ? error.rawPacket : null;
  return packet instanceof Uint8Array && (packet[0] === 21 || packet[0] === 22) && packet[1] === 3;
}

/** The text of the error. For a certificate with another name, also the names that it is valid for. */
export function failureMessage(error: unknown): string {
  const message = messageOf(error);
  const certificate = error instanceof Error && 'cert' in error ? error.cert : null;
  if (typeof certificate !== 'object' || certificate === null || !('subjectaltname' in certificate)) return message;
  const names = String(certificate.subjectaltname);
  return message.includes(names) ? message : `${message.trim()} (it is for ${names})`;
}
