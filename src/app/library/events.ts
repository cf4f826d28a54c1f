import type { Turn } from '../../campaign/ab-rounds.js';
import type { CheckResult } from '../../check/runner.js';
import type { RunEvent } from '../events.js';

/** What a call tells while it goes on, in the order in which it happens. */
export type LibraryEvent =
  | (RunEvent & {
      /** Of `ab`: the turn to which the event belongs. */
      readonly turn?: Turn;
    })
  /** Of `check`: a check has its result. */
  | { readonly type: 'check'; readonly result: CheckResult }
  /** What a user should know of the way to the target, the machine or the figures. */
  | { readonly type: 'warning'; readonly text: string };
