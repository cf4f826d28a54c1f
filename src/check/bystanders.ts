import { ServerFault } from './check.js';
import type { CheckSocket } from './check-socket.js';
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
    for (const [index, socket] of this.#sockets.entries()) {
      const problem = await usableProblem(this.#context, socket);
      if (problem !== null)
        return `a client that did nothing wrong (${index + 1} of ${this.#sockets.length}): ${problem}`;
    }
    return null;
  }

  /**
   * Answered messages one after the other for this long; the times they took, ms. Rejects where one is not answered, or
   * wrongly.
   */
  async talk(forMs: number): Promise<number[]> {
    const { expects, replyMs } = this.#context;
    const took: number[] = [];
    const untilMs = performance.now() + forMs;
    while (took.length === 0 || performance.now() < untilMs) {
      const turn = this.#turn++;
      const socket = this.#sockets[turn % this.#sockets.length]!;
      const startMs = performance.now();
      if (expects.echo === null) {
        if ((await socket.ping(replyMs)) === null)
          throw new ServerFault(`another client got no pong within ${replyMs} ms`);
      } else {
        const { problem } = await exchange(this.#context, socket, turn);
        if (problem !== null) throw new ServerFault(`another client got a wrong answer: ${problem}`);
      }
      took.push(performance.now() - startMs);
      await this.#context.sleep(PAUSE_MS);
    }
    return took;
  }
}

const PAUSE_MS = 5;
