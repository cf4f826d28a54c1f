/** Every law that does not hold in a finished cell: of its groups, of the seconds, the connections, the plan. */
import { type Cell, PHASES, type Phase } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { plannedInClosedForm } from '../plan/pacer.js';
import type { LawViolation } from './cell-result.js';
import type { CounterName } from './counters.js';
import { drawnPlanLaws, type FinishedAgent } from './drawn-plan.js';
import { fanoutLaws } from './fanout-laws.js';
import type { GroupEnd } from './group-end.js';
import type { ConnectionCounts } from './interval.js';
import { checkConnectionLaws, checkSeconds } from './laws.js';
import type { LineCounts } from './line-counts.js';
import type { SecondResult } from './second-result.js';
import { sourceLaws } from './source-laws.js';

/** A group at its end. `end`: null if it was lost with its machine. */
export interface FinishedGroup extends FinishedAgent {
  readonly counts: LineCounts;
  readonly end: Pick<GroupEnd, 'violations' | 'results' | 'closed'> | null;
}

export interface FinishedCell {
  readonly cell: Cell;
  readonly groups: readonly FinishedGroup[];
  /** How many workers the cell has. */
  readonly workers: number;
  readonly connections: ConnectionCounts & { readonly openAtEnd: number };
  readonly seconds: readonly SecondResult[];
  /** The counters of a phase over all workers. */
  readonly totalsOf: (phase: Phase) => Readonly<Record<CounterName, number>>;
  readonly interrupted: boolean;
  /** Sessions that became ready; null if connections are open at once. */
  readonly ready: number | null;
}

export function cellLaws(finished: FinishedCell): LawViolation[] {
  const { cell, groups, connections, seconds, totalsOf, interrupted } = finished;
  const lost = groups.filter(({ end }) => end === null);
  const hasLostWorker = lost.length > 0 || groups.some(({ end }) => end?.results.some(isLost));
  return [
    ...groups.flatMap(groupLaws),
    ...sourceLaws(
      cell,
      interrupted,
      lost.map(({ counts }) => ({ counts, lost: true })),
    ),
    // What a lost worker's connections received is unknown, and so is whether its messages reached anybody.
    ...(hasLostWorker || interrupted
      ? []
      : fanoutLaws(
          cell,
          groups.map(({ counts }) => counts),
        )),
    // What a lost worker had planned belongs to no second.
    ...(hasLostWorker ? [] : checkSeconds(cell.id, seconds, totalsOf)),
    ...checkConnectionLaws({ where: cell.id, ...connections }),
    ...readyLaw(finished),
    ...(interrupted ? [] : closedFormLaw(finished)),
    ...(interrupted ? [] : drawnPlanLaws(cell, groups, finished.workers)),
  ];
}

function isLost({ status }: GroupEnd['results'][number]): boolean {
  return status === 'lost';
}

/** What a worker did is told by its machine. It would be told twice by the sums over the machine. */
function groupLaws({ counts, end }: FinishedGroup): readonly LawViolation[] {
  const told = end?.violations ?? [];
  return told.length > 0 ? told : counts.violations;
}

/** Each machine walks the plan of its own workers. Together they must come to what the whole plan says without a walk. */
function closedFormLaw({ cell, totalsOf }: FinishedCell): LawViolation[] {
  const planned = MODELS[cell.model].planLaw === 'due' ? plannedInClosedForm(cell) : null;
  if (planned === null) return [];
  return PHASES.flatMap((phase) => {
    const [left, right] = [planned[phase], totalsOf(phase).planned];
    return left === right
      ? []
      : [{ law: 'planned = the plan of the cell', left, right, where: `${cell.id}, ${phase}` }];
  });
}

/** A connection is open when its session is ready. */
function readyLaw({ cell, ready, connections: { opened } }: FinishedCell): LawViolation[] {
  if (ready === null || ready === opened) return [];
  return [{ law: 'ready.count = opened', left: ready, right: opened, where: cell.id }];
}
