import type { Cell, Endpoint } from '../plan/cell.js';

export interface CanaryOptions {
  /** What `canaryCells` gave: a test connection is made for each. */
  readonly cells: readonly Cell[];
  readonly endpoint: Endpoint;
  readonly env: Readonly<Record<string, string>>;
  /** Where the path of a script begins if it is relative. Absent: the working folder. */
  readonly folder?: string;
  readonly data: readonly Readonly<Record<string, string>>[];
  /** Makes a text of the server safe to print. */
  readonly printable: (text: string, maxLength: number) => string;
  /**
   * Makes a line of a transcript safe to print. It strikes less out than `printable`, so that what was sent can be
   * read. `values`: what was captured, by name. Absent for `printable`.
   */
  readonly transcribed?: (text: string, maxLength: number, values: Readonly<Record<string, unknown>>) => string;
  /** The target's URL in the form that may be shown. */
  readonly shownUrl: string;
  readonly signal: AbortSignal;
  /** After so long in one call of a script the test connection has failed; shorter in tests. */
  readonly stuckMs?: number;
}
