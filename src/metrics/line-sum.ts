import { addCounts } from './count-sums.js';
import { Totals } from './histogram.js';
import {
  type CloseCount,
  CONNECT_PHASES,
  type ConnectionCounts,
  type ErrorCount,
  INTERVAL_VERSION,
  type Interval,
  type ScriptDelta,
  type WorkerHealth,
  type WorkerSpan,
} from './interval.js';
import { ChurnSum, FlowSum, InstrumentSum, SessionSum } from './line-parts.js';

/** Who writes the sums. */
export interface SumAuthor {
  readonly agent: string;
  readonly cell: string;
  readonly workers: WorkerSpan;
}

/** What the newest line of a source says of now. */
interface Now {
  open: number;
  openMin: number;
  inFlight: number;
  heldMin: number;
}

const STAGES: readonly Interval['stage'][] = ['connect', 'idle', 'warmup', 'measure', 'drain', 'close'];

/**
 * Adds up the lines of several sources (the workers of a machine, the machines of a fleet) to lines of them all. A sum
 * has the lines of one stage and second. Counts and histograms add up exactly, in any grouping. What is open and in
 * flight is that of all sources, by the newest line of each; of their health the worst is told.
 */
export class LineSum {
  readonly #author: SumAuthor;
  /** By stage and second. */
  #parts = new Map<string, StageSum>();
  /** By the first worker of the source. */
  readonly #now = new Map<number, Now>();
  #lines = 0;

  constructor(author: SumAuthor) {
    this.#author = author;
  }

  /** Sums written so far. */
  get count(): number {
    return this.#lines;
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  add(line: Interval): void {
    const key = `${line.stage} ${line.second}`;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = new StageSum(line);
      this.#parts.set(key, part);
    }
    part.add(line);
  }

