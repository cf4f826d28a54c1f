/** What every reason means, in one sentence: for docs/reference/limits.md. The guide says what to do about each. */
import type { LIMITS, TARGET_LIMITS } from './limits.js';

interface ReasonMeaning {
  /** Whose doing it is. Only the client's reasons can make a measurement degraded or invalid. */
  readonly side: 'client' | 'target';
  readonly means: string;
}

type ReasonCode =
  | keyof typeof LIMITS
  | keyof typeof TARGET_LIMITS
  | 'error_unknown'
  | 'few_samples'
  | 'not_run'
  | 'crashed'
  | 'target_down'
  | 'target_connect'
  | 'target_closed'
  | 'target_protocol'
  | 'sessions_ended'
  | 'idle_cut'
  | 'order_lost'
  | 'target_timeout'
  | 'target_in_flight'
  | 'target_backpressure';

const client = (means: string): ReasonMeaning => ({ side: 'client', means });
const target = (means: string): ReasonMeaning => ({ side: 'target', means });

export const REASONS: Readonly<Record<ReasonCode, ReasonMeaning>> = {
  client_rate: client('planned messages were not sent in time, for reasons of this machine'),
  client_connect: client('connects failed or started late, for reasons of this machine'),
  client_limit: client(
    'wsurge ended connections at a limit of its own: a message over `receive.largest`, or `receive.unfinished`',
  ),
  replies_unsure: client('matched by order, which message a reply belongs to could not be told'),
  worker_lost: client('a worker thread died'),
  clock_paused: client('the worker or the whole machine was stopped from outside: SIGSTOP, a frozen container, sleep'),
  conservation: client('counters contradict each other: a bug of wsurge'),
  accuracy: client('a printed quantile is coarser than `accuracy` asks for: its bracket is too wide'),
  error_unknown: client('the instrument check did not measure the error, so what may disturb is judged in its place'),
  few_samples: client('a gating threshold asks for a quantile that so few messages cannot carry'),
  not_run: client('a gating threshold speaks about cells that were not run'),
  crashed: client('the run has no end on the disk: wsurge was killed, or died of an error'),
  client_lag: client('messages left later than planned (open model)'),
  client_busy: client('the event loop of a worker had hardly any idle time (open and listen models)'),
  client_limited: client('a closed loop was limited by the generator, so its rate is a lower bound'),
  client_blocked: client('a worker stood still in one piece'),
  cpu_starved: client('a worker waited for a processor'),
  cpu_throttled: client('processor time was lost to the quota of the cgroup'),
  cpu_steal: client('processor time was taken by the hypervisor'),
  gc_pause: client('long garbage collections touched too many messages'),
  instrument_error: client('the instrument check, whose true delay is known, was reported too slow'),
  non_stationary: client('under a steady load the latency moved while it was measured'),
  target_down: target('the target stopped serving, or did not come back from a restart in the plan'),
  target_connect: target('the target refused connections, failed them or left them hanging'),
  target_closed: target('the target ended connections that were open'),
  sessions_ended: target('the target ended sessions in the normal way, as it may by design'),
  idle_cut: target('connections were ended from the other side after a set time without traffic, as proxies do'),
  target_protocol: target('wsurge ended connections because the target broke the WebSocket protocol'),
  order_lost: target('wsurge ended connections matched by order after a reply that timed out'),
  target_backlog: target('the target fell behind: messages in flight grew to the end'),
  target_timeout: target('messages got no answer within reply.timeout'),
  target_in_flight: target('messages were not sent because maxInFlight messages were unanswered already'),
  target_backpressure: target('messages were not sent because the socket was still full'),
  target_cpu: target('the process of the target used up a core'),
  target_starved: target('a thread of the target on this machine waited for a processor'),
};
