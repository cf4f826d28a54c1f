export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A target that accepts connections now. */
export interface RunningTarget {
  /** Where to connect. For an embedded server it holds the real port. */
  readonly url: string;
  /** `uws` or `ws`; null if the server does not say. */
  readonly engine: string | null;
  /** A hint that the server gives its user (for example an engine to install), or null. */
  readonly hint: string | null;
  /** The process we started; null if we started none. */
  readonly pid: number | null;
  /** How the process we started ended. Null while it runs, or if we started none. */
  exited(): Exit | null;
  /** The last lines printed by the process we started; empty if there are none. */
  lastLines(): string;
  /** True if the process, or one that it started, did not end on SIGTERM in time and was killed. */
  wasKilled(): boolean;
  /** Ends the process and its descendants. Resolves when they are gone. May be called again. */
  stop(): Promise<void>;
}
