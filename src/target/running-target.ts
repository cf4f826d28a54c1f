import type { OutputTail } from './output-tail.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A target that takes connections now. */
export interface RunningTarget {
  /** Where to connect; with the real port of an embedded server. */
  readonly url: string;
  /** `uws`, `ws`, or null where the server does not say. */
  readonly engine: string | null;
  /** What the server suggests to its user (an engine to install), or null. */
  readonly hint: string | null;
  /** The process we started, or null where there was nothing to start. */
  readonly pid: number | null;
  /** How the process we started ended; null while it runs, or where we started none. */
  exited(): Exit | null;
  /** What the process we started printed last; empty where it printed nothing, or we started none. */
  lastLines(): string;
  /** What the process we started printed, on both streams; null where we started none. */
  readonly output: Pick<OutputTail, 'mark' | 'since'> | null;
  /** Whether it, or something that it started, did not end on SIGTERM in time and was killed. */
  wasKilled(): boolean;
  /** Ends the process and its descendants; resolves when they are gone. Any number of calls. */
  stop(): Promise<void>;
}
