import { raisesRate } from '../campaign/capacity-axis.js';
import { PRECISION } from '../campaign/capacity-search.js';
import type { CapacityPlan, CapacitySource, CapacityStep, SearchRow } from '../campaign/capacity-source.js';
import type { SocketMemory } from '../campaign/socket-memory-probe.js';
import { safeText } from '../documents/build-result.js';
import {
  CAPACITY_SCHEMA_VERSION,
  type CapacityAnswer,
  type CapacityDocument,
  type CapacityStepRow,
} from '../documents/capacity-document.js';
import { capacityWords } from '../documents/capacity-schema.js';
import type { Redactor } from '../documents/redaction/redact.js';
import type { SearchRoom } from '../fleet/search-room.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { type Cell, isMatched } from '../plan/cell.js';
import { fanoutOf } from '../plan/fanout.js';
import type { Plan } from '../plan/plan.js';
import { type DeliverTime, METRICS } from '../profile/metrics.js';
import type { StepHeads } from '../report/capacity/model.js';
import { type Answer, type Asked, answerOf, type Found } from '../verdict/capacity-answer.js';
import { costsOf } from '../verdict/capacity-costs.js';
import { modelOf } from '../verdict/capacity-model.js';
import { donePerSecond } from '../verdict/done.js';
import { CLIENT_ENGINE } from './run-documents.js';
import type { CapacityTask } from './tasks.js';

/** The most connections a search may try, why no more, and how to raise the number where this machine sets it. */
export interface Ceiling {
  readonly connections: number;
  readonly text: string;
  readonly fix: string | null;
}

/** Of the steps, by cell. */
export type MemoryByCell = ReadonlyMap<string, SocketMemory>;

export interface CapacityFacts {
  readonly runId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly name: 'wsurge'; readonly version: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: CapacityDocument['target'];
  readonly profile: unknown;
  readonly planHash: string;
  readonly seed: number;
  readonly workers: number;
}

/** A search as it is about to begin. */
export interface PlannedSearch {
  readonly task: CapacityTask;
  readonly search: CapacityPlan;
  readonly plan: Plan;
  readonly ceiling: Ceiling;
  /** Why the level that is searched may go no higher, and how to raise it where this machine sets it. */
  readonly end: Pick<Ceiling, 'text' | 'fix'>;
  /** How agents share the workers; null if this machine makes the load, or nobody has asked the agents. */
  readonly room: SearchRoom | null;
}

/** What the SLO is about: `p99`, `mean`, `max`. */
function quantileName({ slo }: Pick<CapacityPlan, 'slo'>): string {
  const { aggregation } = slo;
  if (aggregation.kind === 'percentile') return `p${Number((aggregation.quantile * 100).toPrecision(6))}`;
  return { avg: 'mean', med: 'p50', min: 'min', max: 'max' }[aggregation.kind as 'avg' | 'med' | 'min' | 'max'];
}

/** What the SLO is about, in words: `p99`, `last delivery p99`. */
function quantityName(search: Pick<CapacityPlan, 'slo'>): string {
  const { latency } = METRICS[search.slo.metric];
  const words = { deliver: 'delivery ', first: 'first delivery ', last: 'last delivery ', spread: 'spread ' } as const;
  const word = latency !== undefined && latency in words ? words[latency as DeliverTime] : '';
  return `${word}${quantileName(search)}`;
}

/** What heads the table of steps. */
export function stepHeads(search: CapacityPlan): StepHeads {
  return { quantile: quantileName(search), done: asksNoReplies(search.template) ? 'deliveries' : 'answers' };
}

/** Whether all that is counted as done are deliveries. */
function asksNoReplies(template: Cell): boolean {
  return fanoutOf(template) !== null && !isMatched(template);
}

/** Messages per second on each connection; null where the total rate does not grow with the connections. */
function ratePerConnection({ axis, template, perConnection }: CapacityPlan): number | null {
  if (raisesRate(axis) || !perConnection || template.rate === null) return null;
  return template.rate.to / template.connections.to;
}

/** A step as it stands in the document. */
export function stepRow(
  { connections, ratePerSecond, trial, result, judgement }: CapacityStep,
  memory: MemoryByCell,
): CapacityStepRow {
  const { server } = result;
  const isMeasured = server.status === 'measured';
  const { value, passed, by, why, fix, validity, target, achieved } = judgement;
  return {
    cell: result.id,
    purpose: trial.purpose,
    connections,
    held: result.connections.held,
    askedPerSecond: ratePerSecond,
    answeredPerSecond: donePerSecond(result),
    achieved,
    valueUs: value.us,
    ciUs: value.ci === null ? null : [value.ci[0], value.ci[1]],
    note: value.note,
    ...{ passed, by, why, fix, validity, target },
    serverCpuPercent: isMeasured ? server.cpuPercent : null,
    serverRssBytes: isMeasured ? server.rssBytes : null,
    serverIdleRssBytes: isMeasured ? server.idleRssBytes : null,
    idleSocketBytes: memory.get(result.id)?.idle ?? null,
    socketBytes: memory.get(result.id)?.loaded ?? null,
    clientBusy: result.client.busy,
  };
}

