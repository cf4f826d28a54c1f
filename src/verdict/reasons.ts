/**
 * Every reason: what it means, in one sentence for docs/reference/limits.md, and what follows from it. The guide says
 * what to do about it.
 */
import type { LIMITS, TARGET_LIMITS } from './limits.js';

/**
 * What a reason of the client is about.
 * - `delivery`: the load was not as planned, or not counted whole. No accuracy makes up for that, so nothing is decided
 *   on
 *   a cell where it is INVALID.
 * - `lateness`: the figures, which may be too high. It is judged only if the instrument check measured no error.
 * - `cause`: it may be why the generator was late. It is a note if the instrument check measured the error.
 */
export type Concern = 'delivery' | 'lateness' | 'cause';

interface ReasonFacts {
  /** Who is to blame. Only reasons of the client can make a measurement degraded or invalid. */
  readonly side: 'client' | 'target';
  readonly means: string;
  readonly concerns?: Concern;
  /** True if a busy machine never causes it. A test with real load must then not allow it. */
  readonly isNeverNoise?: true;
}

export type ReasonCode =
  | keyof typeof LIMITS
  | keyof typeof TARGET_LIMITS
  | 'error_unknown'
  | 'few_samples'
  | 'not_run'
  | 'crashed'
  | 'target_down'
  | 'target_connect'
  | 'target_session'
  | 'target_failed'
  | 'target_undelivered'
  | 'target_blocked'
  | 'target_closed'
  | 'target_protocol'
  | 'sessions_ended'
  | 'idle_cut'
  | 'order_lost'
  | 'target_timeout'
  | 'target_in_flight'
  | 'target_backpressure';

const client = (means: string, follows: Pick<ReasonFacts, 'concerns' | 'isNeverNoise'> = {}): ReasonFacts => ({
  side: 'client',
  means,
  ...follows,
});
const target = (means: string): ReasonFacts => ({ side: 'target', means });

const DELIVERY = { concerns: 'delivery' } as const;
const LATENESS = { concerns: 'lateness' } as const;
const CAUSE = { concerns: 'cause' } as const;

export const REASONS: Readonly<Record<ReasonCode, ReasonFacts>> = {
  client_rate: client('planned messages were not sent in time, because of this machine', DELIVERY),
  client_connect: client('connects failed or started late, because of this machine', DELIVERY),
  client_limit: client(
    'wsurge ended connections at a limit of its own: a message over `receive.largest`, or `receive.unfinished`',
    DELIVERY,
  ),
  replies_unsure: client(
    'replies are matched by order, and some could not be given to one message for certain',
    DELIVERY,
  ),
  worker_lost: client('a worker thread died', { ...DELIVERY, isNeverNoise: true }),
  clock_paused: client(
    'the worker or the whole machine was stopped from outside: SIGSTOP, a frozen container, sleep',
    DELIVERY,
  ),
  conservation: client('counters contradict each other: a bug of wsurge', { ...DELIVERY, isNeverNoise: true }),
  accuracy: client('a printed quantile is coarser than `accuracy` asks for: its bracket is too wide'),
  error_unknown: client(
    'the instrument check did not measure the error, so what may have caused one is judged instead',
  ),
  few_samples: client('there are too few messages for the quantile of a gating threshold'),
  not_run: client('a gating threshold is about cells that were not run'),
  crashed: client('the saved run has no end: wsurge was killed, or ended by an error'),
  client_lag: client('messages left later than planned (open model)', LATENESS),
  client_busy: client('the event loop of a worker had hardly any idle time (open and listen models)', CAUSE),
  client_limited: client('a closed loop was limited by the generator, so its rate is a lower bound'),
  client_blocked: client('a worker did nothing for a stretch of time', CAUSE),
  cpu_starved: client('a worker waited for a processor', CAUSE),
  cpu_throttled: client('processor time was lost to the quota of the cgroup', CAUSE),
  cpu_steal: client('processor time was taken by the hypervisor', CAUSE),
  agents_skewed: client('agents of a fleet may have started at different times'),
  agents_differ: client('one agent of a fleet measured another service time than the others'),
  bus_repeated: client('orders to an agent of a fleet, or its reports, had to be sent again'),
  gc_pause: client('long garbage collections touched too many messages', CAUSE),
  instrument_error: client('wsurge reported the instrument check, whose true delay is known, as too slow', LATENESS),
  non_stationary: client('latency moved during the measured time although the load was steady'),
  target_down: target('the target stopped serving, or did not come back from a restart in the plan'),
  target_connect: target('the target refused connections, or did not complete their handshakes'),
  target_session: target('the target refused sessions, or did not answer one of their steps'),
  target_closed: target('the target ended connections that were open'),
  sessions_ended: target('the target ended sessions in the normal way, as it may by design'),
  idle_cut: target('the other side ended connections after a fixed time without traffic, as proxies do'),
  target_protocol: target('wsurge ended connections because the target broke the WebSocket protocol'),
  order_lost: target('wsurge ended connections matched by order after a reply that timed out'),
  target_backlog: target('the target fell behind: messages in flight grew to the end'),
  target_missed: target('many deliveries did not come within deliver.timeout, and the load may be why'),
  target_undelivered: target(
    'the target took messages and did not pass them on, and no sign of too much load was seen',
  ),
  target_deliver: target('the target fell behind: messages took longer and longer to reach their connections'),
  target_failed: target('the target answered messages with no: an error, a refusal'),
  target_blocked: target('messages were not sent: the value that an earlier reply had to bring did not come in time'),
  target_timeout: target('messages got no answer within reply.timeout'),
  target_in_flight: target('messages were not sent because maxInFlight messages were unanswered already'),
  target_backpressure: target('messages were not sent because the socket was still full'),
  target_cpu: target('the process of the target used up a core'),
  target_starved: target('a thread of the target on this machine waited for a processor'),
};

/** What a reason is about; undefined for reasons of the target, and for codes of other versions. */
export function concernOf(code: string): Concern | undefined {
  return Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode].concerns : undefined;
}
