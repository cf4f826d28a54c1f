import { CannotJudge, ServerFault, skipped } from './check.js';
import type { CheckSocket } from './check-socket.js';
import type { CheckContext, ServerProcess } from './context.js';
import { jsonField } from './echo.js';
import { promised } from './expectations.js';
import { shown } from './received.js';

/** How long a server may take to notice that connections have ended. */
export const GONE_MS = 5000;
/** Time between two requests: at first, and at most. */
const LOOK_MS = { first: 20, most: 200 } as const;

/** The server's own count of its open connections, requested on a separate connection. */
export class ServerList {
  readonly #context: CheckContext;
  readonly #socket: CheckSocket;

  private constructor(context: CheckContext, socket: CheckSocket) {
    this.#context = context;
    this.#socket = socket;
  }

  /** Rejects with NotPromised if the server does not tell its count. */
  static async open(context: CheckContext): Promise<ServerList> {
    promised(context.expects, 'stats');
    return new ServerList(context, await context.open());
  }

  async count(): Promise<number> {
    const { send, connections } = promised(this.#context.expects, 'stats');
    this.#socket.send(send);
    const { data } = await this.#socket.next(this.#context.replyMs);
    const value = jsonField(data, connections);
    if (typeof value !== 'number')
      throw new ServerFault(`"${connections}" of the server's answer is no number: ${shown(data)}`);
    return value;
  }

  /** Asks until two answers are the same: connections of the previous check may still be closing. */
  async steady(): Promise<number> {
    let last = Number.NaN;
    const isSame = (now: number) => {
      const same = now === last;
      last = now;
      return same;
    };
    return await settled(this.#context, () => this.count(), isSame);
  }

  /** Asks until the count is at least this. Returns the last answer. */
  async upTo(count: number): Promise<number> {
    const { replyMs } = this.#context;
    return await settled(
      this.#context,
      () => this.count(),
      (now) => now >= count,
      replyMs,
    );
  }

  /** Asks until the count is at most this. Returns the last answer. */
  async downTo(count: number, withinMs = GONE_MS): Promise<number> {
    return await settled(
      this.#context,
      () => this.count(),
      (now) => now <= count,
      withinMs,
    );
  }
}

/** The server's list; null if the server does not tell it. */
export async function serverList(context: CheckContext): Promise<ServerList | null> {
  return context.expects.stats === null ? null : await ServerList.open(context);
}

/** Reads until the value is right or the time is up. Returns the last value. */
export async function settled<T>(
  context: CheckContext,
  read: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  withinMs = GONE_MS,
): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (let pauseMs: number = LOOK_MS.first; ; pauseMs = Math.min(LOOK_MS.most, pauseMs * 1.2)) {
    const value = await read();
    if (isRight(value) || performance.now() >= untilMs) return value;
    await context.sleep(pauseMs);
  }
}

/** Open files of the server; null without permission to see them. Throws if the server has no process any more. */
export function openFilesOf({ process }: CheckContext): number | null {
  return process === null ? null : sampleOf(process).openFds;
}

/**
 * Throws a ServerFault if the server that wsurge started has ended. Throws a CannotJudge if somebody else started the
 * server, and only the process that wsurge watched is gone: the server may have been started again as another process.
 */
export function sampleOf(process: ServerProcess): NonNullable<ReturnType<ServerProcess['sample']>> {
  const sample = process.sample();
  if (sample !== null) return sample;
  if (process.exited() !== null) throw new ServerFault(endedText(process));
  throw new CannotJudge(`the process of the server (pid ${process.pid}) is gone, and no new one was found`);
}

/** `the server has ended: exited with code 1`. */
export function endedText(process: ServerProcess): string {
  const how = process.exited();
  return `the server has ended${how === null ? '' : `: ${how}`}`;
}

/** A server that wsurge did not start has nothing to watch. */
export const UNSEEN = skipped('the process of the server cannot be seen: let wsurge start it, or name its pid');
