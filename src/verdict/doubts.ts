/** Groups reasons: those of one code over many cells become one doubt with its cells, the worst figure and one fix. */
import { formatCount } from '../units.js';
import { possibleFixes, type Setting } from './fixes.js';
import type { Reason, Side } from './verdict.js';

/** A reason, or a gate or threshold that does not hold. */
export interface Complaint extends Omit<Reason, 'severity' | 'fix'> {
  readonly severity: Reason['severity'] | 'failed';
  /** Complaints with the same key become one doubt. */
  readonly key: string;
  readonly fix: string | null;
}

interface Doubt {
  readonly code: string;
  readonly side: Side;
  /** The severity of the worst complaint. */
  readonly severity: Complaint['severity'];
  /**
   * The cells of the worst severity, then how many more have a milder one: `2 of 9 cells, 3 more DEGRADED`; the id of a
   * single cell; `run` if it is about no cell.
   */
  readonly where: string;
  /** What was found. For several cells that can be ranked: `worst c1000-r1000: ...`. */
  readonly message: string;
  readonly fix: string | null;
}

/** A cell of the run, measured or not. */
export interface NamedCell {
  readonly id: string;
  readonly load: string;
}

const RANK: Readonly<Record<Complaint['severity'], number>> = { failed: 0, invalid: 1, degraded: 2, note: 3 };

/**
 * The complaints with fixes that are possible in this setting, and without the number of the worker if there is only
 * one.
 */
export function followable(complaints: readonly Complaint[], setting: Setting): Complaint[] {
  const fixes = possibleFixes(
    complaints.map(({ fix }) => fix),
    setting,
  );
  return complaints.map((complaint, i) => ({
    ...complaint,
    fix: fixes[i] ?? null,
    message: setting.workers === 1 ? complaint.message.replace(/^worker 0: /, '') : complaint.message,
  }));
}

/**
 * The doubts, worst first: failures, invalid, cells that were not run, degraded, notes; within each, the doubt about most
 * cells first. Notes on the target come before those on the generator: they say why something failed, and the generator
 * was good enough.
 */
export function doubtsOf(complaints: readonly Complaint[], cells: readonly NamedCell[], setting: Setting): Doubt[] {
  const groups = new Map<string, Complaint[]>();
  for (const complaint of followable(complaints, setting)) {
    groups.set(complaint.key, [...(groups.get(complaint.key) ?? []), complaint]);
  }
  const grouped = [...groups.values()].map((group) => ({ group, worst: worstOf(group), count: cellsOf(group).length }));
  grouped.sort((a, b) => rankOf(a.worst) - rankOf(b.worst) || b.count - a.count);
  return grouped.map(({ group, worst, count }) => ({
    code: worst.code,
    side: worst.side,
    severity: worst.severity,
    where: whereText(group, worst.severity, cells),
    message: messageOf(worst, group, count, cells),
    fix: worst.fix,
  }));
}

function rankOf({ severity, side, code }: Complaint): number {
  if (code === 'not_run' && severity === 'note') return (RANK.invalid + RANK.degraded) / 2;
  return RANK[severity] + (severity === 'note' && side === 'client' ? 1 : 0);
}

/** Never counts a cell under a severity that it does not have. */
function whereText(group: readonly Complaint[], worst: Complaint['severity'], cells: readonly NamedCell[]): string {
  const ids = cellsOf(group.filter(({ severity }) => severity === worst));
  const told = new Set(ids);
  const milder = (['invalid', 'degraded', 'note'] as const).flatMap((severity) => {
    const more = cellsOf(group.filter((each) => each.severity === severity)).filter((id) => !told.has(id));
    for (const id of more) told.add(id);
    return more.length === 0 ? [] : `${formatCount(more.length)} more ${SAID[severity]}`;
  });
  return [ids.length === 0 ? 'run' : rangeText(ids, cells), ...milder].join(', ');
}

const SAID = { invalid: 'INVALID', degraded: 'DEGRADED', note: 'as a note' } as const;

function worstOf(group: readonly Complaint[]): Complaint {
  return group.reduce((worst, each) => {
    const rank = RANK[each.severity] - RANK[worst.severity];
    return rank < 0 || (rank === 0 && (each.measure ?? 0) > (worst.measure ?? 0)) ? each : worst;
  });
}

function cellsOf(group: readonly Complaint[]): string[] {
  return [...new Set(group.flatMap(({ cell }) => cell ?? []))];
}

function messageOf(worst: Complaint, group: readonly Complaint[], count: number, cells: readonly NamedCell[]): string {
  const { cell, message, measure } = worst;
  if (count < 2 || cell === null || group.every((each) => each.message === message)) return message;
  return `${measure === undefined ? 'for example' : 'worst'} ${shortName(cell, cells)}: ${message}`;
}

/** `all 9 cells`, `7 of 9 cells`; a single cell by its name. */
export function countText(ids: readonly string[], cells: readonly NamedCell[]): string {
  if (ids.length === 1) return shortName(ids[0]!, cells);
  const all = ids.length === cells.length ? 'all ' : `${formatCount(ids.length)} of `;
  return `${all}${formatCount(cells.length)} cells`;
}

/** `all 6 cells of concurrency, 2 of throughput`; of a single cell its name. */
export function rangeText(ids: readonly string[], cells: readonly NamedCell[]): string {
  if (ids.length === 1) return shortName(ids[0]!, cells);
  const wanted = new Set(ids);
  const loads = [...new Set(cells.map(({ load }) => load))];
  if (cells.length === ids.length) return `all ${formatCount(ids.length)} cells`;
  if (loads.length === 1) return `${formatCount(ids.length)} of ${formatCount(cells.length)} cells`;
  return loads
    .map((load) => {
      const own = cells.filter((cell) => cell.load === load);
      return { load, own, hit: own.filter(({ id }) => wanted.has(id)) };
    })
    .filter(({ hit }) => hit.length > 0)
    .map(({ load, own, hit }, i) => partText(load, own.length, hit, i === 0))
    .join(', ');
}

/** `all 6 cells of concurrency`, `2 of throughput`; a load of one cell by that cell's name. */
function partText(load: string, all: number, hit: readonly NamedCell[], first: boolean): string {
  if (all === 1) return hit[0]!.id;
  const noun = !first ? '' : hit.length === 1 ? ' cell' : ' cells';
  return `${hit.length === all ? `all ${all}` : hit.length}${noun} of ${load}`;
}

/** `c1000-r1000` for `concurrency/c1000-r1000`, unless another load of the run has a cell of that name. */
function shortName(id: string, cells: readonly NamedCell[]): string {
  const short = lastPart(id);
  return cells.filter((cell) => lastPart(cell.id) === short).length > 1 ? id : short;
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
