/** Parts of lines as they add up. */
import type { Phase } from '../plan/cell.js';
import { EventSums } from './churn-log.js';
import { addCounters, assertGrowing, COUNTERS } from './counters.js';
import { addSums, noSums } from './fanout-totals.js';
import { Totals } from './histogram.js';
import type {
  ByteCounts,
  ChurnDelta,
  EventDelta,
  FanoutDelta,
  FlowDelta,
  InstrumentDelta,
  MillisecondSeries,
  SessionDelta,
} from './interval.js';
import { addPairs } from './pairs.js';

/** Messages of one phase, second and request. */
export class FlowSum {
  readonly #of: Pick<FlowDelta, 'phase' | 'second' | 'request'>;
  readonly #counters = new Float64Array(COUNTERS.length);
  readonly #histograms = { response: new Totals(), service: new Totals(), lag: new Totals() };
  #wait: Totals | null = null;
  #waitAndService: Totals | null = null;
  #fanout: FanoutSum | null = null;
  #bytes: { -readonly [way in keyof ByteCounts]: number } | null = null;

  constructor({ phase, second, request }: FlowDelta) {
    this.#of = { phase, second, ...(request === undefined ? {} : { request }) };
  }

  add({ counters, histograms, wait, waitAndService, fanout, bytes }: FlowDelta): void {
    assertGrowing(counters);
    addCounters(this.#counters, counters);
    this.#histograms.response.add(histograms.response);
    this.#histograms.service.add(histograms.service);
    this.#histograms.lag.add(histograms.lag);
    if (wait !== undefined) {
      this.#wait ??= new Totals();
      this.#wait.add(wait);
    }
    if (waitAndService !== undefined) {
      this.#waitAndService ??= new Totals();
      this.#waitAndService.add(waitAndService);
    }
    if (fanout !== undefined) {
      this.#fanout ??= new FanoutSum();
      this.#fanout.add(fanout);
    }
    if (bytes !== undefined) {
      this.#bytes ??= { sent: 0, received: 0 };
      this.#bytes.sent += bytes.sent;
      this.#bytes.received += bytes.received;
    }
  }

  delta(): FlowDelta {
    const { response, service, lag } = this.#histograms;
    return {
      ...this.#of,
      counters: Array.from(this.#counters),
      histograms: { response: response.sparse(), service: service.sparse(), lag: lag.sparse() },
      ...(this.#wait === null ? {} : { wait: this.#wait.sparse() }),
      ...(this.#waitAndService === null ? {} : { waitAndService: this.#waitAndService.sparse() }),
      ...(this.#fanout === null ? {} : { fanout: this.#fanout.delta() }),
      ...(this.#bytes === null ? {} : { bytes: { ...this.#bytes } }),
    };
  }
}

const FANOUT_TIMES = ['deliver', 'deliverService', 'first', 'firstService', 'last', 'lastService', 'spread'] as const;

class FanoutSum {
  readonly #times = FANOUT_TIMES.map((name) => [name, new Totals()] as const);
  readonly #sums = noSums();
  #slow: { readonly deliver: Totals; readonly service: Totals; missed: number } | null = null;

  add(delta: FanoutDelta): void {
    for (const [name, times] of this.#times) times.add(delta[name]);
    addSums(this.#sums, delta);
    if (delta.slow === undefined) return;
    this.#slow ??= { deliver: new Totals(), service: new Totals(), missed: 0 };
    this.#slow.deliver.add(delta.slow.deliver);
    this.#slow.service.add(delta.slow.service ?? []);
    this.#slow.missed += delta.slow.missed;
  }

  delta(): FanoutDelta {
    const times = Object.fromEntries(this.#times.map(([name, each]) => [name, each.sparse()])) as Pick<
      FanoutDelta,
      (typeof FANOUT_TIMES)[number]
    >;
    const slow = this.#slow;
    return {
      ...times,
      ...this.#sums,
      ...(slow === null
        ? {}
        : { slow: { deliver: slow.deliver.sparse(), service: slow.service.sparse(), missed: slow.missed } }),
    };
  }
}

export class SessionSum {
  #early = 0;
  readonly #ready = new Totals();
  readonly #steps: Totals[] = [];

  add({ early = 0, ready, steps }: SessionDelta): void {
    this.#early += early;
    this.#ready.add(ready);
    for (const [step, us] of steps.entries()) {
      this.#steps[step] ??= new Totals();
      this.#steps[step].add(us);
    }
  }

  delta(): SessionDelta {
    const steps = this.#steps.map((step) => step.sparse());
    return { ...(this.#early === 0 ? {} : { early: this.#early }), ready: this.#ready.sparse(), steps };
  }
}

export class InstrumentSum {
  readonly #reported = new Totals();
  readonly #truth = new Totals();
  readonly #added = new Totals();
  #missed = 0;

  add({ reported, truth, added = [], missed }: InstrumentDelta): void {
    this.#reported.add(reported);
    this.#truth.add(truth);
    this.#added.add(added);
    this.#missed += missed;
  }

  delta(): InstrumentDelta {
    return {
      ...{ reported: this.#reported.sparse(), truth: this.#truth.sparse() },
      ...{ added: this.#added.sparse(), missed: this.#missed },
    };
  }
}

export class ChurnSum {
  readonly #lives: Record<Phase, { ended: number; opened: number }> = {
    warmup: { ended: 0, opened: 0 },
    measure: { ended: 0, opened: 0 },
  };
  readonly #events = new Map<number, EventSums>();

  add({ lives, events }: ChurnDelta): void {
    for (const phase of ['warmup', 'measure'] as const) {
      this.#lives[phase].ended += lives[phase].ended;
      this.#lives[phase].opened += lives[phase].opened;
    }
    for (const delta of events) {
      const sums = this.#events.get(delta.event) ?? new EventSums();
      this.#events.set(delta.event, sums);
      addEvent(sums, delta);
    }
  }

  delta(heldMin: number): ChurnDelta {
    return {
      heldMin,
      lives: { warmup: { ...this.#lives.warmup }, measure: { ...this.#lives.measure } },
      events: [...this.#events].map(([event, sums]) => ({
        event,
        ...{ heldBefore: sums.heldBefore, dropped: sums.dropped, lostInFlight: sums.lostInFlight },
        ...{ refused: sums.refused, held: seriesOf(sums.held), connects: seriesOf(sums.connects) },
        notConnected: seriesOf(sums.notConnected),
      })),
    };
  }
}

/** Adds what lines tell of an event. */
export function addEvent(sums: EventSums, delta: EventDelta): void {
  sums.heldBefore += delta.heldBefore;
  sums.dropped += delta.dropped;
  sums.lostInFlight += delta.lostInFlight;
  sums.refused += delta.refused;
  addPairs(sums.held, delta.held);
  addPairs(sums.connects, delta.connects);
  addPairs(sums.notConnected, delta.notConnected);
}

function seriesOf(series: ReadonlyMap<number, number>): MillisecondSeries {
  return [...series].flat();
}
