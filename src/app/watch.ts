/**
 * Who is told what while the application works: the views of the command line, and the events of the library. Nothing
 * waits for them, and nothing that they do changes a result.
 */
import type { Turn } from '../campaign/ab-rounds.js';
import type { CampaignEvent, EventSink } from '../campaign/events.js';
import type { JudgeCell, RunEvent } from './events.js';

export interface Watch {
  /** What a user should know of the way, the machine or the figures, a sentence each. */
  warn(texts: readonly string[]): void;
  /** A redirect is followed. Told also to who asked for few words: the load goes elsewhere than the user named. */
  redirected(notes: readonly string[]): void;
}

/** What happens outside of a campaign. */
export type OutsideEvent = Exclude<RunEvent, CampaignEvent>;

export interface EventWatch extends Watch {
  /** `turn`: of a comparison, to which the event belongs; null for what belongs to the whole. */
  tell(event: OutsideEvent, turn: Turn | null): void;
}

export interface LoadWatch extends EventWatch {
  /** Who is told what happens in a campaign. `judge`: how its cells are judged. */
  sinkOf(judge: JudgeCell, turn: Turn | null): EventSink;
}

/** Takes what happens under load where nobody asked. */
export const UNWATCHED: EventSink = () => undefined;
