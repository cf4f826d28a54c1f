import { CONNECT_RATE, PAYLOAD_BYTES } from '../cell.js';
import type { Peer } from './peer.js';

/** tcpkali: messages at a rate, on one thread. It does not wait for replies, so it has no closed loop. */
export const tcpkali: Peer = {
  kinds: ['open'],
  versionArgs: ['--version'],
  plan: (load, { url, seconds }) => {
    if (load.kind !== 'open') throw new Error('tcpkali has no closed loop');
    const { connections, rate } = load;
    return {
      args: [
        ...['--ws', '--workers', '1'],
        ...['--connections', String(connections), '--connect-rate', String(CONNECT_RATE)],
        ...['--message-rate', String(rate / connections), '--message', 'x'.repeat(PAYLOAD_BYTES)],
        ...['--duration', `${seconds}s`, new URL(url).host],
      ],
      files: {},
    };
  },
};