  /** The sums of what was added since the last call, in order of time. */
  take(): Interval[] {
    const parts = [...this.#parts.values()].sort((a, b) => a.rank - b.rank || (a.second ?? -1) - (b.second ?? -1));
    this.#parts = new Map();
    return parts.map((part) => {
      for (const [source, now] of part.now) this.#now.set(source, now);
      return part.line(this.#author, this.#lines++, [...this.#now.values()]);
    });
  }
}

/** The lines of one stage and second. */
class StageSum {
  readonly second: number | null;
  /** By the first worker of the source. */
  readonly now = new Map<number, Now>();
  readonly #stage: Interval['stage'];
  #elapsedMs = 0;
  readonly #flow = new Map<string, FlowSum>();
  #outside = 0;
  #bundled = 0;
  readonly #keepAlive = { pings: 0, pongs: 0 };
  readonly #silences = new Totals();
  #silenceUs: readonly [first: number, last: number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  readonly #connections = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 };
  readonly #connect = CONNECT_PHASES.map((phase) => [phase, new Totals()] as const);
  #session: SessionSum | null = null;
  readonly #ruled: number[] = [];
  readonly #asks = new Map<string, Totals>();
  readonly #frames = new Map<string, ScriptDelta['frames'][number]>();
  readonly #sessions = new Totals();
  readonly #pings = new Totals();
  readonly #closes = new Map<string, CloseCount>();
  readonly #errors = new Map<string, ErrorCount>();
  readonly #bytes = { sent: 0, received: 0 };
  #health: WorkerHealth | null = null;
  #instrument: InstrumentSum | null = null;
  #turnover: ChurnSum | null = null;

  constructor({ stage, second }: Interval) {
    this.#stage = stage;
    this.second = second;
  }

  get rank(): number {
    return STAGES.indexOf(this.#stage);
  }

  add(line: Interval): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, line.elapsedMs);
    this.#addNow(line);
    for (const delta of line.flow) {
      const key = `${delta.phase} ${delta.second} ${delta.request ?? ''}`;
      let flow = this.#flow.get(key);
      if (flow === undefined) {
        flow = new FlowSum(delta);
        this.#flow.set(key, flow);
      }
      flow.add(delta);
    }
    this.#outside += line.outside ?? 0;
    this.#bundled += line.bundled ?? 0;
    this.#keepAlive.pings += line.keepAlive?.pings ?? 0;
    this.#keepAlive.pongs += line.keepAlive?.pongs ?? 0;
    this.#addSilence(line);
    for (const key of Object.keys(this.#connections) as (keyof ConnectionCounts)[]) {
      this.#connections[key] += line.connections[key];
    }
    for (const [phase, times] of this.#connect) times.add(line.connect[phase]);
    if (line.session !== undefined) {
      this.#session ??= new SessionSum();
      this.#session.add(line.session);
    }
    for (const [rule, count] of (line.ruled ?? []).entries()) this.#ruled[rule] = (this.#ruled[rule] ?? 0) + count;
    this.#addScript(line);
    this.#sessions.add(line.sessions);
    this.#pings.add(line.pings);
    addCounts(this.#closes, line.closes, (close) => `${close.code} ${close.clean} ${close.by}`);
    addCounts(this.#errors, line.errors, (error) => `${error.phase} ${error.code}`);
    this.#bytes.sent += line.bytes.sent;
    this.#bytes.received += line.bytes.received;
    this.#health = this.#health === null ? line.health : worseHealth(this.#health, line.health);
    if (line.instrument !== null) {
      this.#instrument ??= new InstrumentSum();
      this.#instrument.add(line.instrument);
    }
    if (line.turnover !== undefined) {
      this.#turnover ??= new ChurnSum();
      this.#turnover.add(line.turnover);
    }
  }

  /** `all`: of every source, those without a line here included. */
  line({ agent, cell, workers }: SumAuthor, line: number, all: readonly Now[]): Interval {
    const sum = (of: keyof Now) => all.reduce((total, now) => total + now[of], 0);
    return {
      ...{ v: INTERVAL_VERSION, agent, cell, workers, line, elapsedMs: this.#elapsedMs, stage: this.#stage },
      flow: [...this.#flow.values()].map((flow) => flow.delta()),
      ...(this.#outside === 0 ? {} : { outside: this.#outside }),
      ...(this.#bundled === 0 ? {} : { bundled: this.#bundled }),
      ...(this.#keepAlive.pings === 0 && this.#keepAlive.pongs === 0 ? {} : { keepAlive: { ...this.#keepAlive } }),
      ...this.#silence(),
      connections: { ...this.#connections },
      connect: Object.fromEntries(
        this.#connect.map(([phase, times]) => [phase, times.sparse()]),
      ) as Interval['connect'],
      ...(this.#session === null ? {} : { session: this.#session.delta() }),
      ...(this.#ruled.length === 0 ? {} : { ruled: [...this.#ruled] }),
      ...this.#script(),
      ...{ sessions: this.#sessions.sparse(), pings: this.#pings.sparse() },
      ...{ closes: [...this.#closes.values()], errors: [...this.#errors.values()], bytes: { ...this.#bytes } },
      ...{ second: this.second, open: sum('open'), openMin: sum('openMin'), inFlight: sum('inFlight') },
      health: this.#health!,
      instrument: this.#instrument?.delta() ?? null,
      ...(this.#turnover === null ? {} : { turnover: this.#turnover.delta(sum('heldMin')) }),
    };
  }

  /** A source may have several lines in one second. */
  #addNow({ workers, open, openMin, inFlight, turnover }: Interval): void {
    const heldMin = turnover?.heldMin ?? 0;
    const before = this.now.get(workers[0]);
    this.now.set(workers[0], {
      open,
      openMin: Math.min(openMin, before?.openMin ?? openMin),
      inFlight,
      heldMin: Math.min(heldMin, before?.heldMin ?? heldMin),
    });
  }

  #addSilence({ silence }: Interval): void {
    if (silence === undefined) return;
    this.#silences.add(silence.silences);
    const [first, last] = this.#silenceUs;
    this.#silenceUs = [Math.min(first, silence.firstUs), Math.max(last, silence.lastUs)];
  }

  #silence(): Pick<Interval, 'silence'> {
    if (this.#silences.count === 0) return {};
    const [firstUs, lastUs] = this.#silenceUs;
    return { silence: { silences: this.#silences.sparse(), firstUs, lastUs } };
  }

  #addScript({ script }: Interval): void {
    if (script === undefined) return;
    for (const { name, us } of script.asks) {
      const times = this.#asks.get(name) ?? new Totals();
      times.add(us);
      this.#asks.set(name, times);
    }
    addCounts(this.#frames, script.frames, ({ means, name }) => `${means} ${name}`);
  }

  #script(): Pick<Interval, 'script'> {
    if (this.#asks.size === 0 && this.#frames.size === 0) return {};
    const asks = [...this.#asks].map(([name, times]) => ({ name, us: times.sparse() }));
    return { script: { asks, frames: [...this.#frames.values()] } };
  }
}

/** The worse of two in each respect. Processor time and memory add up; what one of them does not tell is unknown. */
function worseHealth(a: WorkerHealth, b: WorkerHealth): WorkerHealth {
  const longer = a.blockedMs >= b.blockedMs ? a : b;
  const both = (x: number | null, y: number | null, of: (x: number, y: number) => number) =>
    x === null || y === null ? null : of(x, y);
  return {
    busy: Math.max(a.busy, b.busy),
    blockedMs: longer.blockedMs,
    blockedWaitMs: longer.blockedWaitMs,
    pausedMs: Math.max(a.pausedMs, b.pausedMs),
    runQueueWaitMs: both(a.runQueueWaitMs, b.runQueueWaitMs, Math.max),
    cpuMs: both(a.cpuMs, b.cpuMs, (x, y) => x + y),
    gcPauseMsMax: Math.max(a.gcPauseMsMax, b.gcPauseMsMax),
    gcLongPauses: Math.max(a.gcLongPauses, b.gcLongPauses),
    gcLongPauseMs: Math.max(a.gcLongPauseMs, b.gcLongPauseMs),
    heapBytes: a.heapBytes + b.heapBytes,
  };
}
