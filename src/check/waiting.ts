/**
 * Waits for something to become true of a connection, each with a deadline. Everything that changes goes through
 * `note`.
 */
export class Waiting {
  readonly #signal: AbortSignal;
  readonly #wakes = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Makes a change, then checks the condition of every waiting caller. */
  note(change: () => void): void {
    change();
    for (const wake of [...this.#wakes]) wake();
  }

  /** Resolves when `met` is true or the time is up; rejects with the signal's reason where it is aborted. */
  until(met: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#wakes.delete(look);
        this.#signal.removeEventListener('abort', stop);
        settle();
      };
      const look = () => {
        if (met()) end(resolve);
      };
      const stop = () => end(() => reject(this.#signal.reason));
      const timer = setTimeout(() => end(resolve), Math.max(0, withinMs));
      this.#wakes.add(look);
      this.#signal.addEventListener('abort', stop);
      if (this.#signal.aborted) stop();
      else look();
    });
  }
}
