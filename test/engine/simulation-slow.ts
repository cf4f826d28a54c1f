import assert from 'node:assert/strict';
import { highestInBucket } from '../../src/metrics/buckets.js';
import type { Interval } from '../../src/metrics/interval.js';
import type { SlowSpec } from '../../src/profile/profile.js';
import type { Rng } from '../../src/stats/rng.js';
import type { FakeConnection } from './fake-server.js';

/** A closing handshake takes so long, microseconds. */
const CLOSING_US = 1000;

/** A message that a connection should have received, if it was open then. Instants and times in microseconds. */
export interface MeantFor {
  readonly sentUs: number;
  /** When the connection opened; null if it never did. */
  readonly openUs: number | null;
  /** When it was over. */
  readonly overUs: number;
  readonly timeoutUs: number;
  /** When it read the message. */
  readonly came: readonly number[];
}

/** Every third hub has connections that read slowly, or not at all. At least two read as they should. */
export function randomSlow(rng: Rng, connections: number): SlowSpec | undefined {
  if (connections < 3 || rng.below(3) > 0) return undefined;
  const share = ([0.05, 0.05, 0.2, 0.5] as const)[rng.below(4)]!;
  if (connections - slowConnections(connections, share) < 2) return undefined;
  const ratePerSecond = ([null, 10, 10, 5 + rng.below(200)] as const)[rng.below(4)]!;
  return { share, ratePerSecond };
}

/** They are the last ones of a cell. */
export function slowConnections(connections: number, share: number): number {
  return Math.max(1, Math.round(connections * share));
}

/**
 * What a worker counted for those of its connections that read slowly is what they read in time, and what they did not
 * read although they were there. `owed`: every message that is meant for them, once for each life of each of them.
 * `endUs`: when the worker closed its connections; they read on then, but that counts no more.
 */
export function checkSlow(lines: readonly Interval[], slow: SlowSpec, owed: readonly MeantFor[], endUs: number): void {
  const tookUs: number[] = [];
  let missed = 0;
  let unsure = 0;
  for (const { sentUs, openUs, overUs, timeoutUs, came } of owed) {
    if (openUs === null || openUs > sentUs || overUs < sentUs) continue;
    const first = came.find((atUs) => atUs < endUs);
    const isGone = overUs <= sentUs + timeoutUs;
    // What is first in one microsecond is not known; and nobody waits for those who read nothing.
    const isTied = openUs === sentUs || overUs === sentUs || came.includes(overUs);
    if (isTied || (slow.ratePerSecond === null && isGone)) unsure++;
    else if (first !== undefined && first - sentUs <= timeoutUs) tookUs.push(first - sentUs);
    else if (!isGone) missed++;
  }
  const counted = lines.flatMap(({ flow }) => flow.flatMap(({ fanout }) => fanout?.slow ?? []));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  assertNear(sum(counted.map((each) => each.missed)), missed, unsure, 'missed by slow readers');
  for (const name of ['deliver', 'service'] as const) {
    const all = sum(counted.flatMap((each) => each[name]!.filter((_, i) => i % 2 === 1)));
    assertNear(all, tookUs.length, unsure, `${name} times of slow readers`);
  }
  if (unsure > 0) return;
  const service = counted.flatMap((each) => valuesOf(each.service!)).sort((a, b) => a - b);
  for (const [i, us] of tookUs.sort((a, b) => a - b).entries()) {
    assert.ok(Math.abs(service[i]! - us) <= 2 + us / 500, `slow readers: ${service[i]} us, not ${us}`);
  }
}

/** Values and how often each occurred, one after the other. */
export function valuesOf(counts: readonly number[]): number[] {
  const values: number[] = [];
  for (let i = 0; i < counts.length; i += 2)
    for (let n = 0; n < counts[i + 1]!; n++) values.push(highestInBucket(counts[i]!));
  return values;
}

/** When a worker closed its connections at the end of the cell; infinite if none was left to be closed. */
export function endOf(sockets: readonly FakeConnection[]): number {
  const lastUs = Math.max(...sockets.map(({ closingUs }) => closingUs).filter(Number.isFinite));
  const isEnd = sockets.every(({ got }) => (got.at(-1)?.atUs ?? 0) <= lastUs + CLOSING_US);
  return isEnd ? lastUs : Number.POSITIVE_INFINITY;
}

function assertNear(count: number, truth: number, unsure: number, name: string): void {
  assert.ok(count >= truth && count <= truth + unsure, `${name}: ${count}, not ${truth} (${unsure} unsure)`);
}
