/** Gates have no fix of their own: what the target did is a note, and the note says what to do. */
import type { ReasonCode } from './reasons.js';

/** What keeps connections from being open, by the target's own doing. */
const CONNECTIONS: readonly ReasonCode[] = [
  'target_down',
  'target_connect',
  'target_session',
  'target_protocol',
  'idle_cut',
  'target_closed',
  'sessions_ended',
];

/** The notes that explain why a gate does not hold, where the measurement was good enough to blame the target. */
const BEHIND: Readonly<Record<string, readonly ReasonCode[]>> = {
  held: CONNECTIONS,
  opened: CONNECTIONS,
  recovered: CONNECTIONS,
  received: CONNECTIONS,
  answered: [...CONNECTIONS, 'target_timeout'],
  lost: ['target_down', 'target_closed', 'target_timeout'],
  failed: ['target_failed'],
  blocked: ['target_blocked'],
  delivered: ['target_missed'],
  missed: ['target_missed'],
};

interface Doubt {
  readonly code: string;
  readonly severity: string;
  readonly fix: string | null;
}

/**
 * The fix for the first of the doubts that has one. `hasFailed`: a gate decided the verdict, and not the measurement; the
 * first may then be explained by a note further down. Null if there is none.
 */
export function firstFix(doubts: readonly Doubt[], shown: number, hasFailed: boolean): string | null {
  for (const { code, severity, fix } of doubts.slice(0, shown)) {
    const behind = hasFailed && severity === 'failed' ? (BEHIND[code] ?? []) : [];
    const found = fix ?? doubts.find((note) => note.fix !== null && behind.includes(note.code as ReasonCode))?.fix;
    if (found != null) return found;
  }
  return null;
}
