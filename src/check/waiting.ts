/** Bytes that a line is expected to bring in a millisecond: 4 MB a second. */
const LINE_BYTES_PER_MS = 4000;

/** How much longer than a short reply a reply to that many bytes may take, ms. */
export function transferMs(bytes: number): number {
  return bytes / LINE_BYTES_PER_MS;
}

/** A wait checks the time this often, ms. */
const SLICE_MS = 100;

/**
 * Waits until something is true of a connection, each wait with a deadline. Every change of the connection goes through
 * `note`. A deadline counts only time in which this process ran: while it stood still, it could not see what came.
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

  /** Resolves when `met` is true or the time is up. Rejects with the signal's reason if the signal is aborted. */
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
          // Read first what came in the meantime.
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
