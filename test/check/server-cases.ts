import type { ScenarioNumber } from '../../src/check/check.js';
import type { Protocol } from '../../src/check/expectations.js';
import type { ServerOptions } from '../../src/server/options.js';
import { startServer } from '../../src/server/server.js';
import { type PeerKind, pythonPeer } from '../peers/python-peer.js';

/** A server to check, what it promises, and what is wrong with it. */
export interface ServerCase {
  readonly name: string;
  /** The Python server it is; null for the reference server. */
  readonly peer: PeerKind | null;
  readonly protocol: Protocol;
  readonly says: { readonly check: object; readonly reply: object };
  /** The one scenario it fails, and the check in it that says so; null for a healthy one. */
  readonly fails: { readonly scenario: ScenarioNumber; readonly check: string } | null;
  start(): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

/** For a broken server it is short: an answer that never comes is waited for. A healthy one answers, if the machine stalls as well. */
const replyOf = (fails: ServerCase['fails']) => ({ timeout: fails === null ? '30s' : '1s' });

/** What the FastAPI server promises beside the bot protocol, and what it does not. */
const FASTAPI = {
  requests: { broadcast: 'none' },
  compression: 'accepted',
  missingUpgrade: 404,
  answers: { frameLimit: '4MiB' },
  security: { compressionBomb: 1009, hugeLength: 1009 },
};
const WEBSOCKETS = {
  subprotocol: 'chat',
  compression: 'accepted',
  answers: { frameLimit: '4MiB' },
  security: { isolation: true, compressionBomb: 1009, hugeLength: 1009 },
};

export const HEALTHY_CASES: readonly ServerCase[] = [
  own('the reference server on ws', { engine: 'ws' }, null),
  own('the reference server on uWebSockets.js', { engine: 'uws' }, null),
  python('fastapi', null, null),
  python('websockets', null, null),
];

/** At least one for each scenario. */
export const BROKEN_CASES: readonly ServerCase[] = [
  python('websockets', 'subprotocol', { scenario: 1, check: '1.2' }),
  python('fastapi', 'invalid-crashes', { scenario: 2, check: '2.8' }),
  own('truncates what is long', { faults: 'truncate:600KiB' }, { scenario: 3, check: '3.6' }),
  python('websockets', 'no-pong', { scenario: 4, check: '4.5' }),
  python('fastapi', 'close-code', { scenario: 5, check: '5.5' }),
  own('has room for 60', { maxConnections: 60 }, { scenario: 6, check: '6.7' }),
  python('fastapi', 'carry-over', { scenario: 6, check: '6.8' }),
  python('fastapi', 'dedupe', { scenario: 7, check: '7.7' }),
  own('cuts who is silent', { faults: 'idle:1500ms' }, { scenario: 8, check: '8.8' }),
  python('fastapi', 'invalid-closes-all', { scenario: 8, check: '8.6' }),
];

function own(name: string, options: ServerOptions, fails: ServerCase['fails']): ServerCase {
  return {
    name,
    peer: null,
    protocol: 'bot',
    says: { check: { security: { hugeLength: 1009 } }, reply: replyOf(fails) },
    fails,
    start: async () => {
      const server = await startServer({ engine: 'ws', ...options });
      return { url: server.url, stop: () => server.close() };
    },
  };
}

function python(peer: PeerKind, broken: string | null, fails: ServerCase['fails']): ServerCase {
  return {
    name: broken === null ? peer : `${peer} --break ${broken}`,
    peer,
    protocol: peer === 'fastapi' ? 'bot' : 'echo',
    says: { check: peer === 'fastapi' ? FASTAPI : WEBSOCKETS, reply: replyOf(fails) },
    fails,
    start: () => pythonPeer(peer, broken === null ? [] : ['--break', broken]),
  };
}
