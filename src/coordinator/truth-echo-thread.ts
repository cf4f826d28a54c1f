import { Worker } from 'node:worker_threads';
import type { InstrumentSeat } from '../engine/instrument/instrument.js';
import { TruthBoard } from '../engine/instrument/truth-board.js';
import { messageOf, usageError } from '../errors.js';

/** The thread of a run with the echo that the workers' instrument check uses. */
export class TruthEchoThread {
  readonly #thread: Worker;
  readonly #exited: Promise<void>;
  /** One for each worker. */
  readonly seats: readonly InstrumentSeat[];

  private constructor(thread: Worker, exited: Promise<void>, seats: readonly InstrumentSeat[]) {
    this.#thread = thread;
    this.#exited = exited;
    this.seats = seats;
  }

  /** `file`: path of the compiled truth echo. Throws a WsurgeError (104) if it cannot listen. */
  static async start(file: string, workers: number): Promise<TruthEchoThread> {
    const { shared } = TruthBoard.forSeats(workers);
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
    const seats = Array.from({ length: workers }, (_, seat) => ({
      url: `ws://127.0.0.1:${port}/${seat}`,
      seat,
      shared,
    }));
    return new TruthEchoThread(thread, exited, seats);
  }

  async stop(): Promise<void> {
    this.#thread.postMessage('stop');
    await this.#exited;
  }
}
