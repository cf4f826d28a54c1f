import { PAYLOAD_BYTES } from '../cell.js';
import type { Peer } from './peer.js';

/**
 * Any other tool, behind a script of the user's: `script URL CONNECTIONS SECONDS BYTES RATE`, where RATE is 0 for a
 * closed loop. It must end by itself with exit code 0.
 */
export const command: Peer = {
  kinds: ['closed', 'open'],
  versionArgs: null,
  plan: (load, { url, seconds }) => ({
    args: [url, load.connections, seconds, PAYLOAD_BYTES, load.kind === 'open' ? load.rate : 0].map(String),
    files: {},
  }),
};
