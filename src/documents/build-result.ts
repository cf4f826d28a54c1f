/** result.json from what was run and how it was judged: secrets struck out, foreign text made safe. */
import { leftAgent } from '../metrics/agent-result.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { sanitize } from '../text/sanitize.js';
import type { CellVerdict, Verdict } from '../verdict/verdict.js';
import { benchmarkRows } from './benchmark.js';
import type { Redactor } from './redaction/redact.js';
import { RESULT_SCHEMA_VERSION, type ResultDocument } from './result-document.js';
import { documentWords } from './result-schema.js';

export interface DocumentParts {
  readonly outcome: RunOutcome;
  readonly verdict: Verdict;
  readonly runId: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** True if the run ended by an error. What it measured before is still reported. */
  readonly crashed: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly version: string; readonly engine: string };
  readonly generators: readonly GeneratorEnvironment[];
  readonly target: ResultDocument['target'];
  readonly profile: unknown;
  readonly planHash: string;
  readonly seed: number;
  readonly workers: number;
  readonly pacing: string;
  readonly redactor: Redactor;
}

export function buildDocument(parts: DocumentParts): ResultDocument {
  const { outcome, verdict, redactor } = parts;
  const { cells: verdicts, ...judged } = verdict;
  const document: ResultDocument = {
    schemaVersion: RESULT_SCHEMA_VERSION,
    kind: 'run',
    runId: parts.runId,
    status: parts.crashed ? 'crashed' : isCut(outcome) ? 'interrupted' : 'complete',
    startedAt: parts.startedAt.toISOString(),
    endedAt: parts.endedAt.toISOString(),
    labels: parts.labels,
    tool: { name: 'wsurge', version: parts.tool.version, engine: parts.tool.engine },
    environment: { generators: parts.generators },
    target: parts.target,
    profile: null,
    planHash: parts.planHash,
    seed: parts.seed,
    workers: parts.workers,
    pacing: parts.pacing,
    verdict: judged,
    benchmark: benchmarkRows(verdict.thresholds, outcome.cells),
    cells: outcome.cells.map((cell) => ({ ...cell, ...judgedAs(cell.id, verdicts) })),
    notRun: outcome.notRun,
    abortedBy: outcome.abortedBy,
    ...(outcome.idleMemory === undefined ? {} : { idleMemory: outcome.idleMemory }),
  };
  const safe = safeText(redactor.json(document, documentWords())) as ResultDocument;
  return { ...withHistograms(safe, document), profile: redactor.json(parts.profile) };
}

/** It was stopped by hand, or ended when an agent did not stay, before all of its cells. */
function isCut({ interrupted, cells, notRun }: RunOutcome): boolean {
  return interrupted || (notRun.length > 0 && cells.some(({ client }) => leftAgent(client.agents) !== null));
}

function judgedAs(id: string, verdicts: readonly CellVerdict[]): Pick<CellVerdict, 'validity' | 'target'> {
  const verdict = verdicts.find((each) => each.id === id);
  if (verdict === undefined) throw new Error(`cell ${id} was not judged`);
  return { validity: verdict.validity, target: verdict.target };
}

/** Longer than any reason, so that none is cut. */
const MOST_TEXT = 2000;

/** A copy with every string escaped and capped. */
export function safeText(value: unknown): unknown {
  if (typeof value === 'string') return sanitize(value, MOST_TEXT);
  if (Array.isArray(value)) return value.map(safeText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [sanitize(key), safeText(item)]));
}

/** Every key under which a cell has histograms, at any depth. */
const HISTOGRAMS: ReadonlySet<string> = new Set([
  ...['histogram', 'histograms', 'warmupHistograms', 'waitAndService'],
  ...['connectHistogram', 'readyHistogram', 'addedHistogram'],
]);

/**
 * Puts the histograms back. They are longer than the cap, and they are our own numbers: what looks like a secret in
 * their base64 is chance.
 */
function withHistograms(safe: ResultDocument, original: ResultDocument): ResultDocument {
  return { ...safe, cells: safe.cells.map((cell, i) => putBack(cell, original.cells[i]!)) };
}

/** A copy of `safe` that has what `original` has under those keys. Both have the same form. */
function putBack<T>(safe: T, original: T): T {
  if (Array.isArray(safe)) return safe.map((item, i) => putBack(item, (original as unknown[])[i])) as T;
  if (typeof safe !== 'object' || safe === null) return safe;
  const own = original as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(safe).map(([key, item]) => [key, HISTOGRAMS.has(key) ? own[key] : putBack(item, own[key])]),
  ) as T;
}
