/**
 * Who is told what while the application works: the views of the command line, and the events of the library. Nothing
 * waits for them, and nothing that they do changes a result.
 */
import type { Turn } from '../campaign/ab-rounds.js';
import type { EventSink } from '../campaign/events.js';
import type { JudgeCell, RunEvent } from './events.js';

export interface Watch {
  /** What a user should know of the way, the machine or the figures, a sentence each. */
  warn(texts: readonly string[]): void;
  /** A redirect is followed. Told also to who asked for few words: the load goes elsewhere than the user named. */
  redirected(notes: readonly string[]): void;
}

/** Told of everything that happens, from the plan to the verdict. */
export interface LoadWatch extends Watch {
  /** `turn`: of a comparison, to which the event belongs; null for what belongs to the whole. */
  tell(event: RunEvent, turn: Turn | null): void;
}

/** Tells `watch` what happens in a campaign, with how each cell is judged. */
export function toldTo(watch: Pick<LoadWatch, 'tell'>, judge: JudgeCell, turn: Turn | null = null): EventSink {
  return (event) => watch.tell(event.type === 'cell' ? { ...event, judged: judge(event.result) } : event, turn);
}

/** Takes what happens under load where nobody asked. */
export const UNWATCHED: EventSink = () => undefined;
