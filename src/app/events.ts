import type { CampaignEvent } from '../campaign/events.js';
import type { MachineCanary } from '../coordinator/canary.js';
import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';
import type { StepBlame } from '../verdict/capacity-step.js';
import type { Reason, TargetStatus, Validity } from '../verdict/verdict.js';

/** What is about to run. Told first, before the target is asked anything. */
export interface PlanEvent {
  readonly type: 'plan';
  readonly command: 'run' | 'ab' | 'capacity';
  /** Of the profile. */
  readonly name: string;
  /** The folder of the results; null where nothing will be run. */
  readonly folder: string | null;
  /** What is loaded: one server, or the two builds of a comparison. */
  readonly targets: readonly string[];
  /** Null for a search, whose cells follow from their results. */
  readonly cells: readonly Cell[] | null;
  readonly workers: number;
  readonly pacing: string;
}

/** The target has answered one message. */
export interface CanaryEvent {
  readonly type: 'canary';
  readonly url: string;
  readonly engine: string | null;
  /** Of each machine that makes the load. */
  readonly canaries: readonly MachineCanary[];
}

/** What came of it all. Told last. Null is what this command has not. */
export interface VerdictEvent {
  readonly type: 'verdict';
  readonly passed: boolean;
  readonly exitCode: number;
  /** Of a run. */
  readonly validity: Validity | null;
  /** Of a run or a search: how the server did. */
  readonly target: TargetStatus | null;
  /** Of a comparison: `REGRESSED`, `PASSED`, ... */
  readonly word: string | null;
  /** Of a search: the answer in one line. */
  readonly answer: string | null;
}

/** A measured cell has its result, and is judged by itself. */
export type JudgedCellEvent = Extract<CampaignEvent, { type: 'cell' }> & { readonly judged: CellJudged };

/** What happens in a campaign. */
export type LoadEvent = Exclude<CampaignEvent, { type: 'cell' }> | JudgedCellEvent;

/** Everything that happens from the plan to the verdict, in that order: the one stream that all who watch are told. */
export type RunEvent =
  | PlanEvent
  | CanaryEvent
  | LoadEvent
  | { readonly type: 'reason'; readonly reason: Reason }
  | VerdictEvent;

/** How a cell is judged by itself. A step of a search says more: whether it held, and if not, why. */
export interface CellJudged {
  readonly validity: Validity;
  readonly target: TargetStatus;
  readonly step?: { readonly passed: boolean; readonly by: StepBlame | null; readonly why: string | null };
}

export type JudgeCell = (result: CellResult) => CellJudged;
