/** Bytes that a line is expected to bring in a millisecond: 4 MB a second. */
const LINE_BYTES_PER_MS = 4000;

/** How much longer than a short reply one to that many bytes may take, ms. */
export function transferMs(bytes: number): number {
  return bytes / LINE_BYTES_PER_MS;
}

/** A wait looks at the time this often, ms. */
const SLICE_MS = 100;

/**
 * Waits for something to become true of a connection, each with a deadline. Everything that changes goes through
 * `note`. A deadline counts only the time in which this process ran: while it stood still, it could not have seen what
 * came.
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
      let leftMs = Math.max(0, withinMs);
      let timer: NodeJS.Timeout;
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
      const nextSlice = () => {
        const sliceMs = Math.min(SLICE_MS, leftMs);
        timer = setTimeout(() => {
          leftMs -= sliceMs;
          if (leftMs > 0) nextSlice();
          // What came in the meantime is read before this.
          else setImmediate(() => end(resolve));
        }, sliceMs);
      };
      nextSlice();
      this.#wakes.add(look);
      this.#signal.addEventListener('abort', stop);
      if (this.#signal.aborted) stop();
      else look();
    });
  }
}
