import { SCENARIOS } from '../../src/check/scenarios.js';

/** What `wsurge check --quick` says of a peer: ids of checks, `2.1-2.7` for a row of them. Every check stands in one list. */
export interface Findings {
  readonly passed: string;
  /** Why the failure is true of this peer, by the id of the check. */
  readonly failed: Readonly<Record<string, string>>;
  readonly skipped: string;
  /** Checks that could not judge. */
  readonly error: string;
}

/** The status of each check, by its id. */
export type Statuses = Readonly<Record<string, string>>;

const IDS: readonly string[] = SCENARIOS.flatMap(({ checks }) => checks.map(({ id }) => id));

/** The ids in a text like `1.1 1.3-1.5 S.1`. Throws for an id that no check has. */
export function idsIn(text: string): string[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [from, to = from] = word.split('-');
      const [first, last] = [IDS.indexOf(from!), IDS.indexOf(to!)];
      if (first < 0 || last < first) throw new Error(`"${word}" names no checks`);
      return IDS.slice(first, last + 1);
    });
}

/** Stalls of more than half a second, the rate of a push, and memory that a garbage collector gives back when it likes. */
const TIMED = '3.9-3.11 4.1-4.5 5.13';

/** What no busy machine explains: messages that are lost, doubled or nobody's, and a stall although the rate was kept. */
const FALSE_REASON = /too many|no number|\blost\b|came where|^(?!.*\bcame at\b).*\bstalled\b/;

/**
 * Whether the result depends on how busy this machine is, so that a test asks only that the check was there: one of
 * `TIMED`, or one that could not judge, as it says, because this machine fell short.
 */
export function mayVary(id: string, status: string, reason: string): boolean {
  if (idsIn(TIMED).includes(id)) return status !== 'failed' || !FALSE_REASON.test(reason);
  return (status === 'skipped' || status === 'error') && /\bthis machine\b.*\b(sent only|stood still)\b/.test(reason);
}

/** The statuses that the findings say. Throws where a check stands in no list or in two. */
export function statusesOf({ passed, failed, skipped, error }: Findings): Statuses {
  const lists = { passed: idsIn(passed), failed: Object.keys(failed), skipped: idsIn(skipped), error: idsIn(error) };
  const statuses: Record<string, string> = {};
  for (const [status, ids] of Object.entries(lists)) {
    for (const id of ids) {
      if (statuses[id] !== undefined) throw new Error(`${id} is both ${statuses[id]} and ${status}`);
      statuses[id] = status;
    }
  }
  const missing = IDS.filter((id) => statuses[id] === undefined);
  if (missing.length > 0) throw new Error(`in no list: ${missing.join(' ')}`);
  return statuses;
}
