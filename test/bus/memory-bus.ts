/**
 * A bus in memory, on an invented clock. From its seed it loses, doubles, delays and reorders messages, and cuts
 * connections. The same seed gives the same run: nothing here waits for real time.
 */
import { type Bus, BusError, type BusHandler, type BusMessage } from '../../src/bus/bus.js';
import type { BusClock } from '../../src/bus/clock.js';
import { Rng } from '../../src/stats/rng.js';

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly call: () => void;
}

/** Time that passes only from event to event. */
export class InventedTime {
  nowUs = 0;
  #order = 0;
  #events: Event[] = [];

  after(ms: number, call: () => void): () => void {
    const event = { atUs: this.nowUs + ms * 1000, order: this.#order++, call };
    this.#events.push(event);
    return () => {
      this.#events = this.#events.filter((one) => one !== event);
    };
  }

  /** The clock of a machine whose zero is `offsetUs` before that of this time. */
  clock(offsetUs = 0): BusClock {
    return { nowUs: () => this.nowUs + offsetUs, after: (ms, call) => this.after(ms, call) };
  }

  /** Lets time pass until the promise has settled. Throws where nothing is left that could settle it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await microtasks();
      if (isSettled) return promise;
      if (!this.#step()) throw new Error('nothing is left to happen, and the promise has not settled');
    }
  }

  /** Lets everything happen that is still to happen. */
  async rest(): Promise<void> {
    do await microtasks();
    while (this.#step());
  }

  #step(): boolean {
    const next = this.#events.reduce<Event | null>((first, one) => (isBefore(one, first) ? one : first), null);
    if (next === null) return false;
    this.#events = this.#events.filter((one) => one !== next);
    this.nowUs = next.atUs;
    next.call();
    return true;
  }
}

function isBefore(one: Event, other: Event | null): boolean {
  return other === null || one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}

/** All promises that can go on have gone on. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What goes wrong. Shares: of messages, 0 to 1. */
export interface Trouble {
  readonly lost: number;
  readonly doubled: number;
  /** Each message takes 0 up to so long, one way, ms. So a later one may overtake it. */
  readonly delayMs: number;
  /** Connections are cut after 0 up to so long, for as long again, ms; 0: never. */
  readonly cutMs: number;
}

export const NO_TROUBLE: Trouble = { lost: 0, doubled: 0, delayMs: 0, cutMs: 0 };

export class MemoryBroker {
  readonly time: InventedTime;
  readonly trouble: Trouble;
  readonly maxPayloadBytes: number;
  readonly rng: Rng;
  readonly listeners = new Map<string, Set<{ readonly bus: MemoryBus; readonly handler: BusHandler }>>();
  /** Every message that was asked, in the order of asking. */
  readonly asked: { readonly subject: string; readonly atUs: number; readonly headers: BusMessage['headers'] }[] = [];

  constructor(time: InventedTime, seed: number, trouble: Trouble = NO_TROUBLE, maxPayloadBytes = 1024 * 1024) {
    this.time = time;
    this.trouble = trouble;
    this.maxPayloadBytes = maxPayloadBytes;
    this.rng = new Rng(seed);
  }

  connect(): MemoryBus {
    return new MemoryBus(this);
  }

  /** Carries a message over some connections: never, once or twice, each time at its own speed. */
  carry(over: readonly MemoryBus[], message: BusMessage, arrive: (message: BusMessage) => void): void {
    const { headers, body } = message;
    const size = body.length + JSON.stringify(headers).length;
    if (size > this.maxPayloadBytes) throw new Error(`a message of ${size} bytes: ${this.maxPayloadBytes} are allowed`);
    const copies = this.rng.next() < this.trouble.doubled ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.rng.next() < this.trouble.lost) continue;
      const copied = Uint8Array.from(body);
      this.time.after(this.rng.next() * this.trouble.delayMs, () => {
        if (over.some((bus) => bus.isAway)) return;
        arrive({ headers: { ...headers }, body: copied });
      });
    }
  }
}

export class MemoryBus implements Bus {
  readonly isPrivate = true;
  reconnects = 0;
  isAway = false;
  readonly away = null;
  readonly #broker: MemoryBroker;
  readonly #ends = new Set<() => void>();
  #isClosed = false;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  get maxPayloadBytes(): number {
    return this.#broker.maxPayloadBytes;
  }

  request(subject: string, message: BusMessage, timeoutMs: number): Promise<BusMessage> {
    if (this.#isClosed) return Promise.reject(new BusError('closed', 'closed'));
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        callOff();
        this.#ends.delete(close);
        settle();
      };
      const close = (): void => end(() => reject(new BusError('closed', 'closed')));
      const callOff = this.#broker.time.after(timeoutMs, () => end(() => reject(new BusError('silence', 'silence'))));
      this.#ends.add(close);
      this.#send(
        subject,
        message,
        (answer) => end(() => resolve(answer)),
        () => end(() => reject(new BusError('nobody', 'nobody'))),
      );
    });
  }

  requestMany(subject: string, message: BusMessage, quietMs: number): Promise<readonly BusMessage[]> {
    if (this.#isClosed) return Promise.reject(new BusError('closed', 'closed'));
    return new Promise((resolve) => {
      const answers: BusMessage[] = [];
      const { time } = this.#broker;
      let callOff = time.after(quietMs, () => resolve(answers));
      const take = (answer: BusMessage): void => {
        answers.push(answer);
        callOff();
        callOff = time.after(quietMs, () => resolve(answers));
      };
      this.#send(subject, message, take, () => resolve([]));
    });
  }

  answer(subject: string, handler: BusHandler): () => void {
    const listener = { bus: this, handler };
    const listeners = this.#broker.listeners.get(subject) ?? new Set();
    this.#broker.listeners.set(subject, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  async heard(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#ends) end();
  }

  /** Cuts this connection now, for so long. What is on the way is lost. */
  cut(ms: number): void {
    if (this.isAway) return;
    this.isAway = true;
    this.#broker.time.after(ms, () => {
      this.isAway = false;
      this.reconnects++;
    });
  }

  /** Cuts this connection again and again, until the returned function is called. */
  cutAtTimes(): () => void {
    const { time, rng, trouble } = this.#broker;
    if (trouble.cutMs === 0) return () => {};
    let callOff = (): void => {};
    const next = (): void => {
      callOff = time.after(rng.next() * trouble.cutMs, () => {
        this.cut(rng.next() * trouble.cutMs);
        next();
      });
    };
    next();
    return () => callOff();
  }

  #send(subject: string, message: BusMessage, take: (answer: BusMessage) => void, nobody: () => void): void {
    const broker = this.#broker;
    broker.asked.push({ subject, atUs: broker.time.nowUs, headers: message.headers });
    if (this.isAway) return;
    const listeners = [...(broker.listeners.get(subject) ?? [])];
    if (listeners.length === 0) return broker.carry([this], message, nobody);
    for (const { bus, handler } of listeners) {
      broker.carry([this, bus], message, (arrived) => {
        const answer = Promise.resolve(handler(arrived));
        // As a socket does with its buffer: who needs the bytes later has to copy them.
        arrived.body.fill(0);
        void answer.then((sent) => broker.carry([bus, this], sent, take)).catch(() => {});
      });
    }
  }
}
