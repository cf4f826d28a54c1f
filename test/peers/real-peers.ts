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
  /** With the profile that `--init` writes, once the owner has said what else is promised. */
  readonly promised?: { readonly set: readonly string[]; readonly findings: Findings };
}

export interface Started {
  /** Arguments of `wsurge check` that name the server. */
  readonly args: readonly string[];
  stop(): Promise<void>;
}

const SECURITY = 'S.1-S.9';
const ECHO: Findings = {
  passed:
    '1.1 1.3-1.5 1.8 2.1-2.7 3.1-3.7 4.1-4.5 5.1-5.4 5.6 5.7 5.12 5.13 6.1-6.3 6.5-6.8 7.1-7.5 7.7 7.8 8.1 8.2 8.4-8.6 8.8 8.10 8.12',
  failed: {},
  // Not promised, or seen only of a server that wsurge started.
  skipped: `1.2 1.6 1.7 1.9 2.8-2.11 3.8-3.11 5.5 5.8-5.11 6.4 7.6 8.3 8.7 8.9 8.11 ${SECURITY}`,
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
    kind: null,
    findings: ECHO,
  },
  {
    name: 'an echo on websockets',
    needs: 'websockets',
    start: () => at(pythonPeer('websockets'), '/'),
    kind: null,
    findings: ECHO,
  },
  {
    name: 'nginx before an echo on ws',
    needs: 'nginx',
    start: () => at(nginxBefore(nodePeer('ws_echo.mjs')), '/'),
    kind: null,
    findings: ECHO,
  },
];

async function at(starting: Promise<Peer>, path: string): Promise<Started> {
  const peer = await starting;
  return { args: [`${peer.origin}${path}`], stop: () => peer.stop() };
}

async function embedded(engine: string): Promise<Started> {
  return { args: ['--set', `target.embedded=${engine}`], stop: () => Promise.resolve() };
}
