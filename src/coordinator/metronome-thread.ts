import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { WakeRequests } from '../engine/pacing/metronome.js';
import type { MetronomeLink } from '../engine/pacing/wake.js';

/** The helper thread of one cell that wakes its workers. */
export class MetronomeThread {
  readonly #requests: WakeRequests;
  readonly #exited: Promise<void>;
  /** One for each worker, by its number. */
  readonly links: readonly MetronomeLink[];

  /** `file`: path of the compiled metronome. */
  constructor(file: string, workers: number) {
    this.#requests = WakeRequests.forWorkers(workers);
    const { shared } = this.#requests;
    const channels = Array.from({ length: workers }, () => new MessageChannel());
    const ports: MessagePort[] = channels.map(({ port1 }) => port1);
    this.links = channels.map(({ port2 }, worker) => ({ shared, worker, port: port2 }));
    const thread = new Worker(file, { workerData: { shared, ports }, transferList: ports });
    this.#exited = new Promise((resolve, reject) => {
      thread.once('exit', () => resolve());
      thread.once('error', reject);
    });
  }

  async stop(): Promise<void> {
    this.#requests.stop();
    await this.#exited;
  }
}
