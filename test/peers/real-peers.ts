import type { ToolName } from '../needs.js';
import { nodePeer, type Peer } from './child-peer.js';
import type { Findings } from './findings.js';
import { nginxBefore } from './nginx.js';
import { pythonPeer } from './python-peer.js';

/** A server as others write it, and what `wsurge check --quick` says of it. */
export interface RealPeer {
  readonly name: string;
  /** What must be installed for it. */
  readonly needs: ToolName | null;
  readonly start: () => Promise<Started>;
  /** A word of the sentence that says what kind of server this is; null where wsurge started it and knows. */
  readonly kind: RegExp | null;
  /** Without a profile. */
  readonly findings: Findings;
  /** With the profile that `--init` writes and these flags. */
  readonly further?: { readonly what: string; readonly flags: readonly string[]; readonly findings: Findings };
}

export interface Started {
  /** Arguments of `wsurge check` that name the server. */
  readonly args: readonly string[];
  stop(): Promise<void>;
}

const SECURITY = 'S.1-S.9';
/** Up to 5.5: before anything is sent that no correct client sends. */
const ECHO_UNTIL_BROKEN = '1.1 1.3-1.5 1.8 2.1-2.7 3.1-3.7 4.1-4.5 5.1-5.4';
const ECHO_NOT_PROMISED_UNTIL_BROKEN = '1.2 1.6 1.7 1.9 2.8-2.11 3.8-3.11 5.5';
const ECHO: Findings = {
  passed: `${ECHO_UNTIL_BROKEN} 5.6 5.7 5.12 5.13 6.1-6.3 6.5-6.8 7.1-7.5 7.7 7.8 8.1 8.2 8.4-8.6 8.8 8.10 8.12`,
  failed: {},
  // Not promised, or seen only of a server that wsurge started.
  skipped: `${ECHO_NOT_PROMISED_UNTIL_BROKEN} 5.8-5.11 6.4 7.6 8.3 8.7 8.9 8.11 ${SECURITY}`,
  error: '',
};
/** An echo of text alone: that binary messages do not come back is seen before the checks. */
const TEXT_ECHO: Findings = {
  ...ECHO,
  passed: ECHO.passed.replace('2.1-2.7', '2.1 2.2 2.4-2.7'),
  skipped: `2.3 ${ECHO.skipped}`,
};
/** What does not echo is checked as far as pings and closes show it. */
const NO_ECHO: Findings = {
  passed: '1.1 1.3-1.5 1.8 5.1-5.4 5.6 5.7 5.12 5.13 6.1-6.3 6.5-6.8 8.1 8.2 8.6 8.8 8.12',
  failed: {},
  skipped: `1.2 1.6 1.7 1.9 2.1-4.5 5.5 5.8-5.11 6.4 7.1-7.8 8.3-8.5 8.7 8.9-8.11 ${SECURITY}`,
  error: '',
};
/** No CORS, no TLS; of security, what every server of the bot protocol does. */
const EMBEDDED: Findings = {
  passed: '1.1-1.5 1.7 1.8 2.1-8.12 S.5 S.8',
  failed: {},
  skipped: '1.6 1.9 S.1-S.4 S.6 S.7 S.9',
  error: '',
};

