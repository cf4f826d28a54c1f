/** The schema of a cell in result.json: what was measured, and how it was judged. */

import { z } from 'zod';
import { QUANTILES, type QuantileName } from '../metrics/cell-result.js';
import { COUNTERS, type CounterName, LATER_COUNTERS } from '../metrics/counters.js';
import { CONNECT_PHASES, LATENCIES } from '../metrics/interval.js';
import { PHASES } from '../plan/cell.js';
import { MODEL_NAMES } from '../profile/models.js';
import { PROTOCOL_NAMES } from '../profile/protocols.js';
import { REACHES } from '../profile/reach.js';
import { TARGET_STATUSES } from '../verdict/verdict.js';
import { agentSchema } from './agent-schema.js';
import type { InStep } from './frozen.js';
import type { JudgedCell } from './result-document.js';

const number = z.number();
const nullable = number.nullable();
const text = z.string();
const LATER: ReadonlySet<string> = LATER_COUNTERS;
const quantileName = z.enum(Object.keys(QUANTILES) as [QuantileName, ...QuantileName[]]);
export const validity = z.enum(['valid', 'degraded', 'invalid']);
export const targetStatus = z.enum(TARGET_STATUSES);
const gap = z.enum(['few_samples', 'unanswered', 'no_samples', 'undefined_here']);

const quantiles = z
  .object({
    count: number,
    censored: number,
    min: nullable,
    mean: nullable,
    stdev: nullable,
    p50: nullable,
    p75: nullable,
    p90: nullable,
    p95: nullable,
    p99: nullable,
    p99_9: nullable,
    p99_99: nullable,
    max: nullable,
    atLeast: z.array(quantileName),
    atMost: z.array(quantileName),
    reasons: z.partialRecord(quantileName, gap),
    ci: z.partialRecord(quantileName, z.tuple([number, number])),
  })
  .meta({
    id: 'Quantiles',
    description: 'A latency distribution in microseconds; ranks run over count + censored, the unanswered last.',
  });

/** Results of older versions lack the later counters, which were nothing then. */
const messages = z.object(
  Object.fromEntries(
    [...COUNTERS, 'lost' as const].map((name) => [name, LATER.has(name) ? number.default(0) : number]),
  ) as Record<CounterName | 'lost', z.ZodNumber>,
);
const histograms = z.record(z.enum(LATENCIES), text.nullable()).describe('HDR V2, zlib-compressed, base64');
const flow = z.object({
  name: text,
  messages,
  warmup: messages,
  latencyUs: z.record(z.enum(LATENCIES), quantiles.nullable()),
  histograms,
  warmupHistograms: histograms,
  waitAndService: text
    .optional()
    .describe('The same of service time together with the wait for what another reply brings; absent where none waits'),
  warmupUs: quantiles.nullable(),
});

const brackets = z
  .object({
    checks: number,
    missed: number,
    unknown: z.enum(['off', 'none_came_back', 'too_few']).nullable(),
    addedHistogram: text.nullable().describe('What the way back added, HDR V2, zlib-compressed, base64'),
    quantiles: z
      .partialRecord(quantileName, z.tuple([number, number]))
      .describe("What the target's own quantile lies between, microseconds"),
  })
  .describe('By the instrument check; absent where no message has a latency, and in results of older versions');

const request = z
  .object({
    ...flow.shape,
    waitUs: quantiles
      .optional()
      .describe(
        'How long its messages waited for what the reply to another request brings; absent if they need nothing',
      ),
    perSecond: z.object({ planned: number, sent: number, answered: number }),
    brackets: brackets.optional(),
  })
  .describe('The messages of one request');
