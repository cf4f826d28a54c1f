import { type Bus, BusError } from '../bus/bus.js';
import type { BusClock } from '../bus/clock.js';
import { type Answered, ask, type Patience, type Question } from '../bus/exchange.js';
import { type ExitCode, messageOf } from '../errors.js';
import { ClockOffset } from './clock-offset.js';
import {
  type AgentInfo,
  BEAT_MS,
  LOST_AFTER_MS,
  type Order,
  type OrderContext,
  orderSubject,
  type Refusal,
} from './orders.js';
import { Tally } from './tally.js';

/** How long to wait for the answer to a short order. */
const ORDER: Patience = { timeoutMs: 2000, overallMs: LOST_AFTER_MS };
/** The same for orders that take their time: threads start, a canary flies. */
const LONG: Patience = { timeoutMs: 30_000, overallMs: 120_000 };
/** An agent that does not hear that it is released gives itself back when its lease is over. */
const RELEASE: Patience = { timeoutMs: BEAT_MS, overallMs: 2 * BEAT_MS };
/** A beat that is not answered in its second is followed by the next one. */
const BEAT: Patience = { timeoutMs: BEAT_MS, overallMs: BEAT_MS };
/** Exchanges before a run that find the offset of the agent's clock. */
const CLOCK_SAMPLES = 32;

/** An agent said no. `code`: `gone` if it is no longer this run's. */
export class Refused extends Error {
  readonly agent: string;
  readonly code: string;
  readonly next: string | null;
  readonly exit: ExitCode;

  constructor(agent: string, { error }: Refusal) {
    super(error.message);
    this.agent = agent;
    this.code = error.code;
    this.next = error.next;
    this.exit = error.exit;
  }
}

/** An agent that works for this run: orders to it, its clock, and whether it is still there. */
export class Member {
  readonly info: AgentInfo;
  readonly clock = new ClockOffset();
  /** Orders to it. */
  readonly tally = new Tally();
  readonly #bus: Bus;
  readonly #fleet: string;
  readonly #run: string;
  readonly #lost = new AbortController();
  #orders = 0;
  /** By which it is waited for. `clock` is how far that of the agent is ahead. */
  readonly #ownClock: BusClock;
  #heardUs: number;

  constructor(bus: Bus, fleet: string, run: string, info: AgentInfo, clock: BusClock) {
    this.#bus = bus;
    this.#ownClock = clock;
    this.#heardUs = clock.nowUs();
    this.#fleet = fleet;
    this.#run = run;
    this.info = info;
  }

  get name(): string {
    return this.info.name;
  }

  /** Aborted, with an Error as its reason, when the agent is lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Sends an order, until it is answered. Rejects with Refused, or with a BusError. */
  async order(epoch: number, order: Order, patience = patienceFor(order)): Promise<unknown> {
    return await this.#ask(epoch, order, patience);
  }

  /** Measures the offset of its clock. */
  async measureClock(): Promise<void> {
    for (let i = 0; i < CLOCK_SAMPLES; i++) await this.#ask(0, { kind: 'beat' }, ORDER);
  }

  /** Something was heard of it now: from here on it counts how long nothing is. */
  heard(): void {
    this.#heardUs = this.#ownClock.nowUs();
  }

  /** The agent is lost from now on. */
  lose(why: string): void {
    if (!this.#lost.signal.aborted) this.#lost.abort(new Error(`agent ${this.name} ${why}`));
  }

  /** Sends a beat, which keeps the lease and follows the clock. `onNobody`: nobody listens to it. */
  async beat(onNobody: () => void): Promise<void> {
    if (this.#lost.signal.aborted) return;
    try {
      await this.#ask(0, { kind: 'beat' }, BEAT);
    } catch (error) {
      if (error instanceof Refused) return this.lose(`has given up this run: ${messageOf(error)}`);
      // The next one follows.
      this.tally.repeated(1);
      const isNobody = error instanceof BusError && error.code === 'nobody';
      if (isNobody) onNobody();
      const silentMs = (this.#ownClock.nowUs() - this.#heardUs) / 1000;
      if (silentMs < LOST_AFTER_MS) return;
      this.lose(`${this.#silence(error)}: nothing heard for ${Math.round(silentMs / 1000)} s`);
    }
  }

  /** Why nothing is heard of it. */
  #silence(error: unknown): string {
    const { away } = this.#bus;
    if (away !== null) return `is out of reach, for ${away.message}`;
    return error instanceof BusError && error.code === 'nobody' ? 'is gone' : 'does not answer';
  }

  async #ask(epoch: number, order: Order, patience: Patience): Promise<unknown> {
    const context: OrderContext = { run: this.#run, epoch };
    const question: Question = {
      id: `${this.#run}-${epoch}-${this.#orders++}`,
      kind: order.kind,
      body: { ...context, order },
    };
    this.tally.sent();
    const subject = orderSubject(this.#fleet, this.info.id);
    const answered = await ask(this.#bus, subject, question, patience, this.lost, this.#ownClock);
    this.#answered(answered);
    const refusal = refusalIn(answered.value);
    if (refusal !== null) throw new Refused(this.name, refusal);
    return answered.value;
  }

  #answered({ stamps, tries }: Answered): void {
    this.heard();
    this.tally.repeated(tries - 1);
    this.clock.add(stamps);
  }
}

function patienceFor({ kind }: Order): Patience {
  if (kind === 'release') return RELEASE;
  return kind === 'prepare' || kind === 'reach' || kind === 'rows' ? LONG : ORDER;
}

function refusalIn(value: unknown): Refusal | null {
  return typeof value === 'object' && value !== null && 'error' in value ? (value as Refusal) : null;
}
