/** Counts that only rise. If they do not change, nothing happened. */
export interface Activity {
  readonly opened: number;
  readonly messages: number;
}

const LOOK_EVERY_MS = 100;
/** The server is idle after this many checks without any activity. */
const IDLE_LOOKS = 3;

/**
 * Collects garbage once when connections were opened and then nothing more happens. The memory of an idle server is
 * then that of its connections, without remains of an earlier load. Never collects during a load that opens no
 * connections, however slow it is.
 */
export class IdleCollector {
  readonly #activity: () => Activity;
  readonly #collect: () => void;
  #last: Activity;
  #collectedAtOpened = 0;
  #quietLooks = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(activity: () => Activity, collect: () => void) {
    this.#activity = activity;
    this.#collect = collect;
    this.#last = activity();
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Checks the counts once. */
  look(): void {
    const now = this.#activity();
    const quiet = now.opened === this.#last.opened && now.messages === this.#last.messages;
    this.#last = now;
    this.#quietLooks = quiet ? this.#quietLooks + 1 : 0;
    if (this.#quietLooks !== IDLE_LOOKS || now.opened === this.#collectedAtOpened) return;
    this.#collectedAtOpened = now.opened;
    this.#collect();
  }
}
