import { formatCount } from '../../src/units.js';
import type { Case } from '../case.js';
import { perCpuSecond, plainRound, wsurgeRound } from '../contestants/load.js';
import { comparisons, PEER_NOTE, type PeerLife, peerContestants } from '../peers/contestant.js';
import type { NamedPeer } from '../peers/peer.js';

/** The goal of a closed loop: this many times the round trips of plain `ws` per CPU-second; null for no goal. */
interface Reach {
  readonly total: number;
  readonly user: number | null;
}

/** Every connection sends its next message when the reply to the last one came. */
export function closedCase(connections: number, tls: boolean, reach: Reach, peers: readonly NamedPeer[]): Case {
  const load = { connections, rate: null };
  const others = peerContestants(peers, { kind: 'closed', connections }, perCpuSecondOfLife);
  const by = { kind: 'ratio', to: 'plain ws' } as const;
  const total = { metric: 'perCpu', of: 'wsurge', by, bound: { least: reach.total } };
  return {
    name: `closed-${connections}${tls ? '-tls' : ''}`,
    title: `closed loop, ${formatCount(connections)} connections${tls ? ', TLS' : ''}`,
    server: tls ? 'shared-tls' : 'shared',
    rounds: 5,
    seconds: 2,
    repeats: 3,
    metrics: [
      { key: 'perCpu', label: 'round trips per CPU second', format: formatCount },
      { key: 'perUserCpu', label: 'round trips per user CPU second', format: formatCount },
    ],
    contestants: [
      {
        name: 'wsurge',
        run: (setting) => wsurgeRound(load, { pacing: 'timer', metricsOf: perCpuSecond }, setting),
      },
      { name: 'plain ws', run: (setting) => plainRound(load, perCpuSecond, setting) },
      ...others,
    ],
    goals: [
      total,
      ...(reach.user === null ? [] : [{ ...total, metric: 'perUserCpu', bound: { least: reach.user } }]),
      ...comparisons(others, ['perCpu', 'perUserCpu']),
    ],
    notes: others.length === 0 ? [] : [PEER_NOTE],
  };
}

function perCpuSecondOfLife({ messages, userSeconds, systemSeconds }: PeerLife) {
  return { perCpu: messages / (userSeconds + systemSeconds), perUserCpu: messages / userSeconds };
}
