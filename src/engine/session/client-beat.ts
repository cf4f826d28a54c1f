import type { WireBeat } from '../../dialect/wire.js';
import type { SessionValues } from '../../plan/fill.js';

/** No server may ask for heartbeats more often, ms. */
const LEAST_BEAT_MS = 1000;

/** When one connection owes the heartbeat of the protocol, where the server has a say in it. */
export class ClientBeat {
  readonly #beat: WireBeat;
  #sentUs = 0;

  constructor(beat: WireBeat) {
    this.#beat = beat;
  }

  /**
   * The session is ready. How often all connections must look for what is due, ms, if the server wants it more often than
   * its protocol; else null.
   */
  begin(nowUs: number, session: SessionValues): number | null {
    this.#sentUs = nowUs;
    const { atMost, everyMs } = this.#beat;
    const seconds = atMost === undefined ? null : session[atMost];
    if (typeof seconds !== 'number' || !(seconds > 0 && seconds * 1000 < everyMs)) return null;
    return Math.max(LEAST_BEAT_MS, seconds * 1000);
  }

  /** Whether one goes out now. A server that wants fewer gets one when the next look would come too late. */
  isDue(nowUs: number, captured: () => SessionValues): boolean {
    const { wanted, everyMs } = this.#beat;
    if (wanted === undefined) return true;
    const wantedMs = Number(captured()[wanted] ?? 0);
    if (!(wantedMs > 0)) return false;
    if (nowUs + everyMs * 1000 <= this.#sentUs + wantedMs * 1000) return false;
    this.#sentUs = nowUs;
    return true;
  }
}
