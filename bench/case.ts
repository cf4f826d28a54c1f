import type { Machine } from './machine.js';
import type { EchoServer } from './served.js';

/** One figure of a contestant, measured in every round. */
export interface Metric {
  readonly key: string;
  readonly label: string;
  readonly format: (value: number) => string;
}

/** The figures of one contestant in one round. CPU as a share of one core; null if it could not be read. */
export interface Round {
  readonly metrics: Readonly<Record<string, number>>;
  readonly clientCores: number | null;
  readonly serverCores: number | null;
  /** CPU that all other processes of this machine used meanwhile. */
  readonly othersCores: number | null;
  /** Further values, for the JSON only. */
  readonly detail?: unknown;
}

/** The CPU of a round in which it was not read. */
export const UNSEEN = { clientCores: null, serverCores: null, othersCores: null } as const;

/** What a contestant is given for a round. */
export interface Setting {
  readonly machine: Machine;
  /** Null if the case has none. */
  readonly server: EchoServer | null;
  /** Length of the measured window. */
  readonly seconds: number;
}

export interface Contestant {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<Round>;
}

/** A goal of a case, in medians over the rounds: `of` compared with `to`. Without a bound it is only a comparison. */
export interface Goal {
  readonly metric: string;
  readonly of: string;
  readonly by: { readonly kind: 'value' } | { readonly kind: 'ratio' | 'difference'; readonly to: string };
  readonly bound: { readonly least: number } | { readonly most: number } | null;
}

/** The server of a case: shared by the contestants, a fresh one for each, or `none`. A hub sends to all. */
export type ServerUse = 'shared' | 'shared-tls' | 'shared-hub' | 'fresh' | 'none';

/** One thing that is measured, with its contestants. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly server: ServerUse;
  /** Rounds and window, if the command line does not say. */
  readonly rounds: number;
  readonly seconds: number;
  /** How often a round may be repeated if other processes disturbed it. */
  readonly repeats: number;
  readonly metrics: readonly Metric[];
  readonly contestants: readonly Contestant[];
  readonly goals: readonly Goal[];
  /** What the reader has to know besides the figures. */
  readonly notes: readonly string[];
}
