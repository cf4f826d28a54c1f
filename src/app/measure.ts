import type { CampaignDeps } from '../campaign/campaign.js';
import { FixedList } from '../campaign/cell-source.js';
import type { EventSink } from '../campaign/events.js';
import type { ResultDocument } from '../documents/result-document.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Profile } from '../profile/profile.js';
import { type JudgeOptions, judge } from '../verdict/judge.js';
import { judgeCell } from '../verdict/validity.js';
import type { Verdict } from '../verdict/verdict.js';
import type { JudgeCell } from './events.js';
import { type RunParts, runDocument } from './run-documents.js';
import type { TargetSession } from './target-session.js';

/** How the cells of a plan are run, beside the plan itself. */
export type Conduct = Pick<CampaignDeps, 'runner' | 'preWarm' | 'twins' | 'extension'>;

export interface MeasureRequest {
  readonly parts: RunParts;
  /** The server, up and reached. */
  readonly session: TargetSession;
  readonly conduct: Conduct;
  readonly rules: Omit<JudgeOptions, 'accuracy'>;
}

export interface Measured {
  readonly outcome: RunOutcome;
  readonly verdict: Verdict;
  readonly document: ResultDocument;
}

/** Loads a server with the cells of a plan, judges what came of it and makes the document. Writes no file. */
export async function measure({ parts, session, conduct, rules }: MeasureRequest, sink: EventSink): Promise<Measured> {
  const outcome = await session.run({ ...conduct, source: new FixedList(parts.plan.cells) }, sink);
  const verdict = judgeRun(parts, outcome, rules);
  return { outcome, verdict, document: runDocument(parts, session, outcome, verdict) };
}

/** How a cell of a profile is judged by itself. */
export function judgeBy({ thresholds, accuracy }: Profile): JudgeCell {
  return (result) => judgeCell(result, thresholds, accuracy);
}

/** Judges by the thresholds and the accuracy of the profile. */
export function judgeRun(
  { parsed: { profile } }: Pick<RunParts, 'parsed'>,
  outcome: RunOutcome,
  { strict, defaultGates }: MeasureRequest['rules'],
): Verdict {
  return judge(outcome, profile.thresholds, { strict, defaultGates, accuracy: profile.accuracy });
}
