/**
 * What agents say that they planned, checked where only a walk tells: with Poisson arrivals. To walk the plans of all
 * workers takes as long as on all agents together, so a few workers are drawn, and their plans are walked here.
 */
import { type Cell, peakConnections } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { Rng, seedOf } from '../stats/rng.js';
import type { LawViolation, WorkerResult } from './cell-result.js';
import { C } from './counters.js';
import { type Group, type GroupEnd, LOCAL } from './group-end.js';
import { plannedByRequest } from './planned.js';

/** Workers that are drawn. */
const DRAWN = 3;
/** Messages that are walked at most, of all of them together: half a second. */
const WALKED_MAX = 2_000_000;

/** An agent at its end: what its workers counted, and their sums. Null if it was lost. */
export interface FinishedAgent extends Group {
  readonly end: Pick<GroupEnd, 'results' | 'closed'> | null;
}

/**
 * The laws that do not hold: the messages that an agent's workers planned add up to those of the agent; and each drawn
 * worker planned what its plan says. Of the measure phase. `workers`: of the whole cell. Empty for other arrivals, for
 * groups of this machine, which walks all of its plans itself, and where the plan of one worker alone is too long.
 */
export function drawnPlanLaws(cell: Cell, groups: readonly FinishedAgent[], workers: number): LawViolation[] {
  if (cell.arrival !== 'poisson' || MODELS[cell.model].planLaw !== 'due') return [];
  const agents = groups.filter(({ name }) => name !== LOCAL);
  return [...agents.flatMap((agent) => sumLaw(cell, agent)), ...walkLaws(cell, agents, workers)];
}

function sumLaw(cell: Cell, { name, end }: FinishedAgent): LawViolation[] {
  if (end === null) return [];
  const left = end.results.reduce((sum, { messages }) => sum + messages.planned, 0);
  const right = end.closed.counters.measure[C.planned]!;
  const law = 'planned by its workers = planned';
  return left === right ? [] : [{ law, left, right, where: `${cell.id}, agent ${name}` }];
}

function walkLaws(cell: Cell, agents: readonly FinishedAgent[], workers: number): LawViolation[] {
  const drawn = drawnWorkers(cell, agents);
  const most = Math.floor(WALKED_MAX / Math.max(1, messagesOf(cell, workers)));
  return drawn.slice(0, most).flatMap(({ worker, messages, agent }) => {
    const [left, right] = [plannedByRequest(cell, worker, workers).all.measure, messages.planned];
    const law = 'planned = the plan of a drawn worker';
    return left === right ? [] : [{ law, left, right, where: `${cell.id}, worker ${worker} of agent ${agent}` }];
  });
}

/** The workers that ended as they should, a few of them: by chance from the seed of the cell, so that a report made anew agrees. */
function drawnWorkers(cell: Cell, agents: readonly FinishedAgent[]): (WorkerResult & { readonly agent: string })[] {
  const ended = agents.flatMap(({ name, end }) =>
    (end?.results ?? []).flatMap((result) => (result.status === 'done' ? [{ ...result, agent: name }] : [])),
  );
  const rng = new Rng(seedOf(cell.seed, 'drawn workers'));
  const drawn = [];
  while (drawn.length < DRAWN && ended.length > 0) drawn.push(...ended.splice(rng.below(ended.length), 1));
  return drawn;
}

/** About how many messages a worker with the most connections plans. */
function messagesOf(cell: Cell, workers: number): number {
  const share = Math.ceil(peakConnections(cell) / workers) / Math.max(1, peakConnections(cell));
  return ((cell.rate?.from ?? 0) * share * (cell.warmupMs + cell.durationMs)) / 1000;
}
