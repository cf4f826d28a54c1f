import type { CampaignEvent } from '../../campaign/events.js';
import type { CheckResult } from '../../check/runner.js';

/** What a call tells while it goes on, in the order in which it happens. */
export type LibraryEvent =
  | CampaignEvent
  /** Of `check`: a check has its result. */
  | { readonly type: 'check'; readonly result: CheckResult }
  /** What a user should know of the way to the target, the machine or the figures. */
  | { readonly type: 'warning'; readonly text: string };
