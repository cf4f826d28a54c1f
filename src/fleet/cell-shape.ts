/** A cell as an agent takes it from an order: the bounds are those that a profile has. */
import { z } from 'zod';
import type { Cell } from '../plan/cell.js';
import { RATE_MAX, SIZE_MAX_BYTES } from '../profile/flag-keys.js';
import { MODEL_NAMES } from '../profile/models.js';
import type {
  Lifetime,
  MessageSpec,
  ReconnectSpec,
  ReplySpec,
  SizeSpec,
  Span,
  TimedEvent,
} from '../profile/profile.js';
import { count, like, number, rate, share, text, time, yes } from './shape.js';
import { wireShape } from './wire-shape.js';

const CONNECTIONS_MAX = 1_000_000;
/** Connections are replaced, and pinged, no faster than this: neither counts in a rate. */
const LEAST_PERIOD_MS = 100;

const bytes = count(0, SIZE_MAX_BYTES);
const span = (one: z.ZodType<number>) => like<Span>({ from: one, to: one });

type SizeOf<K extends SizeSpec['kind']> = Extract<SizeSpec, { kind: K }>;
const size: z.ZodType<SizeSpec> = z.union([
  like<SizeOf<'fixed'>>({ kind: z.literal('fixed'), bytes }),
  like<SizeOf<'uniform'>>({ kind: z.literal('uniform'), minBytes: bytes, maxBytes: bytes }),
  like<SizeOf<'weighted'>>({
    kind: z.literal('weighted'),
    choices: z.array(like<SizeOf<'weighted'>['choices'][number]>({ bytes, weight: z.number().min(0) })).max(100),
  }),
]);

const message = like<MessageSpec>({
  format: z.enum(['json', 'text', 'binary']),
  size,
  template: text.max(SIZE_MAX_BYTES).nullable(),
});

type Echo = ReplySpec['echo'];
const reply = like<ReplySpec>({
  match: z.enum(['sequence', 'order', 'none']),
  field: text,
  echo: z.union([
    like<Extract<Echo, { kind: 'full' }>>({ kind: z.literal('full') }),
    like<Extract<Echo, { kind: 'field' }>>({ kind: z.literal('field'), field: text }),
    like<Extract<Echo, { kind: 'none' }>>({ kind: z.literal('none') }),
  ]),
  timeoutMs: time(1),
});

const event: z.ZodType<TimedEvent> = z.union([
  like<Extract<TimedEvent, { kind: 'disconnect' }>>({ kind: z.literal('disconnect'), atMs: time(), share }),
  like<Extract<TimedEvent, { kind: 'restart' }>>({ kind: z.literal('restart'), atMs: time() }),
]);

export const pacingShape = z.enum(['timer', 'metronome', 'spin']);

export const cellShape = like<Cell>({
  id: text,
  twinOf: text.exactOptional(),
  load: text,
  model: z.enum(MODEL_NAMES),
  arrival: z.enum(['constant', 'poisson']),
  connections: span(count(1, CONNECTIONS_MAX)),
  rate: span(rate(0, RATE_MAX)).nullable(),
  axes: like<Cell['axes']>({ connections: number, rate: number.nullable() }),
  inFlight: count(1, 10_000),
  thinkMs: time(),
  message,
  reply,
  warmupMs: time(),
  durationMs: time(),
  drainMs: time(),
  connectRate: rate(0.1, 100_000),
  connectTimeoutMs: time(1),
  maxInFlight: count(1, 4_194_304),
  seed: count(0),
  lifetime: like<Lifetime>({ kind: z.enum(['fixed', 'exponential']), meanMs: time(LEAST_PERIOD_MS) }).nullable(),
  reconnect: like<ReconnectSpec>({
    policy: z.enum(['never', 'immediate', 'backoff']),
    baseMs: time(1),
    capMs: time(1),
    jitter: z.enum(['full', 'none']),
  }),
  keepAliveMs: time(LEAST_PERIOD_MS).exactOptional(),
  fairness: yes.exactOptional(),
  events: z.array(event).max(100),
  wire: wireShape.exactOptional(),
  pacing: pacingShape.exactOptional(),
});
