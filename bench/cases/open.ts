import { formatCount } from '../../src/units.js';
import type { Case } from '../case.js';
import { plainRound, wsurgeRound } from '../contestants/load.js';
import type { LoadAnswer } from '../contestants/load-answer.js';
import { comparisons, PEER_NOTE, type PeerLife, peerContestants } from '../peers/contestant.js';
import type { NamedPeer } from '../peers/peer.js';

const RATE = 50_000;
const CONNECTIONS = 100;

/** A fixed rate, whatever the server does: what one message costs the client. */
export function openCase(peers: readonly NamedPeer[]): Case {
  const load = { connections: CONNECTIONS, rate: RATE };
  const others = peerContestants(peers, { ...load, kind: 'open' }, cpuPerMessageOfLife);
  const by = { kind: 'ratio', to: 'plain ws' } as const;
  const format = (us: number) => `${us.toFixed(2)} us`;
  return {
    name: 'open',
    title: `open loop, ${formatCount(RATE)} msg/s, ${CONNECTIONS} connections`,
    server: 'shared',
    rounds: 5,
    seconds: 2,
    repeats: 3,
    metrics: [
      { key: 'cpuUs', label: 'CPU per message', format },
      { key: 'userUs', label: 'user CPU per message', format },
    ],
    contestants: [
      {
        name: 'wsurge',
        run: (setting) => wsurgeRound(load, { pacing: 'timer', metricsOf: cpuPerMessage }, setting),
      },
      { name: 'plain ws', run: (setting) => plainRound(load, cpuPerMessage, setting) },
      ...others,
    ],
    goals: [
      { metric: 'cpuUs', of: 'wsurge', by, bound: { most: 0.85 } },
      { metric: 'userUs', of: 'wsurge', by, bound: { most: 0.6 } },
      ...comparisons(others, ['cpuUs', 'userUs']),
    ],
    notes: others.length === 0 ? [] : [PEER_NOTE],
  };
}

function cpuPerMessage({ answeredPerSecond, measure }: LoadAnswer) {
  const { seconds, userSeconds, systemSeconds } = measure;
  const answered = answeredPerSecond * seconds;
  return { cpuUs: ((userSeconds + systemSeconds) / answered) * 1e6, userUs: (userSeconds / answered) * 1e6 };
}

function cpuPerMessageOfLife({ messages, userSeconds, systemSeconds }: PeerLife) {
  return { cpuUs: ((userSeconds + systemSeconds) / messages) * 1e6, userUs: (userSeconds / messages) * 1e6 };
}
