/** What a reader of a comparison of saved runs should know before believing it. */

import { idsOf, type Sides } from './compare-runs.js';
import type { RunOnSide } from './compared-run.js';

export function comparisonWarnings({ a, b }: Sides): string[] {
  return [...sameRun(a, b), ...order(a, b), ...[...a, ...b].flatMap(runWarnings), ...seconds(a, b), ...missing(a, b)];
}

function sameRun(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const shared = b.filter(({ run }) =>
    a.some((one) => one.run.runId === run.runId && one.run.startedAt === run.startedAt),
  );
  return shared.map(({ source }) => `${source} is on both sides: it is being compared with itself.`);
}

/** A machine warms up, a disk fills: what is always first has an advantage or a handicap. */
function order(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const [lastA, firstB] = [newest(a), oldest(b)];
  const apart = lastA < firstB || newest(b) < oldest(a);
  if (!apart) return [];
  const first = lastA < firstB ? 'A' : 'B';
  return [
    `Every run of ${first} was before those of ${first === 'A' ? 'B' : 'A'}: what drifted on the machine in between looks like a change. wsurge ab takes turns.`,
  ];
}

function newest(runs: readonly RunOnSide[]): string {
  return startsOf(runs).at(-1)!;
}

function oldest(runs: readonly RunOnSide[]): string {
  return startsOf(runs)[0]!;
}

/** ISO 8601 in UTC sorts by time. */
function startsOf(runs: readonly RunOnSide[]): string[] {
  return runs.map(({ run }) => run.startedAt).sort();
}

function runWarnings({ source, run }: RunOnSide): string[] {
  const cells = (of: (cell: (typeof run.cells)[number]) => boolean) => run.cells.filter(of).map(({ id }) => id);
  const said = (ids: readonly string[], what: string) =>
    ids.length === 0 ? [] : [`${source}: ${what}: ${ids.slice(0, 4).join(', ')}${ids.length > 4 ? ', …' : ''}.`];
  return [
    ...said(
      cells(({ validity, interrupted }) => validity === 'invalid' || interrupted),
      'left out, not measured validly',
    ),
    ...said(
      cells(({ validity }) => validity === 'degraded'),
      'DEGRADED, its numbers may be off',
    ),
    ...said(
      cells(({ target }) => target !== 'ok'),
      'the target was overloaded or down',
    ),
  ];
}

/** Seconds are only asked for where there is one run a side. */
function seconds(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  if (a.length + b.length > 2) return [];
  const without = [...a, ...b].filter(({ run, resamples }) => run.cells.length > 0 && resamples.size === 0);
  if (without.length === 0) return [];
  return [
    `No usable intervals.ndjson (none, below 5 seconds, or above 512 MiB) with ${without.map(({ source }) => source).join(' and ')}: ranges are told from result.json alone, and wider.`,
  ];
}

function missing(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const only = (these: readonly RunOnSide[], others: readonly RunOnSide[]) =>
    idsOf(these).filter((id) => !idsOf(others).includes(id));
  const said = (side: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`Only in ${side}, not compared: ${ids.join(', ')}.`];
  return [...said('A', only(a, b)), ...said('B', only(b, a))];
}
