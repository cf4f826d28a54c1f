/**
 * The metrics that two builds are compared by. Latency is *service* time, from sent to received: response time also
 * contains the generator's own lateness, for which no build is responsible. The time of the way back is subtracted.
 */
export const COMPARED_KEYS = ['p50', 'p99', 'throughput', 'connect', 'deliver', 'last'] as const;
export type ComparedKey = (typeof COMPARED_KEYS)[number];

/** Those of messages that reach many. A cell without such messages has none of them. */
export const DELIVER_KEYS = { deliver: { time: 'deliver', q: 0.5 }, last: { time: 'last', q: 0.99 } } as const;
export type DeliverKey = keyof typeof DELIVER_KEYS;

export function isDeliverKey(key: ComparedKey): key is DeliverKey {
  return key in DELIVER_KEYS;
}

/** Those of replies. */
export function isReplyKey(key: ComparedKey): boolean {
  return key === 'p50' || key === 'p99';
}

export interface ComparedMetric {
  readonly key: ComparedKey;
  readonly title: string;
  readonly unit: 'us' | 'per_second';
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
  last: { title: 'last p99', unit: 'us', better: 'lower', margin: 0.1, gate: true },
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
