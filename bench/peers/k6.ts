import { join } from 'node:path';
import { PAYLOAD_BYTES } from '../cell.js';
import type { Peer } from './peer.js';

const SCRIPT = 'k6.js';
/** How long a virtual user may take to connect and to end, beside its load. */
const ALLOWANCE_SECONDS = 20;

/** k6: a virtual user for each connection, which sends its next message when the last one came back. */
export const k6: Peer = {
  kinds: ['closed'],
  versionArgs: ['version'],
  plan: ({ connections }, { url, seconds, folder }) => ({
    args: ['run', '--quiet', '--no-usage-report', join(folder, SCRIPT)],
    files: { [SCRIPT]: scriptOf(connections, url, seconds) },
  }),
};

function scriptOf(connections: number, url: string, seconds: number): string {
  return `import ws from 'k6/ws';

export const options = {
  scenarios: {
    load: {
      executor: 'per-vu-iterations',
      vus: ${connections},
      iterations: 1,
      maxDuration: '${seconds + ALLOWANCE_SECONDS}s',
    },
  },
};

const payload = new Uint8Array(${PAYLOAD_BYTES}).fill(120).buffer;

export default function () {
  ws.connect('${url}', {}, (socket) => {
    socket.on('open', () => socket.sendBinary(payload));
    socket.on('binaryMessage', () => socket.sendBinary(payload));
    socket.setTimeout(() => socket.close(), ${seconds * 1000});
  });
}
`;
}
