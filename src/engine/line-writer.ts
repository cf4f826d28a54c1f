import { INTERVAL_VERSION, type Interval } from '../metrics/interval.js';
import type { Recorder } from '../metrics/recorder.js';
import type { Churn } from './churn/churn.js';
import type { EngineOptions } from './engine.js';
import type { Instrument } from './instrument/instrument.js';
import type { InFlightTable } from './matching/in-flight.js';
import type { Timer } from './pacing/clock.js';
import type { Pool } from './pool.js';

const SECOND_US = 1e6;
/** If the last line is younger than this at a whole second, that second gets no line of its own. */
const SHORTEST_SECOND_US = SECOND_US / 2;
/** The same at the end of a stage: the rest goes into the line of the next stage. */
const SHORTEST_REST_US = 50_000;

type Stage = Interval['stage'];

export interface LineWriterOptions {
  readonly engine: EngineOptions;
  readonly recorder: Recorder;
  readonly pool: Pool;
  readonly table: InFlightTable;
  readonly churn: Churn | null;
  readonly instrument: Instrument | null;
}

/** Writes the worker's lines: one a second, and one at the end of each stage, so that no line covers two stages. */
export class LineWriter {
  readonly #o: LineWriterOptions;
  #stage: Stage = 'connect';
  /** The current stage has a line. */
  #isTold = false;
  #lines = 0;
  /** When the last line was written. */
  #writtenUs: number;
  #t0Us = Number.POSITIVE_INFINITY;
  #timer: Timer | null = null;

  constructor(options: LineWriterOptions) {
    this.#o = options;
    this.#writtenUs = this.#nowUs();
  }

  /** Lines written so far. */
  get count(): number {
    return this.#lines;
  }

  /** From now on lines tell their second, counted from t0. */
  start(t0Us: number): void {
    this.#t0Us = t0Us;
  }

  /** Writes lines on whole seconds from `fromUs`, instead of those from an earlier call. */
  everySecond(fromUs: number): void {
    this.#timer?.cancel();
    const nowUs = this.#nowUs();
    const seconds = Math.floor((nowUs - fromUs) / SECOND_US) + 1;
    this.#timer = this.#o.engine.clock.after(Math.max(0, (fromUs + seconds * SECOND_US - nowUs) / 1000), () => {
      if (this.#nowUs() - this.#writtenUs > SHORTEST_SECOND_US) this.write();
      this.everySecond(fromUs);
    });
  }

  /** Names the stage of the next lines, without a line for the time before. */
  rename(stage: Stage): void {
    this.#stage = stage;
  }

  /**
   * Another stage begins. Ends the line of the stage before it. The measure phase gets one in any case: where a worker
   * stood still, it may be over a moment after it was noticed, and without a line nobody would know who was connected.
   */
  enter(stage: Stage): void {
    const isMissing = this.#stage === 'measure' && !this.#isTold;
    if (isMissing || this.#nowUs() - this.#writtenUs > SHORTEST_REST_US) this.write();
    this.#stage = stage;
    this.#isTold = false;
    this.#o.pool.takeFewest();
    this.#o.churn?.takeFewest();
  }

  /** Writes a line with everything since the last line. */
  write(): void {
    const { engine, recorder, pool, table, churn, instrument } = this.#o;
    const nowUs = this.#nowUs();
    const startUs = this.#writtenUs;
    this.#writtenUs = nowUs;
    this.#isTold = true;
    engine.onInterval({
      v: INTERVAL_VERSION,
      agent: engine.agent,
      cell: engine.shard.cell.id,
      workers: [engine.shard.worker, engine.shard.worker + 1],
      line: this.#lines++,
      elapsedMs: (nowUs - startUs) / 1000,
      stage: this.#stage,
      second: this.#secondOf(startUs),
      ...recorder.flush(),
      open: pool.open,
      openMin: pool.takeFewest(),
      inFlight: table.occupied(),
      health: engine.health.sample(),
      instrument: instrument?.drain() ?? null,
      ...(churn === null ? {} : { turnover: churn.drain() }),
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The second that a line belongs to. It may begin a little early, because timers do. */
  #secondOf(startUs: number): number | null {
    if (this.#t0Us === Number.POSITIVE_INFINITY) return null;
    return Math.max(0, Math.floor((startUs - this.#t0Us) / SECOND_US + 0.05));
  }

  #nowUs(): number {
    return this.#o.engine.clock.nowUs();
  }
}
