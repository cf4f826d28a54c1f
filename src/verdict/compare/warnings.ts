/** Warnings for the reader of a comparison of saved runs. */

import { flowOf } from '../../metrics/flow.js';
import { isErrorKnown } from '../accuracy.js';
import { idsOf, type Sides } from './compare-runs.js';
import type { ComparedCell, RunOnSide } from './compared-run.js';
import { isUsable } from './usable.js';

export function comparisonWarnings({ a, b }: Sides): string[] {
  return [
    ...sameRun(a, b),
    ...order(a, b),
    ...[...a, ...b].flatMap(runWarnings),
    ...unbounded([...a, ...b]),
    ...seconds(a, b),
    ...missing(a, b),
  ];
}

function sameRun(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const shared = b.filter(({ run }) =>
    a.some((one) => one.run.runId === run.runId && one.run.startedAt === run.startedAt),
  );
  return shared.map(({ source }) => `${source} is on both sides: it is being compared with itself.`);
}

/** A machine warms up, a disk fills up: the side that is always first has an advantage or a handicap. */
function order(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const [lastA, firstB] = [newest(a), oldest(b)];
  const apart = lastA < firstB || newest(b) < oldest(a);
  if (!apart) return [];
  const first = lastA < firstB ? 'A' : 'B';
  return [
    `Every run of ${first} was before those of ${first === 'A' ? 'B' : 'A'}: a drift of the machine in between looks like a change. wsurge ab alternates the builds.`,
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
      cells((cell) => !isUsable(run, cell)),
      'left out, not measured validly',
    ),
    ...said(
      cells((cell) => isUsable(run, cell) && cell.validity !== 'valid' && !isErrorKnown(cell)),
      'DEGRADED, its numbers may be off',
    ),
    ...said(
      cells(({ target }) => target === 'overloaded' || target === 'down'),
      'the target was overloaded or down',
    ),
    ...said(
      cells(({ target }) => target === 'failing'),
      'the target did not pass on all messages that it took',
    ),
  ];
}

/** Runs without known lower ends, one sentence for each reason. */
function unbounded(runs: readonly RunOnSide[]): string[] {
  const sources = new Map<string, string[]>();
  for (const { source, run } of runs) {
    const first = run.cells.find((cell) => isUsable(run, cell) && hasLatency(cell) && !isErrorKnown(cell));
    if (first === undefined) continue;
    const why = UNKNOWN_TEXT[first.brackets?.unknown ?? 'older'];
    sources.set(why, [...(sources.get(why) ?? []), source]);
  }
  return [...sources].map(([why, of]) => {
    const named = `${of.slice(0, 4).join(', ')}${of.length > 4 ? ', …' : ''}`;
    return `Service times are compared as measured, including the way back: ${named} ${why}.`;
  });
}

const UNKNOWN_TEXT = {
  older: 'came from a version that kept no brackets',
  off: 'ran without the instrument check',
  none_came_back: 'got no message of the instrument check back',
  too_few: 'got too few messages of the instrument check back',
} as const;

function hasLatency(cell: ComparedCell): boolean {
  return flowOf(cell).latencyUs.service !== null;
}

/** Seconds are needed only with one run per side. */
function seconds(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  if (a.length + b.length > 2) return [];
  const without = [...a, ...b].filter(({ run, resamples }) => run.cells.length > 0 && resamples.size === 0);
  if (without.length === 0) return [];
  return [
    `No usable intervals.ndjson (none, below 5 seconds, or above 512 MiB) with ${without.map(({ source }) => source).join(' and ')}: ranges come from result.json alone and are wider.`,
  ];
}

function missing(a: readonly RunOnSide[], b: readonly RunOnSide[]): string[] {
  const only = (these: readonly RunOnSide[], others: readonly RunOnSide[]) =>
    idsOf(these).filter((id) => !idsOf(others).includes(id));
  const said = (side: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`Only in ${side}, not compared: ${ids.join(', ')}.`];
  return [...said('A', only(a, b)), ...said('B', only(b, a))];
}