export const REAL_PEERS: readonly RealPeer[] = [
  { name: 'the embedded server on ws', needs: null, start: () => embedded('ws'), kind: null, findings: EMBEDDED },
  {
    name: 'the embedded server on uWebSockets.js',
    needs: 'uws',
    start: () => embedded('uws'),
    kind: null,
    findings: EMBEDDED,
  },
  {
    name: 'an echo on ws',
    needs: null,
    start: () => at(nodePeer('ws_echo.mjs'), '/'),
    kind: /echoes: every text comes back byte for byte/,
    findings: ECHO,
  },
  {
    name: 'an echo on ws without an error handler',
    needs: null,
    start: () => at(nodePeer('ws_echo.mjs', ['--no-error-handler']), '/'),
    kind: /every text comes back byte for byte/,
    findings: {
      passed: ECHO_UNTIL_BROKEN,
      failed: { '5.6': "a broken frame is an `error` event that nobody handles, which ends the server's process" },
      skipped: ECHO.skipped,
      // Nobody starts it again.
      error: '5.7 5.12 5.13 6.1-6.3 6.5-6.8 7.1-7.5 7.7 7.8 8.1 8.2 8.4-8.6 8.8 8.10 8.12',
    },
    further: {
      what: '--gentle',
      flags: ['--gentle'],
      findings: {
        ...ECHO,
        passed: `${ECHO_UNTIL_BROKEN} 5.12 5.13 6.1-6.3 6.5-6.8 7.1-7.5 7.7 7.8 8.1 8.2 8.4 8.5 8.8 S.5`,
        skipped: `${ECHO_NOT_PROMISED_UNTIL_BROKEN} 5.6-5.11 6.4 7.6 8.3 8.6 8.7 8.9-8.12 S.1-S.4 S.6-S.9`,
      },
    },
  },
  {
    name: 'an echo on websockets',
    needs: 'websockets',
    start: () => at(pythonPeer('websockets'), '/'),
    kind: /echoes: every text comes back byte for byte/,
    findings: ECHO,
  },
  {
    name: 'nginx before an echo on ws',
    needs: 'nginx',
    start: () => at(nginxBefore(nodePeer('ws_echo.mjs')), '/'),
    kind: /echoes: every text comes back byte for byte/,
    findings: ECHO,
  },
  {
    name: 'an echo on FastAPI',
    needs: 'fastapi',
    start: () => at(pythonPeer('application'), '/echo'),
    kind: /every text comes back byte for byte; a binary message ends the connection \(1006\)/,
    findings: TEXT_ECHO,
    further: {
      what: 'promises of uvicorn',
      // Where nobody says otherwise: messages of 16 MiB, and 403 for a path without a WebSocket.
      flags: promising({
        compression: 'accepted',
        missingUpgrade: '404',
        'wrongPath.path': '/no-such-path',
        'wrongPath.status': '403',
        'answers.frameLimit': '16MiB',
        'security.isolation': 'true',
        'security.compressionBomb': '1009',
        'security.hugeLength': '1009',
      }),
      findings: {
        ...TEXT_ECHO,
        passed: `${TEXT_ECHO.passed} 1.7 5.8 S.5 S.8 S.9`,
        skipped: '1.2 1.6 1.9 2.3 2.8-2.11 3.8-3.11 5.5 5.9-5.11 6.4 7.6 8.3 8.7 8.9 8.11 S.1-S.4 S.6 S.7',
      },
    },
  },
  {
    name: 'FastAPI that answers in an envelope',
    needs: 'fastapi',
    start: () => at(pythonPeer('application'), '/envelope'),
    kind: /echoes in words of its own: a text comes back in "content"/,
    findings: TEXT_ECHO,
  },
  {
    name: 'a chat on FastAPI that adds a field',
    needs: 'fastapi',
    start: () => at(pythonPeer('application'), '/chat'),
    kind: /echoes JSON and adds receivedAt/,
    findings: TEXT_ECHO,
  },
  {
    name: 'FastAPI that answers errors',
    needs: 'fastapi',
    start: () => at(pythonPeer('application'), '/strict'),
    kind: /answers, and does not echo/,
    findings: NO_ECHO,
    further: {
      what: 'its answers to errors',
      flags: promising({
        'answers.invalidJson.contains': 'invalid_json',
        'answers.missingField.contains': 'unknown_action',
        'answers.malformed.contains': 'unknown_action',
      }),
      findings: {
        ...NO_ECHO,
        passed: `${NO_ECHO.passed} 1.7 2.8-2.10`,
        skipped: NO_ECHO.skipped.replace('1.6 1.7 1.9 2.1-4.5', '1.6 1.9 2.1-2.7 2.11-4.5'),
      },
    },
  },
  {
    name: 'a price feed',
    needs: null,
    start: () => at(nodePeer('price_feed.mjs'), '/'),
    kind: /only pushes, about .* messages a second/,
    findings: NO_ECHO,
  },
  {
    name: 'a price feed that greets and waits',
    needs: null,
    start: () => at(nodePeer('price_feed.mjs', ['--greet']), '/'),
    kind: /takes messages and answered none within 3 s; it greets each connection/,
    findings: NO_ECHO,
  },
  {
    name: 'a chat on socket.io',
    needs: 'socketIo',
    start: () => at(nodePeer('socket_io.mjs'), '/socket.io/?EIO=4&transport=websocket'),
    kind: /speaks socket\.io/,
    findings: NO_ECHO,
  },
  {
    name: 'GraphQL on graphql-ws',
    needs: 'graphqlWs',
    start: () => at(nodePeer('graphql_ws.mjs'), '/graphql'),
    kind: /speaks graphql-transport-ws/,
    // Its sub-protocol is offered on every connection, so that nothing shows what comes without an offer.
    findings: {
      ...NO_ECHO,
      passed: NO_ECHO.passed.replace('1.3-1.5', '1.2 1.4 1.5'),
      skipped: NO_ECHO.skipped.replace('1.2', '1.3'),
    },
  },
];

async function at(starting: Promise<Peer>, path: string): Promise<Started> {
  const peer = await starting;
  return { args: [`${peer.origin}${path}`], stop: () => peer.stop() };
}

/** Sets keys below `check` of the profile. */
function promising(promises: Readonly<Record<string, string>>): string[] {
  return Object.entries(promises).flatMap(([key, value]) => ['--set', `check.${key}=${value}`]);
}

async function embedded(engine: string): Promise<Started> {
  return { args: ['--set', `target.embedded=${engine}`], stop: () => Promise.resolve() };
}
