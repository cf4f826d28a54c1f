/** The steps of a capacity search along the load that it raised, as columns for charts. */
import type { CapacityDocument, CapacityStepRow } from '../../documents/capacity-document.js';
import { type Numbers, short } from '../shared/chart-numbers.js';
import { levelOf as levelIn } from './model.js';

/**
 * Columns of equal length in rising order of `x`; null where there is no number. A level that was run twice stands in
 * them twice.
 */
export interface CapacityCurve {
  /** What `x` is. */
  readonly level: 'connections' | 'subscribers' | 'rate';
  readonly x: readonly number[];
  /** Whether `answeredPerSecond` counts deliveries: no reply is asked for. */
  readonly countsDeliveries: boolean;
  readonly askedPerSecond: Numbers;
  readonly answeredPerSecond: Numbers;
  /** The same for steps that did not hold. A step with too few answers may have no latency at all. */
  readonly failedPerSecond: Numbers;
  /** The value that the SLO limits, with its 95 % interval. For a level that was run twice, the last. */
  readonly valueUs: Numbers;
  readonly lowUs: Numbers;
  readonly highUs: Numbers;
  /** The same value, split by whether the step held. */
  readonly heldUs: Numbers;
  readonly failedUs: Numbers;
  readonly doubtfulUs: Numbers;
  readonly serverCpuPercent: Numbers;
  readonly clientBusyPercent: Numbers;
  readonly serverRssBytes: Numbers;
  /** The answer of the search, as a value of `x`; null if no level held. */
  readonly answer: number | null;
}

export function capacityCurve({ steps, search, answer }: CapacityDocument): CapacityCurve {
  const level = search.axis === 'both' ? 'rate' : search.axis;
  const levelOf = (step: CapacityStepRow) => levelIn(search, step);
  // The sort is stable: among steps of one level, the step that was run last comes last.
  const rising = [...steps].sort((a, b) => levelOf(a) - levelOf(b));
  const isLast = (step: CapacityStepRow, i: number) =>
    i + 1 === rising.length || levelOf(rising[i + 1]!) > levelOf(step);
  const column = (of: (step: CapacityStepRow) => number | null) => rising.map((step) => short(of(step)));
  // If a level failed at first and held later, only the later step is marked.
  const isOverruled = (step: CapacityStepRow, i: number) =>
    !step.passed && rising.slice(i + 1).some((later) => levelOf(later) === levelOf(step) && later.passed);
  const failures = (of: (step: CapacityStepRow) => number | null) =>
    rising.map((step, i) => (isOverruled(step, i) ? null : short(of(step))));
  const ofLast = (of: (step: CapacityStepRow) => number | null) =>
    rising.map((step, i) => (isLast(step, i) ? short(of(step)) : null));
  return {
    level,
    x: rising.map(levelOf),
    countsDeliveries: search.done === 'deliveries',
    askedPerSecond: ofLast(({ askedPerSecond }) => askedPerSecond),
    answeredPerSecond: ofLast(({ answeredPerSecond }) => answeredPerSecond),
    failedPerSecond: failures(({ passed, answeredPerSecond }) => (passed ? null : answeredPerSecond)),
    valueUs: ofLast(({ valueUs }) => valueUs),
    lowUs: ofLast(({ ciUs }) => ciUs?.[0] ?? null),
    highUs: ofLast(({ ciUs }) => ciUs?.[1] ?? null),
    heldUs: column(({ passed, valueUs }) => (passed ? valueUs : null)),
    failedUs: failures(({ passed, by, valueUs }) => (!passed && by === 'target' ? valueUs : null)),
    doubtfulUs: failures(({ passed, by, valueUs }) => (!passed && by !== 'target' ? valueUs : null)),
    serverCpuPercent: ofLast(({ serverCpuPercent }) => serverCpuPercent),
    clientBusyPercent: ofLast(({ clientBusy }) => (clientBusy === null ? null : clientBusy * 100)),
    serverRssBytes: ofLast(({ serverRssBytes }) => serverRssBytes),
    answer:
      answer.connections === null
        ? null
        : levelIn(search, { connections: answer.connections, askedPerSecond: answer.ratePerSecond }),
  };
}
