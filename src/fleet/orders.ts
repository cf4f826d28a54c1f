/**
 * What a coordinator and its agents say to each other, as plain data. An order goes to one agent, a report comes back
 * from it. Every one of them is a question that is repeated until it is answered, and counted once.
 */
import type { ToldError } from '../bus/answer-book.js';
import type { CanaryReport } from '../coordinator/canary.js';
import type { BusUse } from '../metrics/agent-result.js';
import type { HostFacts } from '../metrics/client-result.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { GroupEnd } from '../metrics/group-end.js';
import type { PackedLine } from '../metrics/packed-line.js';
import type { PlannedMessages } from '../metrics/planned.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import type { Reuse, Used } from '../plan/hand-out.js';
import type { Pacing } from '../plan/pacing.js';
import type { Row } from '../plan/rows.js';
import type { Target } from '../profile/profile.js';
import type { NamedRows, RowPiece } from './row-pieces.js';

/** Why the load of an agent that was told to leave ended. */
export const TOLD_TO_LEAVE = 'was told to leave before the end of the load';

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
  readonly state:
    | { readonly kind: 'idle' }
    /** `since`: wall time of the agent, ISO 8601. */
    | { readonly kind: 'busy'; readonly by: string; readonly run: string; readonly since?: string };
  readonly environment: GeneratorEnvironment;
  /** See `machine/loopback.ts`; null if it does not know. */
  readonly loopback: string | null;
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
  /** The rows of data of these workers' connections; absent for none. */
  readonly rows?: NamedRows;
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
      readonly endpoint: Endpoint;
      readonly env: Readonly<Record<string, string>>;
      /** Of the test connection; absent if the run has no rows. */
      readonly row?: Row;
      /** Struck out of what the server says: it may repeat what it was sent. */
      readonly secrets: readonly string[];
    }
  /** Rows of data, kept for the run. */
  | ({ readonly kind: 'rows' } & RowPiece)
  /** Makes the workers ready. Answer: `Prepared`, or `RowsMissing`: send these and ask again. */
  | { readonly kind: 'prepare'; readonly shard: AgentShard }
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
   * `reach`, `rows`, `beat`, `release`.
   */
  readonly epoch: number;
}

export interface Reached {
  readonly addresses: readonly string[];
  /** The `Location` of each redirect that was followed, as the servers wrote them. */
  readonly redirects: readonly string[];
  readonly canary: CanaryReport;
  /** What a user should know of the way there. */
  readonly notes: readonly string[];
}

export interface Prepared {
  /** SHA-256 of the cell that the agent decoded (`plan/cell-hash.ts`). The coordinator refuses any other than its own. */
  readonly cellHash: string;
  /** Messages that its workers plan. Null where they are so many that a walk would take long. */
  readonly planned: PlannedMessages | null;
  /** Of the target, as the agent resolved its name; null where a proxy does. */
  readonly address: string | null;
}

export interface RowsMissing {
  /** SHA-256 of the pieces, hex. */
  readonly missing: readonly string[];
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
  | {
      readonly kind: 'done';
      readonly reports: number;
      readonly end: GroupEnd;
      readonly host: HostFacts;
      /** Of its reports of this cell before this one. */
      readonly bus: BusUse;
    }
  /** The agent was told to end: it stops its load. */
  | { readonly kind: 'leaving'; readonly why: string };

export interface ReportContext {
  readonly agent: string;
  readonly epoch: number;
}

/** What an order or a report is refused with. */
export type Refusal = ToldError;
