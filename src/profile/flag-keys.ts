import { MODEL_NAMES, MODELS_IN_WORDS } from './models.js';
import { accuracy, bytes, choice, count, countOrAuto, duration, rate, type Scalar } from './scalars.js';

/**
 * The profile keys that can also be set by a flag: how each is read, and its bounds. The schema is made of them, and a
 * flag is checked with them before any profile is read.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const RATE_MAX = 1_000_000;
export const SIZE_MAX_BYTES = 1024 * 1024;

const RATE = { min: 0, max: RATE_MAX };

export const FLAG_KEYS = {
  connections: count('Connections.', { min: 1, max: 1_000_000 }),
  rate: rate('Messages per second: 500/s, 5k/s, 30/m.', RATE),
  ratePerConnection: rate('Messages per second on each connection.', RATE),
  model: choice(MODELS_IN_WORDS, MODEL_NAMES),
  arrival: choice('constant (default): evenly spaced. poisson: random, as from independent users.', [
    'constant',
    'poisson',
  ]),
  inFlight: count('Closed model: messages kept in flight on each connection. Default 1.', { min: 1, max: 10_000 }),
  think: duration('Closed model: pause between a reply and the next message. Default 0s.', { min: 0, max: HOUR }),
  lifetime: duration('How long each connection lives.', { min: 100, max: 168 * HOUR }),
  warmup: duration('Time under load before measuring starts. Default 1s.', { min: 0, max: HOUR }),
  duration: duration('Measured time. Default 10s.', { min: 1, max: 168 * HOUR }),
  connectRate: rate('New connections per second, in total. Default 500/s.', { min: 0.1, max: 100_000 }),
  reconnect: choice('never (default), immediate or backoff, with the usual waits.', ['never', 'immediate', 'backoff']),
  keepAlive: duration('Interval of pings on each connection, so that no proxy closes it as idle. Default: no pings.', {
    min: 100,
    max: HOUR,
  }),
  size: bytes('Bytes: 64, 10KB, 1MiB.', { min: 0, max: SIZE_MAX_BYTES }),
  match: choice(
    'sequence: by the number in the reply (default). order: first sent, first answered. none: no matching.',
    ['sequence', 'order', 'none'],
  ),
  replyTimeout: duration('A reply later than this counts as lost. Default 5s.', { min: 1, max: 10 * MINUTE }),
  pacing: choice('How workers wake up to send on time. Default auto.', ['auto', 'timer', 'metronome', 'spin']),
  accuracy: accuracy(
    "How close printed latencies must be to the target's own: `20% or 1ms` (default), whichever is more; or one alone.",
  ),
  resolve: choice(
    'If the host has several IP addresses: use all in turn (default), or the first that accepts a connection.',
    ['all', 'first'],
  ),
  workers: countOrAuto('Worker threads. Default auto: as many as the load needs.', { min: 1, max: 1024 }),
  seed: count('Seed of all random choices. Default 1.', { min: 0, max: 2 ** 32 - 1 }),
} as const satisfies Readonly<Record<string, Scalar<unknown>>>;
