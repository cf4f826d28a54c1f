import type { WireBeat } from '../../dialect/wire.js';
import type { SessionValues } from '../../plan/fill.js';

/** No server may ask for heartbeats more often, ms. */
const LEAST_BEAT_MS = 1000;

/** How often one connection beats, by what its server said about that. */
export class BeatPace {
  #lastUs: number;

  /** `readyUs`: when its session was ready. */
  constructor(readyUs: number) {
    this.#lastUs = readyUs;
  }

  /** A server that wants fewer heartbeats gets one when the next look would come too late. `session`: captured values. */
  isDue({ wanted, everyMs }: WireBeat, session: SessionValues, nowUs: number): boolean {
    if (wanted === undefined) return true;
    const wantedMs = Number(session[wanted] ?? 0);
    if (!(wantedMs > 0) || nowUs + everyMs * 1000 <= this.#lastUs + wantedMs * 1000) return false;
    this.#lastUs = nowUs;
    return true;
  }
}

/** How often the server wants heartbeats, ms, if that is more often than its protocol; null if it is not. */
export function hastenedMs(beat: WireBeat | null, session: SessionValues): number | null {
  const { atMost, everyMs } = beat ?? {};
  const seconds = atMost === undefined ? null : session[atMost];
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds * 1000 < everyMs!)) return null;
  return Math.max(LEAST_BEAT_MS, seconds * 1000);
}
