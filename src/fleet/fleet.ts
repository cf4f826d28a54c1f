import { randomBytes } from 'node:crypto';
import type { Bus } from '../bus/bus.js';
import { answerEach, type Question } from '../bus/exchange.js';
import { messageOf } from '../errors.js';
import { agentsOf } from './gather.js';
import { Member, Refused } from './member.js';
import { type AgentInfo, type Order, type Report, type ReportContext, reportSubject } from './orders.js';
import { FleetError, refusedByAgents } from './refused.js';

/** Called with every report of an agent of this run. False if it is of an older cell: the agent stops. */
export type OnReport = (member: Member, epoch: number, report: Report) => boolean;

/** The agents that work for one run. */
export class Fleet {
  readonly members: readonly Member[];
  readonly #bus: Bus;
  readonly #fleet: string;
  readonly #stopAnswering: () => void;
  #isLooking = false;
  #onReport: OnReport = () => false;

  private constructor(bus: Bus, fleet: string, run: string, agents: readonly AgentInfo[]) {
    this.#bus = bus;
    this.#fleet = fleet;
    this.members = agents.map((info) => new Member(bus, fleet, run, info));
    this.#stopAnswering = answerEach(bus, reportSubject(fleet, run), (question) => this.#take(question));
  }

  /**
   * Takes these agents for a run, finds the offsets of their clocks and watches them. `by`: who asks, as other
   * coordinators are told. Throws WsurgeError 104 if one refuses, and then keeps none.
   */
  static async lease(bus: Bus, { fleet, agents, by, instrumentCheck }: LeaseRequest): Promise<Fleet> {
    const own = new Fleet(bus, fleet, randomBytes(8).toString('hex'), agents);
    try {
      await own.orderAll(0, () => ({ kind: 'lease', by, instrumentCheck }));
      await inTurns(own.members, (member) =>
        member.measureClock().catch((error: unknown) => member.lose(`does not answer: ${messageOf(error)}`)),
      );
      own.refuseIfAnyIsLost();
      for (const member of own.members) member.watch(() => void own.#lookFor(member));
      return own;
    } catch (error) {
      await own.release();
      throw error;
    }
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

  /** The same for several orders to each, one after the other. */
  async each<T>(orders: (member: Member) => Promise<T>, losing = false): Promise<ReadonlyMap<Member, T>> {
    const refused: Refused[] = [];
    const answers = new Map<Member, T>();
    const each = this.members
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

  /** Gives the agents back. */
  async release(): Promise<void> {
    for (const member of this.members) member.end();
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

  #take({ body }: Question): 'ok' | 'gone' {
    const { agent, epoch, report } = body as ReportContext & { readonly report: Report };
    const member = this.members.find(({ info }) => info.id === agent);
    if (member === undefined || member.lost.aborted) return 'gone';
    return this.#onReport(member, epoch, report) ? 'ok' : 'gone';
  }
}

interface LeaseRequest {
  readonly fleet: string;
  readonly agents: readonly AgentInfo[];
  readonly by: string;
  readonly instrumentCheck: boolean;
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
