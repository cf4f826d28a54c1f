import { join } from 'node:path';
import { PAYLOAD_BYTES } from '../cell.js';
import type { Peer } from './peer.js';

const SCRIPT = 'artillery.yml';
const PROCESSOR = 'artillery.cjs';
const PAYLOAD = 'x'.repeat(PAYLOAD_BYTES);
const ANY_REPLY = { regexp: 'x', value: 'x' };

/** Artillery: a virtual user for each connection, which sends its next message when the last one came back. */
export const artillery: Peer = {
  kinds: ['closed'],
  versionArgs: ['version'],
  plan: ({ connections }, { url, seconds, folder }) => ({
    args: ['run', '--quiet', join(folder, SCRIPT)],
    files: { [SCRIPT]: JSON.stringify(scriptOf(connections, url), null, 2), [PROCESSOR]: processorOf(seconds) },
  }),
};

/** JSON is YAML as well. */
function scriptOf(connections: number, url: string) {
  return {
    config: {
      target: url,
      processor: `./${PROCESSOR}`,
      phases: [{ duration: 1, arrivalCount: connections }],
    },
    scenarios: [
      {
        engine: 'ws',
        // Artillery waits for a reply only if the step checks it.
        flow: [{ loop: [{ send: { payload: PAYLOAD, match: ANY_REPLY } }], whileTrue: 'isBeforeTheEnd' }],
      },
    ],
  };
}

/** The end counts from the first loop, so the time to start does not shorten the load. */
function processorOf(seconds: number): string {
  return `let endMs = 0;

function isBeforeTheEnd(context, next) {
  if (endMs === 0) endMs = Date.now() + ${seconds * 1000};
  next(Date.now() < endMs);
}

module.exports = { isBeforeTheEnd };
`;
}
