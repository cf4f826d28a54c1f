import type { DeliverTime } from '../../profile/metrics.js';

/**
 * The metrics that two builds are compared by. Latency is *service* time, from sent to received: response time also
 * contains the generator's own lateness, for which no build is responsible. The time of the way back is subtracted.
 */
export const COMPARED_KEYS = [
  ...(['p50', 'p99', 'throughput', 'connect'] as const),
  ...(['deliver', 'first', 'last', 'spread', 'reach'] as const),
] as const;
export type ComparedKey = (typeof COMPARED_KEYS)[number];

/** The times of messages that reach many. */
export const DELIVER_TIMES = {
  deliver: { time: 'deliver', q: 0.5 },
  first: { time: 'first', q: 0.99 },
  last: { time: 'last', q: 0.99 },
  spread: { time: 'spread', q: 0.99 },
} as const satisfies Partial<Record<ComparedKey, { readonly time: DeliverTime; readonly q: number }>>;
export type DeliverTimeKey = keyof typeof DELIVER_TIMES;

/** Those of messages that reach many. A cell without such messages has none of them. */
export type DeliverKey = DeliverTimeKey | 'reach';

export function isDeliverTime(key: ComparedKey): key is DeliverTimeKey {
  return key in DELIVER_TIMES;
}

export function isDeliverKey(key: ComparedKey): key is DeliverKey {
  return key === 'reach' || isDeliverTime(key);
}

/** Those of replies. */
export function isReplyKey(key: ComparedKey): boolean {
  return key === 'p50' || key === 'p99';
}

export interface ComparedMetric {
  readonly key: ComparedKey;
  readonly title: string;
  /** A share is 0 to 1, and shown in percent. */
  readonly unit: 'us' | 'per_second' | 'share';
  readonly better: 'lower' | 'higher';
  /** Changes up to this share do not matter; 0.05 is 5 %. */
  readonly margin: number;
  /** If true, a regression fails the comparison; otherwise it is only shown. */
  readonly gate: boolean;
}

const METRICS: Readonly<Record<ComparedKey, Omit<ComparedMetric, 'key'>>> = {
  p50: { title: 'service time p50', unit: 'us', better: 'lower', margin: 0.05, gate: true },
  p99: { title: 'service time p99', unit: 'us', better: 'lower', margin: 0.1, gate: true },
  throughput: { title: 'throughput', unit: 'per_second', better: 'higher', margin: 0.02, gate: true },
  connect: { title: 'connect time p50', unit: 'us', better: 'lower', margin: 0.1, gate: false },
  deliver: { title: 'deliver serv p50', unit: 'us', better: 'lower', margin: 0.05, gate: true },
  first: { title: 'first p99', unit: 'us', better: 'lower', margin: 0.1, gate: false },
  last: { title: 'last p99', unit: 'us', better: 'lower', margin: 0.1, gate: true },
  spread: { title: 'spread p99', unit: 'us', better: 'lower', margin: 0.1, gate: false },
  // The default gate allows no missed delivery at all, and 1 % of them is a target that does not pass on what it takes.
  reach: { title: 'reach', unit: 'share', better: 'higher', margin: 0.001, gate: true },
};

/** What stands for the throughput where no reply is asked for. */
const DELIVERIES = 'deliveries';

/** The title of a metric among those that are compared of one cell. */
export function titleAmong(
  keys: readonly ComparedKey[],
  { key, title }: Pick<ComparedMetric, 'key' | 'title'>,
): string {
  const countsDeliveries = keys.some(isDeliverKey) && !keys.includes('p50');
  return key === 'throughput' && countsDeliveries ? DELIVERIES : title;
}

/** All metrics, with other margins if given. */
export function comparedMetrics(
  margins: Partial<Readonly<Record<ComparedKey, number>>> = {},
): readonly ComparedMetric[] {
  return COMPARED_KEYS.map((key) => ({ key, ...METRICS[key], margin: margins[key] ?? METRICS[key].margin }));
}
