import type { Aggregation, MetricName } from './profile.js';

export type MetricType = 'trend' | 'counter' | 'rate' | 'gauge';
export type MetricUnit = 'us' | 'bytes' | 'percent' | 'ratio' | 'count';

export interface Metric {
  readonly type: MetricType;
  /** The unit of its values and of threshold limits; a ratio is 0 to 1, a percent 0 to 100 (of one core). */
  readonly unit: MetricUnit;
  readonly meaning: string;
}

/** Every metric a threshold can name. Types follow k6. */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  ws_connecting: { type: 'trend', unit: 'us', meaning: 'time to connect, from the planned instant to open' },
  ws_session_duration: { type: 'trend', unit: 'us', meaning: 'how long connections stayed open' },
  ws_ping: { type: 'trend', unit: 'us', meaning: 'ping to pong' },
  ws_response_time: { type: 'trend', unit: 'us', meaning: 'from the planned instant of a message to its reply' },
  ws_service_time: { type: 'trend', unit: 'us', meaning: 'from the sending of a message to its reply' },
  ws_send_lag: { type: 'trend', unit: 'us', meaning: "the generator's own lateness in sending" },
  ws_sessions: { type: 'counter', unit: 'count', meaning: 'connections opened' },
  ws_msgs_sent: { type: 'counter', unit: 'count', meaning: 'messages sent' },
  ws_msgs_received: { type: 'counter', unit: 'count', meaning: 'messages received' },
  ws_msgs_lost: { type: 'counter', unit: 'count', meaning: 'messages never answered' },
  ws_msgs_duplicated: { type: 'counter', unit: 'count', meaning: 'replies that came twice' },
  ws_msgs_reordered: { type: 'counter', unit: 'count', meaning: 'replies that came out of order' },
  ws_msgs_corrupted: { type: 'counter', unit: 'count', meaning: 'replies with other bytes than sent' },
  ws_msgs_misdelivered: { type: 'counter', unit: 'count', meaning: 'replies meant for another connection' },
  ws_close_codes: { type: 'counter', unit: 'count', meaning: 'connections closed; select one code with {code:1006}' },
  ws_msgs_answered: { type: 'rate', unit: 'ratio', meaning: 'share of the planned messages that were answered' },
  ws_connections_held: { type: 'gauge', unit: 'count', meaning: 'fewest connections open during the measurement' },
  server_cpu_percent: { type: 'gauge', unit: 'percent', meaning: "the server's CPU; 100 is one core" },
  server_rss_per_connection: { type: 'gauge', unit: 'bytes', meaning: "the server's memory per connection" },
};

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** Which aggregations make sense for a type of metric. */
export const AGGREGATIONS: Readonly<Record<MetricType, readonly Aggregation['kind'][]>> = {
  trend: ['avg', 'min', 'max', 'med', 'percentile'],
  counter: ['count', 'rate'],
  rate: ['rate'],
  gauge: ['value'],
};

export const SELECTOR_KEYS = ['load', 'cell', 'connections', 'rate', 'engine', 'code'] as const;
