/**
 * Until when a worker may load a server, where somebody must watch over it: a time of the clock in memory that the threads
 * of a process share. Whoever hears from the watcher puts it off. A process that stood still for long, and goes on, must
 * not send what fell due meanwhile: its threads see the time before they have heard anything.
 */
export class Leash {
  readonly memory: SharedArrayBuffer;
  readonly #untilUs: Float64Array;

  constructor(memory = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#untilUs = new Float64Array(memory);
  }

  /** `untilUs`: of the process's clock, microseconds. */
  extend(untilUs: number): void {
    this.#untilUs[0] = untilUs;
  }

  isOver(nowUs: number): boolean {
    return nowUs > this.#untilUs[0]!;
  }
}
