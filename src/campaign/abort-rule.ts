import { COUNTS_ALONE, type PartAsked } from '../metrics/so-far.js';
import { METRICS } from '../profile/metrics.js';
import type { Threshold } from '../profile/profile.js';
import { shouldAbort } from '../verdict/abort.js';
import type { CampaignEvent } from './events.js';

/** Judges the running cell by the thresholds with `abortOnFail`, once a second. Its result is whether to go on. */
export class AbortRule {
  readonly #thresholds: readonly Threshold[];
  readonly #asked: PartAsked;
  readonly #controller = new AbortController();
  #failed: string | null = null;

  /** `thresholds`: all of the run. */
  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds.filter(({ abortOnFail }) => abortOnFail);
    // Only a limit on a duration is judged by whole distributions.
    const histograms = this.#thresholds.some(({ metric }) => METRICS[metric].type === 'trend');
    this.#asked = { ...COUNTS_ALONE, histograms };
  }

  /** Aborted as soon as a threshold has failed for good. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The threshold that failed; null while none has. */
  get failed(): string | null {
    return this.#failed;
  }

  /** Judges what this event tells of. */
  judge(event: CampaignEvent): void {
    if (event.type !== 'second' || event.role !== 'measured' || event.measuredMs === null) return;
    if (this.#thresholds.length === 0 || this.#failed !== null) return;
    const { measuredMs, progress } = event;
    const soFar = progress.soFar(this.#asked);
    if (soFar === null) return;
    const failed = this.#thresholds.find((threshold) => shouldAbort(threshold, soFar, measuredMs));
    if (failed === undefined) return;
    this.#failed = `${failed.metric} ${failed.expression}`;
    this.#controller.abort();
  }
}
