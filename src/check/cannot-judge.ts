import { type Evidence, type Outcome, skipped } from './check.js';

/** For now. */
export function cannotJudge(reason: string, evidence: Partial<Evidence> = {}): Outcome {
  return skipped(reason, evidence);
}