const reach = z.enum(REACHES);
const fanout = z
  .object({
    name: text,
    reaches: reach,
    messages: z.object({ sent: number, reachedAny: number, reachedAll: number }),
    deliveries: z.object({
      expected: number,
      delivered: number,
      missed: number,
      gone: number,
      late: number,
      redelivered: number,
      replayed: number,
    }),
    perSecond: z.object({ sent: number, delivered: number }),
    reach: nullable.describe('delivered / (delivered + missed), 0 to 1'),
    deliverUs: quantiles.describe('From the instant when the message was due, for each delivery'),
    serviceUs: quantiles.describe('From when the message was sent'),
    firstUs: quantiles.describe('Of each message: its first delivery after it was due'),
    lastUs: quantiles.describe('Of each message that reached all: its last delivery'),
    spreadUs: quantiles.describe('From the first delivery to the last'),
    histograms: z
      .record(z.enum(['deliver', 'service', 'first', 'firstService', 'last', 'lastService', 'spread']), text.nullable())
      .describe('HDR V2, zlib-compressed, base64; those named service count from the send'),
    slow: z
      .object({
        connections: number,
        ratePerSecond: nullable.describe('Messages that each reads in a second at most; null: it reads nothing'),
        delivered: number,
        missed: number,
        deliverUs: quantiles,
      })
      .optional()
      .describe('Those who read slowly on purpose, whom no other figure counts; absent if nobody does'),
    growth: z
      .object({ usPerSecond: number, r2: number, lateUsPerSecond: number })
      .nullable()
      .describe('Of the mean time from send to delivery, over all seconds and over the second half; null if unknown'),
    brackets: brackets.optional(),
  })
  .describe('The messages of one request that are sent to many connections');
const jain = nullable.describe(
  "Jain's fairness index of the shares of all connections; 1 if all are equal, null of a single one or if none got anything",
);
const subscribers = z
  .object({
    count: number,
    jain,
    missing: number.optional().describe('Connections that missed any; absent in older results'),
    unreached: number.optional().describe('Connections that got none; absent in older results'),
    worst: z.array(z.object({ connection: number, delivered: number, owed: number })),
    curve: z.array(number).describe('The shares of all connections, sorted, thinned'),
    slowest: z
      .array(z.object({ connection: number, p50Us: number, p99Us: number }))
      .optional()
      .describe('By deliver time; absent without fairness'),
    p99CurveUs: z.array(number).optional(),
  })
  .describe('How evenly deliveries came to the connections; absent without fan-out');
const byConnection = z
  .object({
    count: number,
    jain,
    worst: z.array(
      z.object({ connection: number, answered: number, awaited: number, p50Us: nullable, p99Us: nullable }),
    ),
    curve: z.array(number).describe('The shares of all connections, sorted, thinned'),
    p99CurveUs: z.array(number).describe('The 99th percentiles of all connections that have one, sorted, thinned'),
  })
  .describe('How evenly the connections were answered; absent without fairness');
const session = z
  .object({
    early: number
      .optional()
      .describe('Messages that came before a session was ready, and that neither a step nor a rule was about'),
    readyUs: quantiles,
    readyHistogram: text,
    steps: z.array(z.object({ name: text, us: quantiles, histogram: text })),
  })
  .describe('From the upgrade until the session was ready, and its named steps; absent where there is none');
const ruled = z
  .array(z.object({ name: text, means: z.enum(['duty', 'count', 'trailer']), count: number }))
  .describe('Messages that a rule of profile or protocol was about, over the whole cell');

const worker = z.object({
  worker: number,
  agent: text.optional().describe('Its agent in a fleet; absent if one machine made the load'),
  status: z.enum(['done', 'stopped', 'lost']),
  error: text.nullable(),
  messages: messages.omit({ lost: true }),
  lagUs: quantiles.nullable(),
  responseUs: quantiles.nullable(),
  busy: nullable,
  blockedMsMax: nullable,
  blockedWaitMs: nullable,
  pausedMs: nullable,
  runQueueWait: nullable,
  cpuPercent: nullable,
  gcPauseMsMax: nullable,
  gcTouched: nullable,
  heapBytes: nullable,
  instrument: z
    .object({ p50: nullable, p99: nullable, count: number, missed: number })
    .nullable()
    .describe('Reported minus true quantile of the instrument check, microseconds; null where it was off'),
  connectTrouble: number,
  connectLate: number.optional(),
  connectAttempts: number,
});

