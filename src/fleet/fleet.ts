import { randomBytes } from 'node:crypto';
import type { Bus } from '../bus/bus.js';
import { type BusClock, REAL_CLOCK } from '../bus/clock.js';
import { answerEach, type Question } from '../bus/exchange.js';
import { unlessInterrupted } from '../bus/interrupted.js';
import { messageOf } from '../errors.js';
import { Beats } from './beats.js';
import { Member, Refused } from './member.js';
import { type AgentInfo, type Order, type Report, type ReportContext, reportSubject } from './orders.js';
import { agentsOf } from './present.js';
import { FleetError, refusedByAgents } from './refused.js';

/** Called with every report of an agent of this run. False if it is of an older cell: the agent stops. */
export type OnReport = (member: Member, epoch: number, report: Report) => boolean;

/** The agents that work for one run. */
export class Fleet {
  readonly members: readonly Member[];
  readonly #bus: Bus;
  readonly #fleet: string;
  readonly #clock: BusClock;
  readonly #byId: ReadonlyMap<string, Member>;
  readonly #stopAnswering: () => void;
  #beats: Beats<Member> | null = null;
  #isLooking = false;
  #onReport: OnReport = () => false;
  #isReleased = false;

  private constructor(bus: Bus, fleet: string, run: string, agents: readonly AgentInfo[], clock: BusClock) {
    this.#clock = clock;
    this.#bus = bus;
    this.#fleet = fleet;
    this.members = agents.map((info) => new Member(bus, fleet, run, info, clock));
    this.#byId = new Map(this.members.map((member) => [member.info.id, member]));
    this.#stopAnswering = answerEach(bus, reportSubject(fleet, run), (question) => this.#heed(question));
  }

  /**
   * Takes these agents for a run, finds the offsets of their clocks and watches them. `by`: who asks, as other
   * coordinators are told. Throws WsurgeError 104 if one refuses, or 105 if interrupted, and then keeps none.
   */
  static async lease(
    bus: Bus,
    { fleet, agents, by, instrumentCheck, clock = REAL_CLOCK }: LeaseRequest,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Fleet> {
    const own = new Fleet(bus, fleet, randomBytes(8).toString('hex'), agents, clock);
    try {
      await unlessInterrupted(own.#take({ kind: 'lease', by, instrumentCheck }), signal, 'taking agents');
      return own;
    } catch (error) {
      await own.release();
      // An order to take it that is still on its way is not sent again.
      for (const member of own.members) member.lose('was given back');
      throw error;
    }
  }

  async #take(order: Extract<Order, { kind: 'lease' }>): Promise<void> {
    const [first, ...others] = this.members;
    // Of two runs that want the same agents, the one that gets the first of them gets all.
    for (const some of [first === undefined ? [] : [first], others]) {
      await this.each((member) => member.order(0, order), false, some);
    }
    if (this.#isReleased) return;
    // Watched from here on: the clocks of a large fleet may take longer than a lease.
    for (const member of this.members) member.heard();
    const beat = (member: Member) => void member.beat(() => void this.#lookFor(member));
    this.#beats = new Beats(this.members, beat, this.#clock);
    await inTurns(this.members, (member) =>
      member.measureClock().catch((error: unknown) => member.lose(`does not answer: ${messageOf(error)}`)),
    );
    this.refuseIfAnyIsLost();
  }

  /** Who takes the reports from now on. */
  set onReport(take: OnReport) {
    this.#onReport = take;
  }

  /**
   * Sends an order to every agent that is still there. Throws WsurgeError 104 with all refusals if any refuses; with
   * `losing`, who refuses is lost, as is who does not answer.
   */
  orderAll(epoch: number, orderFor: (member: Member) => Order, losing = false): Promise<ReadonlyMap<Member, unknown>> {
    return this.each((member) => member.order(epoch, orderFor(member)), losing);
  }

  /** The same for several orders to each, one after the other. Absent `members`: all of them. */
  async each<T>(
    orders: (member: Member) => Promise<T>,
    losing = false,
    members: readonly Member[] = this.members,
  ): Promise<ReadonlyMap<Member, T>> {
    const refused: Refused[] = [];
    const answers = new Map<Member, T>();
    const each = members
      .filter(({ lost }) => !lost.aborted)
      .map(async (member) => {
        try {
          answers.set(member, await orders(member));
        } catch (error) {
          if (error instanceof Refused && !losing) refused.push(error);
          else if (error instanceof Refused) member.lose(`refuses: ${error.message}`);
          else if (!member.lost.aborted) member.lose(`does not answer: ${messageOf(error)}`);
        }
      });
    await Promise.all(each);
    if (refused.length > 0) throw refusedByAgents(refused);
    return answers;
  }

  /** Throws WsurgeError 104 if an agent is lost: before the load, no other takes its place. */
  refuseIfAnyIsLost(): void {
    const lost = this.members.filter((member) => member.lost.aborted);
    if (lost.length === 0) return;
    const message = lost.map((member) => messageOf(member.lost.reason)).join('; ');
    throw new FleetError('agents_gone', message, { next: 'wsurge agents lists who is there' });
  }

  /** Gives the agents back, once. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#beats?.end();
    const there = this.members.filter(({ lost }) => !lost.aborted);
    await Promise.allSettled(there.map((member) => member.order(0, { kind: 'release' })));
    this.#stopAnswering();
  }

  /** An agent that was started again is lost at once: its name is another one's by now. */
  async #lookFor(member: Member): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const there = await agentsOf(this.#bus, this.#fleet).catch(() => []);
    this.#isLooking = false;
    const isOther = there.some(({ name, id }) => name === member.name && id !== member.info.id);
    if (isOther) member.lose('is gone: it was started again');
  }

  #heed({ body }: Question): 'ok' | 'gone' {
    const { agent, epoch, report } = (body ?? {}) as ReportContext & { readonly report: Report | null | undefined };
    const member = this.#byId.get(agent);
    if (member === undefined || member.lost.aborted) return 'gone';
    if (typeof report !== 'object' || report === null) {
      member.lose('sent a report that is none');
      return 'gone';
    }
    // Where both sides are busy, a beat may be answered too late for a second, and reports come all the same.
    member.heard();
    return this.#onReport(member, epoch, report) ? 'ok' : 'gone';
  }
}

export interface LeaseRequest {
  readonly fleet: string;
  readonly agents: readonly AgentInfo[];
  readonly by: string;
  readonly instrumentCheck: boolean;
  /** This machine's, by default. Beats follow it, and the orders that are not answered. */
  readonly clock?: BusClock;
}

/** So many clocks are measured at a time: with all at once, the exchanges would wait for each other here. */
const CLOCKS_AT_ONCE = 16;

async function inTurns<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await each(next);
  };
  await Promise.all(Array.from({ length: Math.min(CLOCKS_AT_ONCE, all.length) }, lane));
}
