import { codeOf, messageOf } from '../errors.js';

/** Of a TLS error without a code of its own: `error:0A00010B:SSL routines:ssl3_get_record:wrong version number:...`. */
const OPENSSL_REASON = /:SSL routines:[^:]*:([^:]+):/;

/** What `ws` says of an answer with status 101 that is no WebSocket handshake; it gives these errors no code. */
const HANDSHAKE_CODES: readonly (readonly [says: RegExp, code: string])[] = [
  [/^Invalid Upgrade header/, 'bad_upgrade'],
  [/^Invalid Sec-WebSocket-Accept header/, 'bad_accept'],
  [/subprotocol/, 'bad_subprotocol'],
  [/Sec-WebSocket-Extensions/, 'bad_extension'],
];

/**
 * A short code for an error of the socket, TLS or the WebSocket protocol. TLS errors get the code that Node gives those
 * it knows better, e.g. ERR_SSL_WRONG_VERSION_NUMBER instead of EPROTO.
 */
export function failureCode(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EPROTO') return openSslCode(messageOf(error)) ?? code;
  if (code?.startsWith('HPE_') && isTlsRecord(error)) return 'speaks_tls';
  if (code !== null) return code;
  const message = messageOf(error);
  return HANDSHAKE_CODES.find(([says]) => says.test(message))?.[1] ?? 'protocol_error';
}

function openSslCode(message: string): string | null {
  const reason = OPENSSL_REASON.exec(message)?.[1];
  return reason === undefined ? null : `ERR_SSL_${reason.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/** What came instead of an HTTP answer begins as an alert or a handshake of TLS does: type 21 or 22, version 3. */
function isTlsRecord(error: unknown): boolean {
  const packet = error instanceof Error && 'rawPacket' in error ? error.rawPacket : null;
  return packet instanceof Uint8Array && (packet[0] === 21 || packet[0] === 22) && packet[1] === 3;
}

/** What the error says; of a certificate for another name, also which names it is for. */
export function failureMessage(error: unknown): string {
  const said = messageOf(error);
  const certificate = error instanceof Error && 'cert' in error ? error.cert : null;
  if (typeof certificate !== 'object' || certificate === null || !('subjectaltname' in certificate)) return said;
  const names = String(certificate.subjectaltname);
  return said.includes(names) ? said : `${said.trim()} (it is for ${names})`;
}
