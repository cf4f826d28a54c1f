import { formatCount } from '../../src/units.js';
import type { Case } from '../case.js';
import { perCpuSecond, plainRound, wsurgeRound } from '../contestants/load.js';

const SUBSCRIBERS = 1000;
const RATE = 40;
const LEAST = 0.6;

/** What one connection says all receive: what taking in a delivery costs, judging and recording it included. */
export function fanoutCase(): Case {
  const load = { connections: SUBSCRIBERS, rate: RATE, isHub: true } as const;
  const by = { kind: 'ratio', to: 'plain ws' } as const;
  return {
    name: 'fanout',
    title: `fan-out, ${formatCount(SUBSCRIBERS)} subscribers, ${RATE} msg/s`,
    server: 'shared-hub',
    rounds: 5,
    seconds: 2,
    repeats: 3,
    metrics: [
      { key: 'perCpu', label: 'deliveries per CPU second', format: formatCount },
      { key: 'perUserCpu', label: 'deliveries per user CPU second', format: formatCount },
    ],
    contestants: [
      {
        name: 'wsurge',
        run: (setting) => wsurgeRound(load, { pacing: 'timer', metricsOf: perCpuSecond }, setting),
      },
      { name: 'plain ws', run: (setting) => plainRound(load, perCpuSecond, setting) },
    ],
    goals: [
      { metric: 'perCpu', of: 'wsurge', by, bound: { least: LEAST } },
      { metric: 'perUserCpu', of: 'wsurge', by, bound: null },
    ],
    notes: ['plain ws counts what it receives, and does nothing else'],
  };
}
