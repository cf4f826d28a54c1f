import type { Case, Goal, Round } from './case.js';
import type { CaseRun } from './rounds.js';
import { difference, median, type Paired, ratio, spread } from './statistics.js';

/** One metric of one contestant over its rounds. */
export interface Figure {
  readonly metric: string;
  readonly contestant: string;
  readonly median: number;
  readonly spread: number;
}

/** Whether a goal was reached. `low` and `high`: the least and the most of any one round. */
export interface GoalOutcome extends Paired {
  readonly goal: Goal;
  readonly outcome: 'met' | 'not met' | 'compared' | 'server-limited' | 'not measured';
}

export interface CaseOutcome {
  readonly figures: readonly Figure[];
  readonly goals: readonly GoalOutcome[];
  /** The most CPU that other processes used in any round, share of a core; null if it could not be read. */
  readonly othersCoresMost: number | null;
  readonly cores: readonly {
    readonly contestant: string;
    readonly client: number | null;
    readonly server: number | null;
  }[];
}

/** A server that uses this share of a core is at its limit, so what is measured is the server, not the client. */
const FULL_CORE = 0.95;

/** The rounds of a case as medians, spreads and goals. */
export function outcomeOf(one: Case, run: CaseRun): CaseOutcome {
  const roundsOf = new Map(run.contestants.map(({ name, rounds }) => [name, rounds]));
  const values = (contestant: string, metric: string) =>
    (roundsOf.get(contestant) ?? []).flatMap(({ metrics }) => metrics[metric] ?? []);
  const cores = run.contestants.map(({ name, rounds }) => ({
    contestant: name,
    client: medianOfKnown(rounds, ({ clientCores }) => clientCores),
    server: medianOfKnown(rounds, ({ serverCores }) => serverCores),
  }));
  const isServerLimited = (contestant: string) =>
    cores.some(
      ({ contestant: name, client, server }) =>
        name === contestant && server !== null && server >= FULL_CORE && client !== null && client < FULL_CORE,
    );
  const figures = one.metrics.flatMap(({ key }) =>
    run.contestants.flatMap(({ name }): Figure[] => {
      const all = values(name, key);
      return all.length === 0 ? [] : [{ metric: key, contestant: name, median: median(all), spread: spread(all) }];
    }),
  );
  const goals = one.goals.map((goal): GoalOutcome => {
    const paired = pairedOf(goal, values);
    const names = goal.by.kind === 'value' ? [goal.of] : [goal.of, goal.by.to];
    if (names.some((name) => values(name, goal.metric).length === 0))
      return { ...paired, goal, outcome: 'not measured' };
    if (goal.by.kind === 'ratio' && names.some(isServerLimited)) return { ...paired, goal, outcome: 'server-limited' };
    if (goal.bound === null) return { ...paired, goal, outcome: 'compared' };
    return { ...paired, goal, outcome: isReached(goal.bound, paired.value) ? 'met' : 'not met' };
  });
  const others = run.contestants.flatMap(({ rounds }) => rounds.flatMap(({ othersCores }) => othersCores ?? []));
  return { figures, goals, cores, othersCoresMost: others.length === 0 ? null : Math.max(...others) };
}

function isReached(bound: NonNullable<Goal['bound']>, value: number): boolean {
  return 'least' in bound ? value >= bound.least : value <= bound.most;
}

function pairedOf(goal: Goal, values: (contestant: string, metric: string) => number[]): Paired {
  const of = values(goal.of, goal.metric);
  if (goal.by.kind === 'value') return { value: median(of), low: Math.min(...of), high: Math.max(...of) };
  const to = values(goal.by.to, goal.metric);
  return goal.by.kind === 'ratio' ? ratio(of, to) : difference(of, to);
}

function medianOfKnown(rounds: readonly Round[], value: (round: Round) => number | null): number | null {
  const known = rounds.flatMap((round) => value(round) ?? []);
  return known.length === 0 ? null : median(known);
}
