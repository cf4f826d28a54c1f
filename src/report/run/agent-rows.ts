/** What the agents of a fleet did in a cell, as texts, the worst first. */
import type { JudgedCell } from '../../documents/result-document.js';
import { startSkewUs } from '../../metrics/agent-result.js';
import type { WorkerResult } from '../../metrics/cell-result.js';
import { latencyText, NOT_AVAILABLE, rateText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCounted } from '../../units.js';
import { namedCells } from './fanout-tables.js';

/** Characters of the name of an agent. */
const MOST_NAME = 48;

export interface AgentRow {
  /** Its cell's id. */
  readonly where: string;
  readonly agent: string;
  /** How many. */
  readonly workers: string;
  /** Answered messages a second. */
  readonly rate: string;
  /** Of its slowest worker, ms: response time, and how late it sent. */
  readonly p99: string;
  readonly lag: string;
  /** Of its busiest worker, percent. */
  readonly busy: string;
  /** Bound of the error of its clock's offset, ms. */
  readonly clock: string;
  readonly status: string;
}

export const AGENT_HEADS = {
  agent: 'agent',
  workers: 'workers',
  rate: 'msg/s',
  p99: 'p99, ms',
  lag: 'lag p99, ms',
  busy: 'busy, %',
  clock: 'clock, ms',
  status: 'status',
} as const satisfies Partial<Record<keyof AgentRow, string>>;

/** Empty where one machine made the load. */
export function agentRows(cells: readonly JudgedCell[]): AgentRow[] {
  return cells.flatMap((cell) => {
    const { agents = [], workers } = cell.client;
    const seconds = measuredSeconds(cell);
    const rows = agents.map((agent) => {
      const [from, to] = agent.workers;
      const own = workers.filter(({ worker }) => worker >= from && worker < to);
      const p99 = worst(own, ({ responseUs }) => responseUs?.p99 ?? null);
      const busy = worst(own, (worker) => worker.busy);
      // Not all workers of a large fleet are listed. Results of older versions have no messages of an agent.
      const answered = agent.messages?.answered ?? own.reduce((sum, { messages }) => sum + messages.answered, 0);
      const row: AgentRow = {
        where: sanitize(cell.id, 80),
        agent: sanitize(agent.agent, MOST_NAME),
        workers: String(to - from),
        rate: rateText(seconds === 0 ? null : answered / seconds),
        p99: latencyText(p99),
        lag: latencyText(worst(own, ({ lagUs }) => lagUs?.p99 ?? null)),
        busy: busy === null ? NOT_AVAILABLE : (busy * 100).toFixed(1),
        clock: agent.clock === null ? NOT_AVAILABLE : `± ${latencyText(agent.clock.errorUs)}`,
        status: sanitize(agent.error === null ? agent.status : `${agent.status}: ${agent.error}`, 200),
      };
      const lag = worst(own, ({ lagUs }) => lagUs?.p95 ?? null);
      const waited = worst(own, ({ runQueueWait }) => runQueueWait);
      return { row, bad: [STATUS_RANK[agent.status], p99, lag, waited].map((value) => value ?? 0) };
    });
    return rows.sort((a, b) => worseFirst(a.bad, b.bad)).map(({ row }) => row);
  });
}

/** Who did not stay comes first, whatever the figures of the others are. */
const STATUS_RANK = { lost: 3, stopped: 2, unknown: 1, done: 0 } as const;

/** By the first figure in which two agents differ: status, p99, p95 of the send lag, wait for a processor. */
function worseFirst(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return b[i]! - value;
  return 0;
}

/** `2 agents, started within 0.41 ms of each other`; null where one machine made the load. */
export function agentsSentence(cells: readonly JudgedCell[]): string | null {
  const ofFleets = cells.filter(({ client }) => client.agents !== undefined);
  if (ofFleets.length === 0) return null;
  const count = Math.max(...ofFleets.map(({ client }) => client.agents!.length));
  if (count === 1) return 'one agent made the load';
  const skews = ofFleets.flatMap((cell) => {
    const us = startSkewUs(cell.client.agents!);
    return us === null ? [] : [{ id: cell.id, us }];
  });
  // A killed run did not keep what was known of clocks.
  if (skews.length === 0) return `${formatCounted(count, 'agent')} made the load`;
  const largest = skews.reduce((most, each) => (each.us > most.us ? each : most));
  const where = ofFleets.length === 1 ? '' : ` (at most; ${namedCells([largest.id], cells)})`;
  return `${formatCounted(count, 'agent')}, started within ${latencyText(largest.us)} ms of each other${where}`;
}

function measuredSeconds({ rate, flows }: JudgedCell): number {
  const answered = flows[0]?.messages.answered ?? 0;
  return rate.answeredPerSecond === 0 ? 0 : answered / rate.answeredPerSecond;
}

function worst(workers: readonly WorkerResult[], pick: (worker: WorkerResult) => number | null): number | null {
  const known = workers.map(pick).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
