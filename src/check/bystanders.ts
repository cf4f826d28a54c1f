import { formatDuration } from '../units.js';
import { CannotJudge } from './check.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext } from './context.js';
import { exchange, usableProblem } from './echo.js';
import { asks } from './expectations.js';
import { isServerFault } from './fault.js';
import { shownClose } from './received.js';

/**
 * Clients that behave well while another client misbehaves. The server must keep serving them as if nothing happened.
 */
export class Bystanders {
  readonly #context: CheckContext;
  readonly #sockets: readonly CheckSocket[];
  readonly #openedAtMs = performance.now();
  #turn = 0;

  private constructor(context: CheckContext, sockets: readonly CheckSocket[]) {
    this.#context = context;
    this.#sockets = sockets;
  }

  static async open(context: CheckContext, count = 3): Promise<Bystanders> {
    return new Bystanders(context, await context.openAll(count));
  }

  /** How the misbehaving client disturbed one of them; null if it disturbed none. */
  async problem(): Promise<string | null> {
    const problems = await Promise.all(this.#sockets.map((socket) => usableProblem(this.#context, socket)));
    const index = problems.findIndex((problem) => problem !== null);
    if (index < 0) return null;
    await this.#judgeable(problems[index]!);
    return this.#naming(index, problems[index]!);
  }

  /**
   * Tries the same without any misbehaving client, with as many messages or for as long. Throws a CannotJudge if these
   * clients are disturbed as well: then the trouble has another cause. If the server does not answer even their first
   * message, it has not recovered yet, and nothing is thrown.
   */
  async #judgeable(problem: string): Promise<void> {
    const turns = this.#turn;
    const lastedMs = performance.now() - this.#openedAtMs;
    const startMs = performance.now();
    let same: string | null;
    try {
      const others = new Bystanders(this.#context, await this.#context.openAll(this.#sockets.length));
      for (let turn = 0; turn < others.#sockets.length; turn++) {
        if ((await others.#next()).problem !== null) return;
      }
      same = await others.#alike(turns, startMs + lastedMs);
    } catch (error) {
      if (isServerFault(error)) return;
      throw error;
    }
    if (same !== null) throw new CannotJudge(`well-behaved clients meet this undisturbed as well: ${problem}`);
  }

  /** Sends that many messages, waits until then, and sends one more on each connection. What went wrong, or null. */
  async #alike(turns: number, untilMs: number): Promise<string | null> {
    while (this.#turn < turns) {
      const { problem } = await this.#next();
      if (problem !== null) return problem;
      await this.#context.sleep(PAUSE_MS);
    }
    await this.#context.sleep(Math.max(0, untilMs - performance.now()));
    for (let turn = 0; turn < this.#sockets.length; turn++) {
      const { problem } = await this.#next();
      if (problem !== null) return problem;
    }
    return null;
  }

  async #next(): Promise<{ readonly index: number; readonly problem: string | null }> {
    const turn = this.#turn++;
    const index = turn % this.#sockets.length;
    const socket = this.#sockets[index]!;
    if (socket.ending !== null) return { index, problem: `the connection is closed: ${shownClose(socket.ending)}` };
    return { index, problem: await this.#say(socket, turn) };
  }

  /** Sends one message after the other for this long. Stops at the first that is not answered, or answered wrongly. */
  async talk(forMs: number): Promise<Talk> {
    const tookMs: number[] = [];
    const untilMs = performance.now() + forMs;
    while (tookMs.length === 0 || performance.now() < untilMs) {
      const startMs = performance.now();
      const { index, problem } = await this.#next();
      if (problem !== null) {
        await this.#judgeable(problem);
        return { tookMs, problem: this.#naming(index, problem) };
      }
      tookMs.push(performance.now() - startMs);
      await this.#context.sleep(PAUSE_MS);
    }
    return { tookMs, problem: null };
  }

  /** Sends a message (or a ping, if the server answers none). Says what is wrong with the answer, or null. */
  async #say(socket: CheckSocket, turn: number): Promise<string | null> {
    const { expects, replyMs } = this.#context;
    if (!asks(expects)) {
      return (await socket.ping(replyMs)) === null ? `no pong within ${formatDuration(replyMs)}` : null;
    }
    try {
      return (await exchange(this.#context, socket, turn)).problem;
    } catch (error) {
      if (isServerFault(error)) return error.message;
      throw error;
    }
  }

  #naming(index: number, problem: string): string {
    return `a client that did nothing wrong (${index + 1} of ${this.#sockets.length}): ${problem}`;
  }
}

/** How long each answer took, ms, up to the first wrong one. */
export interface Talk {
  readonly tookMs: readonly number[];
  readonly problem: string | null;
}

const PAUSE_MS = 5;
