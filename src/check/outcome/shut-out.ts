import type { CheckStatus, ScenarioNumber } from '../check.js';
import type { Found } from '../look/server-kind.js';

/** Ids of the checks that are judged by the handshake alone. */
export const NEED_NO_OPEN_CONNECTION: ReadonlySet<string> = new Set(['1.3', '1.5', '1.6', '1.7', '1.8', '1.9']);

interface Tried {
  readonly number: ScenarioNumber;
  readonly checks: readonly { readonly id: string; readonly status: CheckStatus }[];
}

/**
 * Nothing beyond the handshake could be checked, because the server let nobody in. Security checks do not count: they
 * pass by such a refusal.
 */
export function isShutOut(kind: Found['kind'] | null, scenarios: readonly Tried[]): boolean {
  const beyond = scenarios
    .filter(({ number }) => number !== 'security')
    .flatMap(({ checks }) => checks.filter(({ id }) => !NEED_NO_OPEN_CONNECTION.has(id)));
  return kind?.name === 'closes' && beyond.length > 0 && beyond.every(({ status }) => status === 'skipped');
}
