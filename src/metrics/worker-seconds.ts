/** One number of each worker in each second from t0, as its lines tell it, and the sum over workers. */
export class WorkerSeconds {
  readonly #byWorker = new Map<number, Map<number, number>>();

  /**
   * What a line says of the seconds it covers; where two lines speak of one second, `merge` decides. `second`: the
   * first that it covers.
   */
  add(
    worker: number,
    second: number,
    elapsedMs: number,
    value: number,
    merge: (known: number, value: number) => number,
  ): void {
    const seconds = this.#byWorker.get(worker) ?? new Map<number, number>();
    this.#byWorker.set(worker, seconds);
    const last = second + Math.max(1, Math.round(elapsedMs / 1000)) - 1;
    for (let at = second; at <= last; at++) {
      const known = seconds.get(at);
      seconds.set(at, known === undefined ? value : merge(known, value));
    }
  }

  /** Every second that a worker spoke of. */
  seconds(): number[] {
    return [...new Set([...this.#byWorker.values()].flatMap((worker) => [...worker.keys()]))];
  }

  /** Over all workers; one that wrote no line on this second counts as in its nearest line before, else behind. */
  sumAt(second: number): number | null {
    if (this.#byWorker.size === 0) return null;
    let sum = 0;
    for (const seconds of this.#byWorker.values()) {
      const known = [...seconds.keys()].sort((a, b) => a - b);
      const nearest = known.findLast((at) => at <= second) ?? known[0]!;
      sum += seconds.get(nearest)!;
    }
    return sum;
  }
}
