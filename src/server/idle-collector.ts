/** What tells whether anything happened: counts that only rise. */
export interface Activity {
  readonly opened: number;
  readonly messages: number;
}

const LOOK_EVERY_MS = 100;
/** Looks without any activity before it is idle. */
const IDLE_LOOKS = 3;

/**
 * Collects garbage once when new connections have come and then nothing more: the memory of an idle server is then its
 * connections, not what was left of the load before. Never during a load, however slow, that opens no connections.
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

  /** One look at the counts. */
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
