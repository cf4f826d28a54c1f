import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { MetronomeBoard } from '../engine/pacing/metronome.js';
import type { MetronomeSeat } from '../engine/pacing/wake.js';

/** The helper thread of one cell that wakes its workers. */
export class MetronomeThread {
  readonly #board: MetronomeBoard;
  readonly #exited: Promise<void>;
  /** One for each worker, passed to it with its port. */
  readonly seats: readonly MetronomeSeat[];

  /** `file`: path of the compiled metronome. */
  constructor(file: string, workers: number) {
    this.#board = MetronomeBoard.forSeats(workers);
    const { shared } = this.#board;
    const channels = Array.from({ length: workers }, () => new MessageChannel());
    const ports: MessagePort[] = channels.map(({ port1 }) => port1);
    this.seats = channels.map(({ port2 }, seat) => ({ shared, seat, port: port2 }));
    const thread = new Worker(file, { workerData: { shared, ports }, transferList: ports });
    this.#exited = new Promise((resolve, reject) => {
      thread.once('exit', () => resolve());
      thread.once('error', reject);
    });
  }

  async stop(): Promise<void> {
    this.#board.stop();
    await this.#exited;
  }
}