/** capacity.json: foreign text made safe, secrets struck out. */
export function capacityDocument(
  planned: PlannedSearch,
  facts: CapacityFacts & { readonly startedAt: Date; readonly endedAt: Date },
  source: CapacitySource,
  memory: MemoryByCell,
  redactor: Redactor,
): CapacityDocument {
  const { search, plan } = planned;
  const { steps } = source;
  const rows = source.rows();
  const asked = askedOf(planned);
  const found = foundOf(rows, source);
  const answer = answerOf(found, asked);
  // Steps that the generator spoilt say nothing about the server.
  const fair = steps.filter(({ judgement }) => judgement.by !== 'client' && judgement.by !== 'samples');
  const held = steps.filter(({ judgement }) => judgement.passed);
  const costPoints = held.map(({ result }) => ({
    cell: result,
    socketBytes: memory.get(result.id)?.loaded ?? null,
  }));
  const document: CapacityDocument = {
    schemaVersion: CAPACITY_SCHEMA_VERSION,
    kind: 'capacity',
    runId: facts.runId,
    status: found.end === 'stopped' || found.end === 'agent_gone' ? 'interrupted' : 'complete',
    startedAt: facts.startedAt.toISOString(),
    endedAt: facts.endedAt.toISOString(),
    labels: facts.labels,
    tool: { ...facts.tool, engine: CLIENT_ENGINE },
    environment: facts.environment,
    target: facts.target,
    profile: null,
    ...{ seed: facts.seed, workers: facts.workers, pacing: plan.pacing },
    search: searchFacts(planned),
    answer: documentAnswer(answer, found),
    grid: search.axis !== 'both' ? null : rows.map((row) => gridRow(row, asked)),
    steps: steps.map((step) => stepRow(step, memory)),
    model: modelOf(
      fair.map(({ result }) => result),
      search.axis,
    ),
    costs: costsOf(costPoints),
    exitCode: answer.exitCode,
  };
  return {
    ...(safeText(redactor.json(document, capacityWords())) as CapacityDocument),
    profile: redactor.json(facts.profile),
  };
}

function askedOf({ task: { require }, search, end: { text, fix } }: PlannedSearch): Asked {
  const { axis, rooms } = search;
  return {
    ...{ axis, require, rooms: roomsOf(rooms), max: { text, fix } },
    ...{ ratePerConnection: ratePerConnection(search), quantile: quantityName(search) },
  };
}

function roomsOf(rooms: number): number | null {
  return rooms === 1 ? null : rooms;
}

/** The row that gives the answer: the one with the highest rate, among rows that held twice if there are any. */
function foundOf(rows: readonly SearchRow[], { steps, left }: Pick<CapacitySource, 'steps' | 'left'>): Found {
  let best = rows[0]!;
  const sure = rows.filter(({ confirmed }) => confirmed);
  for (const row of sure.length > 0 ? sure : rows) {
    if (row.confirmed === best.confirmed ? (row.level ?? 0) > (best.level ?? 0) : row.confirmed) best = row;
  }
  const isGone = rows.some(({ end }) => end === 'gone');
  const isStopped = rows.some(({ end }) => end === null);
  const last = steps.at(-1) ?? null;
  const cut = left === null ? 'stopped' : 'agent_gone';
  const end = isGone ? 'gone' : isStopped ? cut : best.end!;
  return { end, confirmed: best.confirmed, passed: best.passed, failed: best.failed, last, left };
}

function gridRow(
  row: SearchRow,
  asked: Asked,
): { connections: number; ratePerSecond: number | null; atLeast: boolean } {
  const { passed, failed, end } = row;
  const { ratePerSecond, atLeast } = answerOf(
    { end: end ?? 'stopped', confirmed: true, passed, failed, last: failed, left: null },
    asked,
  );
  return { connections: row.connections ?? 0, ratePerSecond, atLeast };
}

function documentAnswer(
  { connections, ratePerSecond, atLeast, value, limitedBy, target, text }: Answer,
  { end, confirmed }: Found,
): CapacityAnswer {
  const ciUs: CapacityAnswer['ciUs'] = value.ci === null ? null : [value.ci[0], value.ci[1]];
  return { end, connections, ratePerSecond, atLeast, confirmed, valueUs: value.us, ciUs, limitedBy, target, text };
}

function searchFacts({ task, search, ceiling, end }: PlannedSearch): CapacityDocument['search'] {
  const { sloText, require } = task;
  const { text, fix } = end.fix === null ? ceiling : end;
  const { axis, template, rooms, maxConnections, maxRatePerSecond, slo } = search;
  return {
    axis,
    ...(axis === 'subscribers' ? { rooms: roomsOf(rooms) } : {}),
    ...(asksNoReplies(template) ? { done: 'deliveries' as const } : {}),
    load: template.load,
    model: template.model,
    arrival: template.arrival,
    slo: sloText,
    quantile: quantileName(search),
    limitUs: slo.limit,
    from: { connections: template.connections.to, ratePerSecond: template.rate?.to ?? null },
    ratePerConnection: ratePerConnection(search),
    max: { connections: maxConnections, ratePerSecond: maxRatePerSecond },
    maxNote: fix === null ? null : text,
    require,
    precision: PRECISION,
  };
}
