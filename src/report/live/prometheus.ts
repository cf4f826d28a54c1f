/** The state of a run in Prometheus' text format, in base units as usual there: seconds, bytes, ratios. */

import { sanitize } from '../../text/sanitize.js';
import { AGENT_STATES, type AgentNow } from '../shared/agents-now.js';
import type { ProgressState } from './progress.js';

/** Over all cells so far, the warm-ups included. */
export interface RunTotals {
  planned: number;
  sent: number;
  answered: number;
  timedOut: number;
  /** Answered with no. */
  failed: number;
  blocked: number;
  received: number;
  errors: number;
  bytesSent: number;
  bytesReceived: number;
}

/** Messages of one request over all cells so far, the warm-ups included. */
export type RequestTotals = Readonly<Record<(typeof REQUEST_STATES)[number], number>>;

export const REQUEST_STATES = ['planned', 'sent', 'answered', 'timedOut', 'failed', 'blocked'] as const;

/** Latency of one request over the measured time of the running cell so far, microseconds; null if there is none. */
export interface RequestLatency {
  readonly request: string;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** Deliveries of one request that reaches others, over all cells so far, the warm-ups included. */
export type DeliveryTotals = Readonly<Record<(typeof DELIVERY_STATES)[number], number>>;

/** The late ones are part of the missed. */
export const DELIVERY_STATES = ['delivered', 'missed', 'gone', 'deliveredLate', 'redelivered', 'replayed'] as const;

/** Deliveries of one request over the measured time of the running cell so far; times in microseconds, null if unknown. */
export interface DeliveryTimes {
  readonly request: string;
  /** 0 to 1; null if nobody was owed anything yet. */
  readonly reach: number | null;
  readonly times: readonly {
    /** `deliver` is of each delivery, the others are of whole messages. */
    readonly of: 'deliver' | 'first' | 'last' | 'spread';
    readonly p50Us: number | null;
    readonly p99Us: number | null;
    readonly maxUs: number | null;
  }[];
}

/** What each request did. Empty where cells have none. */
export interface RequestStates {
  readonly totals: ReadonlyMap<string, RequestTotals>;
  readonly latency: readonly RequestLatency[];
  /** By request; empty where none reaches others. */
  readonly deliveries: ReadonlyMap<string, DeliveryTotals>;
  readonly deliveryTimes: readonly DeliveryTimes[];
}

const NO_REQUESTS: RequestStates = { totals: new Map(), latency: [], deliveries: new Map(), deliveryTimes: [] };

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null];

/** The metrics as text. `state` is null between cells; metrics of a cell are left out then. */
export function prometheusText(
  run: string,
  totals: Readonly<RunTotals>,
  state: ProgressState | null,
  requests: RequestStates = NO_REQUESTS,
  agents: readonly AgentNow[] = [],
): string {
  const messages = (['planned', 'sent', 'answered', 'timedOut', 'failed', 'blocked', 'received'] as const).map(
    (name): Sample => [{ state: stateLabel(name) }, totals[name]],
  );
  const traffic: Sample[] = [
    [{ direction: 'sent' }, totals.bytesSent],
    [{ direction: 'received' }, totals.bytesReceived],
  ];
  return [
    family('wsurge_run_info', 'gauge', 'The running run.', [[{ run }, 1]]),
    family('wsurge_messages_total', 'counter', 'Messages so far.', messages),
    family('wsurge_bytes_total', 'counter', 'Bytes of messages so far.', traffic),
    family('wsurge_errors_total', 'counter', 'Failed connects and broken connections so far.', [[{}, totals.errors]]),
    ...requestFamilies(requests),
    ...deliveryFamilies(requests),
    ...agentFamilies(agents),
    ...(state === null ? [] : cellFamilies(state)),
  ].join('');
}

function stateLabel(name: keyof RunTotals): string {
  return name === 'timedOut' ? 'timed_out' : name;
}

function requestFamilies({ totals, latency }: RequestStates): string[] {
  const counts = [...totals].flatMap(([request, of]) =>
    REQUEST_STATES.map((name): Sample => [{ request, state: stateLabel(name) }, of[name]]),
  );
  const seconds = (us: number | null) => (us === null ? null : us / 1e6);
  const quantiles = latency.flatMap(({ request, p50Us, p99Us, maxUs }): Sample[] => [
    [{ request, quantile: '0.5' }, seconds(p50Us)],
    [{ request, quantile: '0.99' }, seconds(p99Us)],
    [{ request, quantile: '1' }, seconds(maxUs)],
  ]);
  return [
    family('wsurge_request_messages_total', 'counter', 'Messages so far by request.', counts),
    family(
      'wsurge_request_latency_seconds',
      'gauge',
      'Latency of the measured time of the cell so far, by request and quantile.',
      quantiles,
    ),
  ];
}

