import type { CpuWindow } from '../cpu.js';

/** What every load process answers after its round, wsurge's and the plain ones alike. */
export interface LoadAnswer {
  /** Connections that were open all the time. */
  readonly open: number;
  /** Round trips per second of the window; of a hub, deliveries. */
  readonly answeredPerSecond: number;
  readonly measure: CpuWindow;
  readonly connecting: CpuWindow;
  readonly rssBeforeBytes: number;
  readonly rssOpenBytes: number;
  /** Send lag, microseconds; null where it is not known. */
  readonly lagUs: { readonly p50: number; readonly p99: number } | null;
  /** wsurge's own verdict of the round; null for the plain ones. */
  readonly validity: string | null;
}
