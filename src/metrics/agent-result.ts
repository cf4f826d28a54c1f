import type { Quantiles } from './cell-result.js';
import type { HostFacts } from './client-result.js';
import type { CounterName } from './counters.js';

/** How an agent and its coordinator used the broker in a cell. */
export interface BusUse {
  /** How often the agent had to connect to the broker anew; null if it was lost. */
  readonly reconnects: number | null;
  /** Orders to it, beats among them, and its reports; those of a lost agent are not known. */
  readonly sent: number;
  /** How often one of them had to be sent again. */
  readonly repeated: number;
}

/** What one agent of a fleet did in a cell. */
export interface AgentResult {
  readonly agent: string;
  /** Its workers: numbers from the first up to, but not with, the second. */
  readonly workers: readonly [from: number, to: number];
  /** `unknown`: the coordinator was killed in this cell. */
  readonly status: 'done' | 'stopped' | 'lost' | 'unknown';
  readonly error: string | null;
  /**
   * Bound of the error of what is known about its clock, and how far the clock moved against the coordinator's while the
   * cell ran, microseconds. Latencies are measured on one clock each: this says how exactly the agents began together.
   * Null in a run that was killed.
   */
  readonly clock: { readonly errorUs: number; readonly driftUs: number } | null;
  /** Address of the target, as this agent resolved its name; null if it is not known. */
  readonly address: string | null;
  /** Null in a run that was killed. */
  readonly bus: BusUse | null;
  /** Null if it did not report any. */
  readonly host: HostFacts | null;
  /** Its part of the measure phase. What it owed when it was lost is among the messages. */
  readonly messages?: Readonly<Record<CounterName, number>> | undefined;
  /** The fewest of its connections held; null if it was lost. */
  readonly held?: number | null | undefined;
  /** Of its answered messages; null where there is none, or if it was lost. */
  readonly latencyUs?: Readonly<Record<'response' | 'service', Quantiles | null>> | undefined;
  /** HDR V2, zlib-compressed, base64; absent with more than 64 agents. */
  readonly histograms?: Readonly<Record<'response' | 'service', string | null>> | undefined;
}

/** The machines of a fleet in one cell. */
export interface MachinesResult {
  /** The worst in each respect; null if no agent reported. */
  readonly host: HostFacts | null;
  readonly agents: readonly AgentResult[];
}

/**
 * What became of the first agent that did not stay to the end of its part, in words; null if all did. Unknown ends of a killed run
 * are none.
 */
export function leftAgent(agents: readonly AgentResult[] = []): string | null {
  const left = agents.find(({ status }) => status === 'lost' || status === 'stopped');
  if (left === undefined) return null;
  const { agent, status, error } = left;
  if (status === 'stopped') return `agent ${agent} was told to leave`;
  if (error === null) return `agent ${agent} is gone`;
  // Of the agent itself, or of one of its workers.
  return error.startsWith(`agent ${agent} `) ? error : `agent ${agent}: ${error}`;
}

/**
 * How far apart the agents of a cell may have started, microseconds: the bounds and drifts of two clocks. Null if a clock
 * is not known.
 */
export function startSkewUs(agents: readonly AgentResult[]): number | null {
  const clocks = agents.flatMap(({ clock }) => (clock === null ? [] : [clock]));
  if (clocks.length < agents.length) return null;
  if (agents.length < 2) return 0;
  const bounds = clocks.map(({ errorUs, driftUs }) => errorUs + Math.abs(driftUs)).sort((a, b) => b - a);
  return bounds[0]! + bounds[1]!;
}
