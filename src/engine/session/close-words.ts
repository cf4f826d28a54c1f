import { PROTOCOLS, type ProtocolName } from '../../profile/protocols.js';

/** The code of a close that named none: the server ended the session, not the connection. */
export const NO_CODE = 1005;
/** Codes that no server sends. */
const NO_CLOSES: Readonly<Record<number, string>> = { [NO_CODE]: 'no code', 1006: 'no close frame' };

/** `4403 (forbidden)`, where the code has a name. */
function closeWords(protocol: ProtocolName, code: number): string {
  const name = PROTOCOLS[protocol].closes?.[code] ?? NO_CLOSES[code];
  return name === undefined ? `${code}` : `${code} (${name})`;
}

/** How a connection ended that was not open yet. `own`: why this side ended it, null if it did not. */
export function endWords(protocol: ProtocolName, own: string | null, code: number, reason: Buffer): string {
  if (own !== null) return `the connection broke: ${own}`;
  const said = reason.length === 0 ? '' : ` ${reason.toString('utf8')}`;
  return `the server closed with ${closeWords(protocol, code)}${said}`;
}
