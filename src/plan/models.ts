/**
 * What each model of a load means, as facts. Code asks for a fact and never for a model by its name. So a new model is
 * its keys (`profile/models.ts`), a record here, and one file in `engine/behaviors/`; the compiler names what is
 * missing.
 *
 *     model    a message goes out ...                      also known as
 *     open     at an instant that was fixed before the run k6 constant-arrival-rate, vegeta -rate, wrk2
 *     closed   when a reply to an earlier one has come     k6 constant-vus, wrk
 *     listen   never
 */
import type { Model } from '../profile/models.js';

export interface ModelFacts {
  /** False if the load only receives. It then plans nothing and has no latency. */
  readonly sends: boolean;
  /** Who sets the pace. Only `plan` has a pacer: its messages are due whether or not the target answers. */
  readonly pacedBy: 'plan' | 'replies' | 'server';
  /**
   * The latency that tables show. `response` counts from the instant at which a message is due, so it exists only if
   * the plan fixed that instant. `service` counts from the instant of sending.
   */
  readonly headline: 'response' | 'service';
  /** Which messages per second are the throughput. */
  readonly throughput: 'answered' | 'received';
  /**
   * The law on planned messages (`metrics/laws.ts`). `due`: all that became due, sent or not. `sent`: a message is
   * planned at the moment it is sent. `silent`: there are none.
   */
  readonly planLaw: 'due' | 'sent' | 'silent';
  /** True if a message is given up when too many are in flight or the socket is full. Otherwise it goes out later. */
  readonly drops: boolean;
  /** True if messages in flight pile up when the target is slow. */
  readonly growsBacklog: boolean;
  /** True if a fast target keeps the workers busy all the time, however fast they are. That is then no fault. */
  readonly saturatesWorkers: boolean;
  /** Why the latency of a null echo under the same load is no floor (`--null-twin`); null if it is one. */
  readonly noFloor: string | null;
}

export const MODELS: Readonly<Record<Model, ModelFacts>> = {
  open: {
    sends: true,
    pacedBy: 'plan',
    headline: 'response',
    throughput: 'answered',
    planLaw: 'due',
    drops: true,
    growsBacklog: true,
    saturatesWorkers: false,
    noFloor: null,
  },
  closed: {
    sends: true,
    pacedBy: 'replies',
    headline: 'service',
    throughput: 'answered',
    planLaw: 'sent',
    drops: false,
    growsBacklog: false,
    saturatesWorkers: true,
    noFloor: 'replies set the pace of a closed loop: against another server it is another load',
  },
  listen: {
    sends: false,
    pacedBy: 'server',
    headline: 'response',
    throughput: 'received',
    planLaw: 'silent',
    drops: false,
    growsBacklog: false,
    saturatesWorkers: false,
    noFloor: 'it sends nothing',
  },
};

/** True if messages of this model have a response time. */
export function hasResponseTime(model: Model): boolean {
  const { sends, headline } = MODELS[model];
  return sends && headline === 'response';
}
