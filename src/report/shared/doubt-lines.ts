/** Why something failed or is in doubt: every reason cell by cell, and the same reasons grouped, each once. */

import { thresholdRule, valueBesideLimit } from '../../documents/benchmark.js';
import type { ResultDocument } from '../../documents/result-document.js';
import { loadingMachines } from '../../metrics/environment.js';
import { flowOf } from '../../metrics/flow.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import { type Complaint, doubtsOf, followable, type NamedCell } from '../../verdict/doubts.js';
import type { Setting } from '../../verdict/fixes.js';
import type { GateResult, ThresholdResult } from '../../verdict/verdict.js';

export interface ReasonLine {
  /** `client_lag`, a gate's or a threshold's name. */
  readonly code: string;
  /** Cell id, a range of cells in words, or `run`. */
  readonly where: string;
  readonly severity: 'invalid' | 'degraded' | 'failed' | 'note';
  readonly message: string;
  /** One thing to do about it, or null. */
  readonly fix: string | null;
}

/** No screen shows more doubts than this; all of them stand in result.json, and on the page behind `every reason`. */
export const MOST_DOUBTS = 5;

/** Longer than any reason of wsurge's own. Text from outside is cut when it is read. */
export const MOST_REASON = 4000;

/** All reasons, one line for each cell: failures first, then doubts about the measurement, then notes. */
export function reasonLines(document: ResultDocument): ReasonLine[] {
  return reasonsFor(document)
    .map(({ code, cell, severity, message, fix }) => clean({ code, where: cell ?? 'run', severity, message, fix }))
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** All reasons, each once for all its cells. */
export function doubtLines(document: ResultDocument): ReasonLine[] {
  return doubtsOf(complaintsOf(document), namedCells(document), settingOf(document)).map(clean);
}

/** All reasons as they were found, with fixes that can be followed where the run took place. */
export function reasonsFor(document: ResultDocument): Complaint[] {
  return followable(complaintsOf(document), settingOf(document));
}

/** The cells of the plan, measured or not. */
export function namedCells({ cells, notRun }: Pick<ResultDocument, 'cells' | 'notRun'>): NamedCell[] {
  return [...cells, ...notRun.map(({ id }) => ({ id, load: id.slice(0, Math.max(0, id.lastIndexOf('/'))) }))];
}

/** `3 more in report.html`, or null where all are among the `shown`. */
export function moreDoubts(doubts: readonly ReasonLine[], shown = MOST_DOUBTS): string | null {
  const more = doubts.length - shown;
  return more <= 0 ? null : `${formatCount(more)} more in report.html`;
}

const RANK: Readonly<Record<ReasonLine['severity'], number>> = { failed: 0, invalid: 1, degraded: 2, note: 3 };

function complaintsOf(document: ResultDocument): Complaint[] {
  const { verdict, notRun } = document;
  const reasons = verdict.reasons.map((reason): Complaint => {
    return { ...reason, key: reason.code, fix: reason.fix === '' ? null : reason.fix };
  });
  const gates = verdict.gates.filter(({ passed }) => !passed).map((gate) => gateComplaint(gate, document));
  const missing = notRun.map(({ id, reason }): Complaint => {
    return { code: 'not_run', key: 'not_run', side: 'unknown', severity: 'note', cell: id, message: reason, fix: null };
  });
  return [...reasons, ...gates, ...verdict.thresholds.flatMap(thresholdComplaint), ...missing];
}

function gateComplaint({ gate, cell, message }: GateResult, { cells }: ResultDocument): Complaint {
  const judged = cells.find(({ id }) => id === cell);
  const measure = judged === undefined ? undefined : shortBy(gate, judged);
  return { code: gate, key: `gate ${gate}`, side: 'target', severity: 'failed', cell, message, fix: null, measure };
}

/** By how much a gate was missed, to choose the worst cell; undefined where there is no such figure. */
function shortBy(gate: string, cell: ResultDocument['cells'][number]): number | undefined {
  const { connections } = cell;
  const messages: Readonly<Record<string, number>> = flowOf(cell).messages;
  const count = (name: string) => messages[name] ?? 0;
  if (gate === 'held') return connections.asked - connections.held;
  if (gate === 'opened') return connections.asked - connections.opened;
  if (gate === 'answered') return count('planned') - count('unawaited');
  return gate === 'received' || gate === 'recovered' ? undefined : count(gate);
}

/**
 * A threshold that failed, or gates and is undecided. One that only missed and has a title is in the benchmark table.
 */
function thresholdComplaint(threshold: ThresholdResult): Complaint[] {
  const { metric, gate, passed, title } = threshold;
  if (passed === true || (!gate && (passed === null || title !== null))) return [];
  const said = passed === null ? 'undecided: ' : gate ? '' : 'missed (does not gate): ';
  const rule = thresholdRule(threshold);
  return [
    {
      ...{ code: metric, key: `threshold ${metric} ${rule}`, side: 'unknown', cell: null, fix: null },
      severity: passed === null ? 'invalid' : gate ? 'failed' : 'note',
      message: `${rule}: ${said}${valueBesideLimit(threshold)}`,
    },
  ];
}

function settingOf({ workers, environment, target, profile }: ResultDocument): Setting {
  const machines = loadingMachines(environment.generators);
  const cores = machines.length === 0 ? null : machines.reduce((sum, machine) => sum + machine.cores, 0);
  const place = isEmbedded(profile) ? 'embedded' : isLoopback(target.address ?? target.url) ? 'local' : 'remote';
  return { workers, cores, target: place };
}

function isEmbedded(profile: unknown): boolean {
  const target = typeof profile === 'object' && profile !== null ? (profile as { target?: unknown }).target : null;
  return typeof target === 'object' && target !== null && (target as { kind?: unknown }).kind === 'embedded';
}

/** Of a saved result, whose address may be text of any kind: the coordinator's `isLoopback` takes IP addresses only. */
function isLoopback(text: string): boolean {
  return /^(wss?:\/\/)?(127\.|\[?::1\b|localhost\b)/i.test(text);
}

function clean({ code, where, severity, message, fix }: ReasonLine): ReasonLine {
  return {
    code: sanitize(code, 60),
    where: sanitize(where, MOST_REASON),
    severity,
    message: sanitize(message, MOST_REASON),
    fix: fix === null ? null : sanitize(fix, MOST_REASON),
  };
}
