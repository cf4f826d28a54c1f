/** How evenly deliveries came to the connections. The share of a connection: delivered / (delivered + missed). */
export interface SubscribersResult {
  /** Connections that were owed deliveries. */
  readonly count: number;
  /** Jain's fairness index of their shares: 1 if all are equal; null of a single one, or if none got anything. */
  readonly jain: number | null;
  /** Connections that missed any delivery, and those that got none at all; absent in results of older versions. */
  readonly missing?: number | undefined;
  readonly unreached?: number | undefined;
  /** Those that missed any, the smallest share first; at most ten. */
  readonly worst: readonly { readonly connection: number; readonly delivered: number; readonly owed: number }[];
  /** The shares of all, sorted, thinned to at most 100. */
  readonly curve: readonly number[];
  /** By deliver time, the longest 99th percentile first; at most ten. Absent without `fairness`. */
  readonly slowest?:
    | readonly { readonly connection: number; readonly p50Us: number; readonly p99Us: number }[]
    | undefined;
  /** The 99th percentiles of all that have one, sorted, thinned to at most 100; absent without `fairness`. */
  readonly p99CurveUs?: readonly number[] | undefined;
}

/**
 * How evenly the connections were answered: `fairness`. The share of a connection: answered / planned messages that have
 * a reply. Quantiles of the headline, microseconds, are told to a fifth; null if one lies among the unanswered.
 */
export interface ConnectionsResult {
  /** Connections with such messages. */
  readonly count: number;
  /** Jain's fairness index of their shares: 1 if all are equal; null of a single one, or if none got anything. */
  readonly jain: number | null;
  /** The smallest share first, and of equal shares the longest 99th percentile; at most ten. */
  readonly worst: readonly {
    readonly connection: number;
    readonly answered: number;
    readonly awaited: number;
    readonly p50Us: number | null;
    readonly p99Us: number | null;
  }[];
  /** The shares of all, sorted, thinned to at most 100; so the 99th percentiles of all that have one. */
  readonly curve: readonly number[];
  readonly p99CurveUs: readonly number[];
}
