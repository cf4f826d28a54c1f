import type { Aggregation } from './profile.js';

export type MetricType = 'trend' | 'counter' | 'rate' | 'gauge';
export type MetricUnit = 'us' | 'bytes' | 'percent' | 'ratio' | 'count';

export interface Metric {
  readonly type: MetricType;
  /** The unit of its values and of threshold limits; a ratio is 0 to 1, a percent 0 to 100 (of one core). */
  readonly unit: MetricUnit;
  readonly meaning: string;
  /** How one threshold over several cells is evaluated. */
  readonly pooled: string;
  /** For a metric that is a time of messages: which one. The generator's lateness may be part of it. */
  readonly latency?: 'response' | 'service' | 'lag' | DeliverTime;
  /** True for counts of failures: none of them says nothing if there were no messages. */
  readonly needsMessages?: true;
  /** True if each request has its own: it can be selected with `{request:name}`. */
  readonly byRequest?: true;
  /** True if it is about messages that reach many connections, so that a load without any has no value. */
  readonly ofDeliveries?: true;
}

/** Which time of a message that reaches many: of each delivery, or of the message's first and last one, or between. */
export type DeliverTime = 'deliver' | 'first' | 'last' | 'spread';

/** Every metric that a threshold can name. Types follow k6. How each is measured: `verdict/metric-values.ts`. */
const ALL = {
  ws_connecting: {
    type: 'trend',
    unit: 'us',
    meaning: 'time to connect, from the planned instant to open',
    pooled: 'pooled; a connection that never opened ranks last',
  },
  ws_session_time: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the upgrade until the session was ready',
    pooled: 'pooled; a connection that never opened ranks last',
  },
  ws_step_time: {
    type: 'trend',
    unit: 'us',
    meaning: 'how long the named steps of a session took; select one with {step:login}',
    pooled: 'pooled, over the steps that were done',
  },
  ws_session_duration: {
    type: 'trend',
    unit: 'us',
    meaning: 'how long connections stayed open',
    pooled: 'must hold for the fastest and for the slowest',
  },
  ws_ping: {
    type: 'trend',
    unit: 'us',
    meaning: 'ping to pong',
    pooled: 'must hold for the fastest and for the slowest',
  },
  ws_response_time: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the planned instant of a message to its reply',
    pooled: 'pooled',
    latency: 'response',
    byRequest: true,
  },
  ws_service_time: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the sending of a message to its reply',
    pooled: 'pooled',
    latency: 'service',
    byRequest: true,
  },
  ws_send_lag: {
    type: 'trend',
    unit: 'us',
    meaning: "the generator's own lateness in sending",
    pooled: 'pooled',
    latency: 'lag',
    byRequest: true,
  },
  ws_deliver_time: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the planned instant of a message to its delivery to a connection, over all deliveries',
    pooled: 'pooled; a missed delivery ranks last',
    latency: 'deliver',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_deliver_first: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the planned instant of a message to its first delivery',
    pooled: 'pooled; a message that reached nobody ranks last',
    latency: 'first',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_deliver_last: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the planned instant of a message to its last delivery',
    pooled: 'pooled; a message that did not reach all ranks last',
    latency: 'last',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_deliver_spread: {
    type: 'trend',
    unit: 'us',
    meaning: 'from the first delivery of a message to the last',
    pooled: 'pooled; a message that did not reach all ranks last',
    latency: 'spread',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_sessions: { type: 'counter', unit: 'count', meaning: 'connections opened', pooled: 'sum' },
  ws_msgs_sent: { type: 'counter', unit: 'count', meaning: 'messages sent', pooled: 'sum', byRequest: true },
  ws_msgs_received: { type: 'counter', unit: 'count', meaning: 'messages received', pooled: 'sum' },
  ws_msgs_lost: {
    type: 'counter',
    unit: 'count',
    meaning: 'messages never answered',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_duplicated: {
    type: 'counter',
    unit: 'count',
    meaning: 'replies that came twice',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_reordered: {
    type: 'counter',
    unit: 'count',
    meaning: 'replies that came out of order',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_corrupted: {
    type: 'counter',
    unit: 'count',
    meaning: 'replies with other bytes than sent',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_misdelivered: {
    type: 'counter',
    unit: 'count',
    meaning: 'replies meant for another connection',
    pooled: 'sum',
    needsMessages: true,
  },
  ws_msgs_failed: {
    type: 'counter',
    unit: 'count',
    meaning: 'answered messages whose reply says no',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_blocked: {
    type: 'counter',
    unit: 'count',
    meaning: 'messages never sent, because the value they need did not come in time',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
  },
  ws_msgs_counted: {
    type: 'counter',
    unit: 'count',
    meaning: 'messages that nobody asked for and that a rule expects: pushes, ticks',
    pooled: 'sum',
  },
  ws_msgs_delivered: {
    type: 'counter',
    unit: 'count',
    meaning: 'deliveries of messages to the connections that they reach; rate is deliveries per second',
    pooled: 'sum',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_msgs_missed: {
    type: 'counter',
    unit: 'count',
    meaning: 'deliveries that did not come within the timeout',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
    ofDeliveries: true,
  },
  ws_msgs_redelivered: {
    type: 'counter',
    unit: 'count',
    meaning: 'deliveries that came twice',
    pooled: 'sum',
    needsMessages: true,
    byRequest: true,
    ofDeliveries: true,
  },
  ws_close_codes: {
    type: 'counter',
    unit: 'count',
    meaning: 'connections closed; select one code with {code:1006}',
    pooled: 'sum',
  },
  ws_msgs_answered: {
    type: 'rate',
    unit: 'ratio',
    meaning: 'share of the planned messages that were answered',
    pooled: 'answered / planned, over all of them',
    byRequest: true,
  },
  ws_reach: {
    type: 'rate',
    unit: 'ratio',
    meaning: 'share of the deliveries owed that came: delivered / (delivered + missed)',
    pooled: 'over all of them',
    byRequest: true,
    ofDeliveries: true,
  },
  ws_connections_held: {
    type: 'gauge',
    unit: 'count',
    meaning: 'fewest connections open during the measurement',
    pooled: 'the fewest',
  },
  server_cpu_percent: {
    type: 'gauge',
    unit: 'percent',
    meaning: "the server's CPU; 100 is one core",
    pooled: 'the busiest',
  },
  server_rss_per_connection: {
    type: 'gauge',
    unit: 'bytes',
    meaning: "the server's memory per connection",
    pooled: 'measured once, before the load',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof ALL;
export const METRICS: Readonly<Record<MetricName, Metric>> = ALL;

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** Which aggregations make sense for a type of metric. */
export const AGGREGATIONS: Readonly<Record<MetricType, readonly Aggregation['kind'][]>> = {
  trend: ['avg', 'min', 'max', 'med', 'percentile'],
  counter: ['count', 'rate'],
  rate: ['rate'],
  gauge: ['value'],
};

export const SELECTOR_KEYS = ['load', 'cell', 'connections', 'rate', 'request', 'step', 'engine', 'code'] as const;