const DELIVERY_LABELS: Readonly<Partial<Record<(typeof DELIVERY_STATES)[number], string>>> = { deliveredLate: 'late' };

function deliveryFamilies({ deliveries, deliveryTimes }: RequestStates): string[] {
  const counts = [...deliveries].flatMap(([request, of]) =>
    DELIVERY_STATES.map((name): Sample => [{ request, state: DELIVERY_LABELS[name] ?? name }, of[name]]),
  );
  const seconds = (us: number | null) => (us === null ? null : us / 1e6);
  const quantiles = deliveryTimes.flatMap(({ request, times }) =>
    times.flatMap(({ of, p50Us, p99Us, maxUs }): Sample[] => [
      [{ request, of, quantile: '0.5' }, seconds(p50Us)],
      [{ request, of, quantile: '0.99' }, seconds(p99Us)],
      [{ request, of, quantile: '1' }, seconds(maxUs)],
    ]),
  );
  const reach = deliveryTimes.map(({ request, reach }): Sample => [{ request }, reach]);
  return [
    family('wsurge_deliveries_total', 'counter', 'Deliveries so far by request.', counts),
    family('wsurge_reach_ratio', 'gauge', 'Delivered of those owed in the measured time of the cell so far.', reach),
    family(
      'wsurge_deliver_seconds',
      'gauge',
      'Deliver time of the cell so far: of each delivery, the first and last of a message, and between them.',
      quantiles,
    ),
  ];
}

/** Every state has a count, also of none: an alert on lost agents needs a series before there is one. */
function agentFamilies(agents: readonly AgentNow[]): string[] {
  if (agents.length === 0) return [];
  const byName = [...agents].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  const counts = AGENT_STATES.map((state): Sample => [{ state }, agents.filter((each) => each.state === state).length]);
  const of = (value: (agent: AgentNow) => number | null) =>
    byName.map((each): Sample => [{ agent: each.agent }, value(each)]);
  return [
    family('wsurge_agents', 'gauge', 'Agents of the run by state.', counts),
    family(
      'wsurge_agent_info',
      'gauge',
      'Each agent of the run and its state.',
      byName.map(({ agent, state }): Sample => [{ agent, state }, 1]),
    ),
    family(
      'wsurge_agent_connections_open',
      'gauge',
      'Connections open now by agent.',
      of(({ open }) => open),
    ),
    family(
      'wsurge_agent_rate_answered',
      'gauge',
      'Messages answered in the last second by agent.',
      of(({ ratePerSecond }) => ratePerSecond),
    ),
    family(
      'wsurge_agent_busy_ratio',
      'gauge',
      'Busy share of the last second, of the busiest worker of each agent.',
      of(({ busy }) => busy),
    ),
  ];
}

function cellFamilies(state: ProgressState): string[] {
  const seconds = (us: number | null) => (us === null ? null : us / 1e6);
  const quantiles: Sample[] = [
    [{ quantile: '0.5' }, seconds(state.p50Us)],
    [{ quantile: '0.99' }, seconds(state.p99Us)],
    [{ quantile: '1' }, seconds(state.maxUs)],
  ];
  return [
    family('wsurge_cell_info', 'gauge', 'The running cell and its phase.', [
      [{ cell: state.cell, phase: state.stage }, 1],
    ]),
    family('wsurge_cells', 'gauge', 'Cells of the run.', [[{}, state.cells]]),
    family('wsurge_cell_number', 'gauge', 'Number of the running cell, from 1.', [[{}, state.cellNumber]]),
    family('wsurge_connections_open', 'gauge', 'Connections open now.', [[{}, state.open]]),
    family('wsurge_connections_asked', 'gauge', 'Connections asked for.', [[{}, state.asked]]),
    family('wsurge_rate_asked', 'gauge', 'Messages per second asked for.', [[{}, state.askedPerSecond]]),
    family('wsurge_rate_answered', 'gauge', 'Messages answered in the last second.', [[{}, state.ratePerSecond]]),
    family('wsurge_latency_seconds', 'gauge', 'Latency of the last second by quantile.', quantiles),
    family('wsurge_generator_busy_ratio', 'gauge', 'Busy share of the last second, of the busiest worker.', [
      [{}, state.busy],
    ]),
    family('wsurge_generator_blocked_seconds', 'gauge', 'Longest stall of a worker in the last second.', [
      [{}, state.blockedMs === null ? null : state.blockedMs / 1000],
    ]),
  ];
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const known = samples.filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  const lines = known.map(([labels, value]) => `${name}${labelText(labels)} ${value}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return sanitize(text, 200).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
