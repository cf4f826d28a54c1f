import type { Pacing } from '../../src/plan/pacing.js';
import { formatCount, formatMs } from '../../src/units.js';
import type { Case, Goal, Setting } from '../case.js';
import { wsurgeRound } from '../contestants/load.js';
import type { LoadAnswer } from '../contestants/load-answer.js';
import { coresOf } from '../cpu.js';

const CONNECTIONS = 100;
const PACINGS: readonly Pacing[] = ['timer', 'metronome', 'spin'];

/** How late messages are sent with each kind of pacing, and what that pacing costs. */
export function lagCase(rate: number): Case {
  const format = (us: number) => `${formatMs(us)} ms`;
  return {
    name: `lag-${rate}`,
    title: `send lag at ${formatCount(rate)} msg/s, ${CONNECTIONS} connections`,
    server: 'shared',
    rounds: 5,
    seconds: 3,
    repeats: 3,
    metrics: [
      { key: 'p50Us', label: 'send lag p50', format },
      { key: 'p99Us', label: 'send lag p99', format },
      { key: 'cores', label: 'CPU of a core', format: (cores) => `${(cores * 100).toFixed(0)} %` },
    ],
    contestants: PACINGS.map((pacing) => ({
      name: pacing,
      // On one core a worker that spins, or its helper, would wait for the process's other threads.
      run: (setting) =>
        wsurgeRound({ connections: CONNECTIONS, rate }, { pacing, metricsOf: lagAndCost }, free(setting)),
    })),
    goals: [
      atMost('timer', 'p99Us', 1500),
      ...(rate <= 1000 ? METRONOME_GOALS : []),
      atMost('spin', 'p50Us', 3),
      atMost('spin', 'p99Us', 300),
    ],
    notes: ['the load is not pinned here'],
  };
}

/** The metronome is for rates up to a few thousand. */
const METRONOME_GOALS: readonly Goal[] = [
  atMost('metronome', 'p50Us', 100),
  atMost('metronome', 'p99Us', 400),
  { metric: 'cores', of: 'metronome', by: { kind: 'difference', to: 'timer' }, bound: { most: 0.35 } },
];

function free(setting: Setting): Setting {
  return { ...setting, machine: { ...setting.machine, loadCore: null } };
}

function atMost(of: Pacing, metric: string, most: number): Goal {
  return { metric, of, by: { kind: 'value' }, bound: { most } };
}

function lagAndCost({ lagUs, measure }: LoadAnswer) {
  if (lagUs === null) throw new Error('too few messages for a p99: take a longer window');
  return { p50Us: lagUs.p50, p99Us: lagUs.p99, cores: coresOf(measure).clientCores };
}