const client = z.object({
  workers: z.array(worker),
  workerCount: number.optional().describe('How many there were; absent if all are listed'),
  agents: z
    .array(
      agentSchema.extend({
        messages: messages.omit({ lost: true }).optional(),
        held: nullable.optional().describe('The fewest of its connections held; null if it was lost'),
        latencyUs: z.object({ response: quantiles.nullable(), service: quantiles.nullable() }).optional(),
        histograms: z
          .object({ response: text.nullable(), service: text.nullable() })
          .optional()
          .describe('HDR V2, zlib-compressed, base64; absent with more than 64 agents'),
      }),
    )
    .optional(),
  cpuPercent: nullable.describe('100 = one core'),
  busy: nullable,
  blockedMsMax: nullable,
  runQueueWait: nullable,
  gcPauseMsMax: nullable,
  rssBytes: nullable,
  clamped: number,
  throttled: nullable,
  steal: nullable,
  suspendedMs: nullable,
  instrumentErrorUs: z.object({ p50: nullable, p99: nullable }).nullable(),
});

const server = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    engine: text.nullable(),
    pid: number,
    cpuPercent: nullable.describe('100 = one core'),
    rssBytes: nullable,
    idleRssBytes: nullable,
    openFds: nullable,
    waited: nullable.optional().describe('Share of the time in which a thread of it waited for a processor, 0 to 1'),
  }),
  z.object({ status: z.literal('unavailable'), engine: text.nullable(), reason: text }),
]);

const second = z.object({
  phase: z.enum(PHASES),
  second: number,
  planned: number,
  sent: number,
  answered: number,
  received: number,
  unmatched: number.optional().describe('Sent ones without a reply of their own'),
  delivered: number.optional().describe('Deliveries of the messages due in it; absent without fan-out'),
  missed: number.optional().describe('Of the deliveries; absent without fan-out, and in older results'),
  deliverP50: nullable.optional().describe('Of their deliver times, microseconds; missed ones rank last'),
  deliverP99: nullable.optional(),
  firstP50: nullable
    .optional()
    .describe('Until the first delivery of each message; those that reached nobody rank last'),
  firstP99: nullable.optional(),
  lastP50: nullable.optional().describe('Until the last one; those that did not reach all rank last'),
  lastP99: nullable.optional(),
  open: nullable,
  inFlight: nullable,
  p50: nullable,
  p90: nullable,
  p99: nullable,
  max: nullable,
});

const overload = z.object({
  backlog: z
    .object({ perSecond: number, r2: number, latePerSecond: number })
    .nullable()
    .describe('Growth of the messages in flight, per second'),
  unanswered: nullable.describe('Share of the planned messages that have a reply of their own, 0 to 1'),
});

const halfMedian = z.object({ p50: nullable, ci: z.tuple([number, number]).nullable() });
const stationarity = z.object({
  halves: z.tuple([halfMedian, halfMedian]).describe('Medians of both halves of the measure phase, microseconds'),
  trend: z
    .object({ rho: number, p: number, windows: number })
    .nullable()
    .describe("Spearman's rank correlation of the median with time"),
});

const churn = z
  .object({
    lifetime: z.enum(['fixed', 'exponential']),
    meanMs: number,
    ended: number,
    opened: number,
    askedPerSecond: number,
    openedPerSecond: number,
  })
  .describe('Connections replaced at the end of their lives; counts are of ends planned in the measure phase');
