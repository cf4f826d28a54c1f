import type { Path } from './document.js';
import type { SlowSpec } from './profile.js';
import type { Resolution } from './resolution.js';
import type { TalkUse, TalkWords } from './resolve-talk.js';

/** How many connections of a cell read slowly. They are its last ones. */
export function slowOf(connections: number, share: number): number {
  return Math.max(1, Math.round(connections * share));
}

/** Who reads slowly; null for nobody. `reaches`: a request reaches other connections. */
export function resolveSlow(
  words: TalkWords,
  reaches: boolean,
  path: Path,
  { fewest, connections }: TalkUse,
  { problems }: Resolution,
): SlowSpec | null {
  const slow = words.word('slow');
  if (slow === null) return null;
  const { share, rate, stops } = slow.value;
  const counts: Path[] = [
    [...path, 'connections'],
    [...path, 'sweep'],
  ];
  const wrong = (message: string, hint: string, restsOn: readonly Path[] = []) =>
    problems.rule({ path: slow.path, at: 'key', message, hint }, restsOn);
  if (!reaches) {
    const hint = 'say which request reaches others: reaches: all, room or others';
    wrong('stands without a request that reaches others', hint, [['requests'], [...path, 'requests']]);
  }
  if ((rate !== undefined) === (stops === true)) {
    wrong('must say how slowly: one of rate and stops', 'e.g. rate: 10/s, or stops: true');
  }
  if (fewest - slowOf(fewest, share) < 2) {
    wrong('leaves fewer than two connections that read', 'use a smaller share or more connections', counts);
  }
  const senders = words.word('senders');
  const most = connections - slowOf(connections, share);
  if (senders !== null && senders.value > most) {
    const message = `needs connections that do not send, but ${senders.value} of ${connections} do`;
    wrong(message, `senders: ${most} at most`, [senders.path, ...counts]);
  }
  return { share, ratePerSecond: rate ?? null };
}
