import type { Machine } from './machine.js';
import type { EchoServer } from './served.js';

/** One figure of a contestant, taken anew in every round. */
export interface Metric {
  readonly key: string;
  readonly label: string;
  readonly format: (value: number) => string;
}

/** What one contestant gave in one round. Shares of a core: 1 is a whole one, null where nobody could look. */
export interface Round {
  readonly metrics: Readonly<Record<string, number>>;
  readonly clientCores: number | null;
  readonly serverCores: number | null;
  /** What everybody else on this machine used meanwhile. */
  readonly othersCores: number | null;
  /** Whatever else is worth keeping, for the JSON only. */
  readonly detail?: unknown;
}

/** The cores of a round in which nobody looked at them. */
export const UNSEEN = { clientCores: null, serverCores: null, othersCores: null } as const;

/** What a contestant is given for a round. */
export interface Setting {
  readonly machine: Machine;
  /** Null where the case has none. */
  readonly server: EchoServer | null;
  /** Length of the measured window. */
  readonly seconds: number;
}

export interface Contestant {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<Round>;
}

/** What a case is meant to reach, in medians over the rounds, or, without a bound, only compares. `to`: whom `of` is compared with. */
export interface Goal {
  readonly metric: string;
  readonly of: string;
  readonly by: { readonly kind: 'value' } | { readonly kind: 'ratio' | 'difference'; readonly to: string };
  readonly bound: { readonly least: number } | { readonly most: number } | null;
}

/** The server that the contestants of a case share, or each gets anew; `none` where there is none. */
export type ServerUse = 'shared' | 'shared-tls' | 'fresh' | 'none';

/** One thing that is measured, and by whom. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly server: ServerUse;
  /** Rounds and window where the command line does not say. */
  readonly rounds: number;
  readonly seconds: number;
  /** How often a round may be run again where others disturbed it. */
  readonly repeats: number;
  readonly metrics: readonly Metric[];
  readonly contestants: readonly Contestant[];
  readonly goals: readonly Goal[];
  /** What the reader has to know beside the figures. */
  readonly notes: readonly string[];
}