const event = z.object({
  kind: z.enum(['disconnect', 'restart']),
  atMs: number,
  share: nullable,
  reconnect: z.enum(['never', 'immediate', 'backoff']),
  reached: z.boolean(),
  heldBefore: number,
  dropped: number,
  heldAfter: number,
  recoveredMs: nullable.describe('From when on 99 % of heldBefore were held again, ms since the event; null for never'),
  peakConnectsPerSecond: number,
  refused: number.describe('Connects that failed while a restart had the server stopped'),
  lostInFlight: number.describe('Messages in flight on the connections it took'),
  notConnected: number.describe('Messages due before the recovery that found no connection'),
  problem: text.nullable(),
});
const nullTwin = z
  .discriminatedUnion('status', [
    z.object({
      status: z.literal('measured'),
      validity: z.enum(['valid', 'degraded']),
      engine: text.nullable(),
      latencyUs: z.record(z.enum(LATENCIES), quantiles.nullable()),
      reason: text.nullable(),
    }),
    z.object({ status: z.enum(['invalid', 'none']), reason: text }),
  ])
  .describe('The same load against a null echo, right after the cell; absent where it was not asked for');

const schema = z.object({
  id: text,
  load: text,
  axes: z.object({ connections: number, rate: nullable }),
  model: z.enum(MODEL_NAMES),
  match: z.enum(['sequence', 'order', 'none']).optional(),
  arrival: z.enum(['constant', 'poisson']),
  pacing: text,
  ramp: z.boolean(),
  interrupted: z.boolean(),
  phases: z.array(z.object({ name: text, fromMs: number, toMs: number })),
  connections: z.object({
    asked: number,
    attempts: number,
    opened: number,
    failed: number,
    abandoned: number,
    held: number,
    closedClean: number,
    closedDirty: number,
    openAtEnd: number,
    withoutPong: number.optional().describe('Open, and silent to a ping'),
  }),
  rate: z.object({
    askedPerSecond: nullable,
    plannedPerSecond: number,
    sentPerSecond: number,
    answeredPerSecond: number,
    receivedPerSecond: number,
  }),
  flows: z.array(flow).length(1),
  protocol: z
    .enum(PROTOCOL_NAMES)
    .optional()
    .describe('Absent where connections send one kind of message, and no more'),
  requests: z.array(request).optional().describe('In the order of the profile; absent where messages are of one kind'),
  fanout: z.array(fanout).optional().describe('In the order of the requests; absent where none reaches others'),
  byConnection: byConnection.optional(),
  subscribers: subscribers.optional(),
  session: session.optional(),
  ruled: ruled.optional(),
  brackets: brackets.optional(),
  outside: number.optional().describe('Messages that came before the load or after the measured time'),
  keepAlive: z
    .object({ pings: number, pongs: number })
    .optional()
    .describe('Pings that only kept connections alive, and the pongs to them'),
  endedAfterSilence: z
    .object({ count: number, p10Us: number, p50Us: number, p90Us: number, overUs: number })
    .optional()
    .describe('How long nothing had come on connections when the other side ended them, and over what time'),
  bundled: number.optional().describe('Messages that came several in one frame'),
  connectUs: z.record(z.enum(CONNECT_PHASES), quantiles),
  connectHistogram: text,
  sessionUs: quantiles,
  pingUs: quantiles,
  closeCodes: z.array(z.object({ code: number, clean: z.boolean(), by: z.enum(['client', 'server']), count: number })),
  errors: z.array(
    z.object({
      phase: z.enum(['connect', 'session', 'open', 'close', 'restart']),
      code: text,
      count: number,
      said: text.optional(),
    }),
  ),
  bytes: z.object({ sent: number, received: number }),
  reconnect: z.enum(['never', 'immediate', 'backoff']).optional(),
  churn: churn.optional(),
  events: z.array(event).optional().describe('What the plan did at set times, and what followed'),
  client,
  server,
  laws: z.array(z.object({ law: text, left: number, right: number, where: text })),
  overload,
  stationarity: stationarity.nullable(),
  seconds: z.array(second),
  nullTwin: nullTwin.exactOptional(),
  validity,
  target: targetStatus,
});

true satisfies InStep<z.infer<typeof schema>, JudgedCell>;

/** Its values have the type of `metrics/cell-result.ts`: what is measured is described there. */
export const cellSchema: z.ZodType<JudgedCell> = schema;
