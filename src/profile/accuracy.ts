/** How close a printed latency must be to the target's own: a share of it or a time, whichever is more. */
import { parseDurationMs } from '../units.js';
import type { Accuracy } from './profile.js';

export const DEFAULT_ACCURACY: Accuracy = { share: 0.2, us: 1000 };

export const ACCURACY_HINT = 'write it like 20% or 1ms (whichever is more), or one of the two alone: 10%, 500us';
/** The coarsest accuracy accepted: 100 % of the value, or a minute. */
const MOST_SHARE = 1;
const MOST_US = 60_000_000;

/** Reads `10% or 0.5ms`, `10%` or `0.5ms`. The part that is left out does not count. Null for any other text. */
export function parseAccuracy(text: string): Accuracy | null {
  const parts = text.trim().split(/\s+or\s+/);
  if (parts.length > 2) return null;
  const read = parts.map(readPart);
  const shares = read.flatMap((part) => (part?.share === undefined ? [] : [part.share]));
  const times = read.flatMap((part) => (part?.us === undefined ? [] : [part.us]));
  if (shares.length + times.length !== parts.length || shares.length > 1 || times.length > 1) return null;
  return { share: shares[0] ?? 0, us: times[0] ?? 0 };
}

/** What is wrong with an accuracy that was read, or null. */
export function accuracyProblem({ share, us }: Accuracy): string | null {
  if (share === 0 && us === 0) return 'is nothing: no measurement is exact';
  return share > MOST_SHARE || us > MOST_US ? 'is out of range: at most 100 % and 1 minute' : null;
}

function readPart(text: string): { readonly share?: number; readonly us?: number } | null {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  if (percent !== null) return { share: Number(percent[1]) / 100 };
  const ms = parseDurationMs(text);
  return ms === null ? null : { us: ms * 1000 };
}
