import { Worker } from 'node:worker_threads';
import type { TruthEchoLink } from '../engine/instrument/instrument.js';
import { ReplyLog } from '../engine/instrument/reply-log.js';
import { messageOf, usageError } from '../errors.js';

/** The thread of a run with the echo that the workers' instrument check uses. */
export class TruthEchoThread {
  readonly #thread: Worker;
  readonly #exited: Promise<void>;
  /** One for each worker, by its number. */
  readonly links: readonly TruthEchoLink[];

  private constructor(thread: Worker, exited: Promise<void>, links: readonly TruthEchoLink[]) {
    this.#thread = thread;
    this.#exited = exited;
    this.links = links;
  }

  /** `file`: path of the compiled truth echo. Throws a WsurgeError (104) if it cannot listen. */
  static async start(file: string, workers: number): Promise<TruthEchoThread> {
    const { shared } = ReplyLog.forWorkers(workers);
    const thread = new Worker(file, { workerData: { shared } });
    const exited = new Promise<void>((resolve) => {
      thread.once('exit', () => resolve());
    });
    const port = await new Promise<number>((resolve, reject) => {
      thread.once('message', resolve);
      // If the thread ends later, the instrument check sees messages without a reply.
      thread.on('error', (error) =>
        reject(
          usageError(
            'instrument_check',
            `the instrument check cannot start: ${messageOf(error)}`,
            'see the error, or measure without it: --no-instrument-check',
          ),
        ),
      );
    });
    const links = Array.from({ length: workers }, (_, worker) => ({
      url: `ws://127.0.0.1:${port}/${worker}`,
      worker,
      shared,
    }));
    return new TruthEchoThread(thread, exited, links);
  }

  async stop(): Promise<void> {
    this.#thread.postMessage('stop');
    await this.#exited;
  }
}
