/** Were connections ended because nothing had come on them for a set time, as proxies do with idle ones? */
import type { CellResult } from '../metrics/cell-result.js';
import { formatCount, formatDuration } from '../units.js';
import type { CellReason } from './verdict.js';

/** Idle limits are longer than this. */
const SHORTEST_US = 900_000;
/** Silences of a set time differ by no more than this share, and this much. */
const ALIKE = { share: 0.05, us: 100_000 } as const;

export interface IdleCut {
  readonly count: number;
  readonly silenceUs: number;
  /**
   * True if the connections ended at different times after equal silences, so that no single event explains it. If they
   * all ended at once, the target may have died.
   */
  readonly isSure: boolean;
}

/** Null if nothing looks like an idle limit. */
export function idleCut({ endedAfterSilence: ended, keepAlive }: CellResult): IdleCut | null {
  if (ended === undefined || ended.count < 2 || keepAlive !== undefined || ended.p50Us < SHORTEST_US) return null;
  const spreadUs = ended.p90Us - ended.p10Us;
  if (spreadUs > ALIKE.share * ended.p50Us + ALIKE.us) return null;
  return { count: ended.count, silenceUs: ended.p50Us, isSure: ended.overUs > 4 * spreadUs + ALIKE.us };
}

export function idleCutReason(cell: CellResult, { count, silenceUs }: IdleCut, codes: string): CellReason {
  const message = `${formatCount(count)} of ${formatCount(cell.connections.opened)} connections were ended from the other side, each after about ${formatDuration(silenceUs / 1000)} in which nothing came on it, as proxies do with idle connections: ${codes}`;
  const fix = `${keepAliveFix(silenceUs)}; or raise the idle limit of what cuts them`;
  return { code: 'idle_cut', side: 'unknown', severity: 'note', cell: cell.id, message, fix, measure: count };
}

/** Pings at half the idle limit: one of them may be lost. */
export function keepAliveFix(silenceUs: number): string {
  return `keep them alive: --keep-alive ${asFlag(silenceUs / 2)} (keepAlive in the profile)`;
}

/** As a flag takes it: `30s`, `1.5s`, `500ms`. */
function asFlag(us: number): string {
  const seconds = us < 10_000_000 ? Number((us / 1e6).toFixed(1)) : Math.round(us / 1e6);
  return `${seconds}s`;
}
