import type { Case, Round } from '../../bench/case.js';
import type { CaseRun } from '../../bench/rounds.js';

/** Two contestants, `a` and `b`, with one metric; name what differs. */
export function caseWith(changes: Partial<Case> = {}): Case {
  const run = () => Promise.reject(new Error('not for running'));
  return {
    name: 'sample',
    title: 'a case',
    server: 'none',
    rounds: 5,
    seconds: 2,
    repeats: 0,
    metrics: [{ key: 'speed', label: 'messages per second', format: (value) => value.toFixed(0) }],
    contestants: [
      { name: 'a', run },
      { name: 'b', run },
    ],
    goals: [{ metric: 'speed', of: 'a', by: { kind: 'ratio', to: 'b' }, bound: { least: 1.5 } }],
    notes: [],
    ...changes,
  };
}

/** A run in which the contestants gave these speeds, each in a process with these shares of a core. */
export function runOf(
  speeds: Readonly<Record<string, readonly number[]>>,
  cores: Partial<Round> = {},
  failure: string | null = null,
): CaseRun {
  const contestants = Object.entries(speeds).map(([name, all]) => ({
    name,
    failure: all.length === 0 ? failure : null,
    rounds: all.map(
      (speed): Round => ({
        metrics: { speed },
        clientCores: 0.99,
        serverCores: 0.5,
        othersCores: 0.01,
        ...cores,
      }),
    ),
  }));
  return { engine: 'uws', contestants };
}
