import { formatDuration } from '../units.js';
import { type CheckSocket, TimedOut } from './check-socket.js';
import type { CheckContext } from './context.js';
import { exchange, usableProblem } from './echo.js';

/** Clients that behave well while another one does not. None of them may notice the other. */
export class Bystanders {
  readonly #context: CheckContext;
  readonly #sockets: readonly CheckSocket[];
  #turn = 0;

  private constructor(context: CheckContext, sockets: readonly CheckSocket[]) {
    this.#context = context;
    this.#sockets = sockets;
  }

  static async open(context: CheckContext, count = 3): Promise<Bystanders> {
    return new Bystanders(context, await context.openAll(count));
  }

  /** How the trouble affected one of them, or null. */
  async problem(): Promise<string | null> {
    const problems = await Promise.all(this.#sockets.map((socket) => usableProblem(this.#context, socket)));
    const index = problems.findIndex((problem) => problem !== null);
    return index < 0 ? null : this.#naming(index, problems[index]!);
  }

  /** Messages one after the other for this long, until one is not answered, or wrongly. */
  async talk(forMs: number): Promise<Talk> {
    const tookMs: number[] = [];
    const untilMs = performance.now() + forMs;
    while (tookMs.length === 0 || performance.now() < untilMs) {
      const turn = this.#turn++;
      const index = turn % this.#sockets.length;
      const startMs = performance.now();
      const problem = await this.#say(this.#sockets[index]!, turn);
      if (problem !== null) return { tookMs, problem: this.#naming(index, problem) };
      tookMs.push(performance.now() - startMs);
      await this.#context.sleep(PAUSE_MS);
    }
    return { tookMs, problem: null };
  }

  /** A message and its answer, or a ping where the server does not echo; what is wrong with it, or null. */
  async #say(socket: CheckSocket, turn: number): Promise<string | null> {
    const { expects, replyMs } = this.#context;
    if (expects.echo === null) {
      return (await socket.ping(replyMs)) === null ? `no pong within ${formatDuration(replyMs)}` : null;
    }
    try {
      return (await exchange(this.#context, socket, turn)).problem;
    } catch (error) {
      if (error instanceof TimedOut) return error.message;
      throw error;
    }
  }

  #naming(index: number, problem: string): string {
    return `a client that did nothing wrong (${index + 1} of ${this.#sockets.length}): ${problem}`;
  }
}

/** How long each answer took, ms, up to the first that was not right. */
export interface Talk {
  readonly tookMs: readonly number[];
  readonly problem: string | null;
}

const PAUSE_MS = 5;
