/**
 * What a coordinator and its agents say to each other, as plain data. An order goes to one agent, a report comes back
 * from it. Every one of them is a question that is repeated until it is answered, and counted once.
 */
import type { HostFacts } from '../metrics/client-result.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { GroupEnd } from '../metrics/group-end.js';
import type { PackedLine } from '../metrics/packed-line.js';
import type { PlannedMessages } from '../metrics/planned.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import type { Reuse, Row, Used } from '../plan/hand-out.js';
import type { Pacing } from '../plan/pacing.js';
import type { Target } from '../profile/profile.js';

/** Version of these messages. Both sides must speak the same. */
export const PROTOCOL = 1;

/** After so long without a beat an agent stops its load by itself, ms. */
export const LEASE_MS = 10_000;
/** How often the coordinator sends a beat, ms. */
export const BEAT_MS = 1000;
/** The coordinator calls an agent lost so long after its lease is over, ms: the agent has stopped by then. */
export const LOST_AFTER_MS = LEASE_MS + 2000;

/** Asks all agents of a fleet who they are. */
export const whoSubject = (fleet: string): string => `wsurge.${fleet}.who`;
export const orderSubject = (fleet: string, agent: string): string => `wsurge.${fleet}.agent.${agent}.order`;
export const reportSubject = (fleet: string, run: string): string => `wsurge.${fleet}.run.${run}.up`;

/** What an agent answers to `who`. */
export interface AgentInfo {
  readonly protocol: number;
  /** Of wsurge. */
  readonly version: string;
  /** Name and the first 8 hex digits of its boot: another one after a restart. */
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: { readonly kind: 'idle' } | { readonly kind: 'busy'; readonly by: string; readonly run: string };
  readonly environment: GeneratorEnvironment;
  readonly offers: Offer;
  /** Hosts that its own `--allow-target` names. */
  readonly allows: readonly string[];
  /** Shares of the last 10 s without load, 0 to 1; null if unknown. */
  readonly idle: { readonly runQueueWait: number | null; readonly steal: number | null };
}

/** What an agent takes on at most. */
export interface Offer {
  readonly workers: number;
  /** Null: no limit. */
  readonly connections: number | null;
  readonly perSecond: number | null;
}

/** The part of a cell that one agent runs: workers `from` up to, but not with, `to` of `workers`. */
export interface AgentShard {
  readonly cell: Cell;
  readonly from: number;
  readonly to: number;
  readonly workers: number;
  readonly endpoint: Endpoint;
  readonly env: Readonly<Record<string, string>>;
  /** The rows of the connections of these workers; see `rowsOf`. */
  readonly data: readonly Row[];
  readonly reuse?: Reuse;
  readonly used?: Used;
  readonly pacing: Pacing;
  readonly longestMs?: number;
}

/** How a run reaches its target, judged and resolved by each agent for itself. */
export interface AgentTarget {
  readonly target: Target;
  readonly peakConnections: number;
  /** Null: as many as the target answers. */
  readonly peakPerSecond: number | null;
}

/** From the coordinator to one agent. Times are those of the agent's own clock, microseconds. */
export type Order =
  /** Takes the agent for a run, or says who has it. Refused if it is another's. */
  | { readonly kind: 'lease'; readonly by: string; readonly instrumentCheck: boolean }
  /** Judges the target, resolves its name and sends the canary with these cells. Answer: `Reached`. */
  | {
      readonly kind: 'reach';
      readonly target: AgentTarget;
      readonly cells: readonly Cell[];
      readonly shard: AgentShard;
    }
  /** Makes the workers ready. `cellHash`: SHA-256 of the cell's JSON; the agent computes its own. Answer: `Prepared`. */
  | { readonly kind: 'prepare'; readonly shard: AgentShard; readonly planHash: string }
  | { readonly kind: 'connect'; readonly atUs: number; readonly upTo?: number }
  | { readonly kind: 'start'; readonly t0Us: number }
  | { readonly kind: 'extend'; readonly durationMs: number }
  | { readonly kind: 'restarted'; readonly event: number }
  | { readonly kind: 'stop'; readonly deadlineMs: number }
  | { readonly kind: 'beat' }
  /** The cell is over for the coordinator, whatever the agent thinks. */
  | { readonly kind: 'release' };

/** Every order carries these, too: the body of a question is `{ run, epoch, order }`. */
export interface OrderContext {
  readonly run: string;
  /**
   * Rises with every cell. An order of an older cell is refused as `gone`. 0 for what belongs to no cell: `lease`,
   * `reach`, `beat`, `release`.
   */
  readonly epoch: number;
}

export interface Reached {
  readonly address: string | null;
  readonly addresses: readonly string[];
  /** The canary's report, as `runCanary` gives it. */
  readonly canary: unknown;
}

export interface Prepared {
  /** SHA-256 of the cell that the agent decoded, hex. */
  readonly cellHash: string;
  /** Messages that its workers plan. Null where they are so many that a walk would take long. */
  readonly planned: PlannedMessages | null;
}

/** From an agent to the coordinator of its run. Answer: `ok`, or `gone`: the agent stops at once. */
export type Report =
  /** All connections of the order `connect` with this number (from 0 in each cell) have opened or failed. */
  | { readonly kind: 'connected'; readonly call: number; readonly open: number }
  /**
   * Lines of all its workers together, in the order in which they were written. `n`: number of this report in its cell,
   * from 0.
   */
  | { readonly kind: 'lines'; readonly n: number; readonly lines: readonly PackedLine[] }
  | { readonly kind: 'done'; readonly reports: number; readonly end: GroupEnd; readonly host: HostFacts }
  /** The agent was told to end: it stops its load. */
  | { readonly kind: 'leaving'; readonly why: string };

export interface ReportContext {
  readonly agent: string;
  readonly epoch: number;
}

/** What an order or a report is refused with. */
export interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly next: string | null };
}
