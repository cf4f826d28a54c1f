/** The state of a run in Prometheus' text format, in base units as usual there: seconds, bytes, ratios. */

import { sanitize } from '../../text/sanitize.js';
import type { ProgressState } from './progress.js';

/** Over all cells so far, the warm-ups included. */
export interface RunTotals {
  planned: number;
  sent: number;
  answered: number;
  timedOut: number;
  received: number;
  errors: number;
  bytesSent: number;
  bytesReceived: number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null];

/** The metrics as text. `state` is null between cells; metrics of a cell are left out then. */
export function prometheusText(run: string, totals: Readonly<RunTotals>, state: ProgressState | null): string {
  const messages = (['planned', 'sent', 'answered', 'timedOut', 'received'] as const).map(
    (name): Sample => [{ state: name === 'timedOut' ? 'timed_out' : name }, totals[name]],
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
    ...(state === null ? [] : cellFamilies(state)),
  ].join('');
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
