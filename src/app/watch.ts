/**
 * Who is told what while the application works: the views of the command line, and the events of the library. Nothing
 * waits for them, and nothing that they do changes a result.
 */
import type { EventSink } from '../campaign/events.js';
import type { TargetSession } from './target-session.js';

export interface Watch {
  /** What a user should know of the way, the machine or the figures, a sentence each. */
  warn(texts: readonly string[]): void;
  /** A redirect is followed. Told also to who asked for few words: the load goes elsewhere than the user named. */
  redirected(notes: readonly string[]): void;
}

export interface LoadWatch extends Watch {
  /** Told everything that happens under load. */
  readonly sink: EventSink;
}

/** A server that has answered one message. */
export type Reached = Pick<TargetSession, 'target' | 'endpoint' | 'canary'>;

/** Takes what happens under load where nobody asked. */
export const UNWATCHED: EventSink = () => undefined;
