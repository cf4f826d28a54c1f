import { formatBytes, formatCount } from '../../src/units.js';
import type { Case } from '../case.js';
import { plainRound, wsurgeRound } from '../contestants/load.js';
import type { LoadAnswer } from '../contestants/load-answer.js';
import { allowedConnections } from '../machine.js';

const WANTED = 15_000;

/** Many connections that are only held. */
export function idleCase(): Case {
  const connections = allowedConnections(WANTED);
  const load = { connections, rate: 0 };
  const metricsOf = (answer: LoadAnswer) => memoryAndConnects(answer, connections);
  const by = { kind: 'ratio', to: 'plain ws' } as const;
  return {
    name: 'idle',
    title: `${formatCount(connections)} idle connections`,
    server: 'fresh',
    rounds: 5,
    seconds: 1,
    repeats: 1,
    metrics: [
      { key: 'rssBytes', label: 'client RSS per connection', format: formatBytes },
      { key: 'connectsPerCpu', label: 'connects per CPU second', format: formatCount },
    ],
    contestants: [
      { name: 'wsurge', run: (setting) => wsurgeRound(load, { pacing: 'timer', metricsOf }, setting) },
      { name: 'plain ws', run: (setting) => plainRound(load, metricsOf, setting) },
    ],
    goals: [
      { metric: 'rssBytes', of: 'wsurge', by, bound: { most: 1.1 } },
      { metric: 'connectsPerCpu', of: 'wsurge', by, bound: { least: 0.9 } },
    ],
    notes: [
      ...(connections < WANTED
        ? [`${formatCount(connections)} instead of ${formatCount(WANTED)}: this machine's limits allow no more`]
        : []),
    ],
  };
}

function memoryAndConnects({ rssBeforeBytes, rssOpenBytes, connecting }: LoadAnswer, connections: number) {
  return {
    rssBytes: (rssOpenBytes - rssBeforeBytes) / connections,
    connectsPerCpu: connections / (connecting.userSeconds + connecting.systemSeconds),
  };
}
