import path from 'node:path';
import { type Ceiling, capacityDocument } from '../app/capacity-result.js';
import { type EventLog, withEvents } from '../app/event-log.js';
import { folderSink } from '../app/folder-sink.js';
import { runFacts } from '../app/run-documents.js';
import { isLocal, placeOf, targetName } from '../app/target-place.js';
import { loadThreads, permitted, TargetSession } from '../app/target-session.js';
import { announce } from '../app/way.js';
import { type CapacityPlan, CapacitySource } from '../campaign/capacity-source.js';
import { type EventSink, toAll } from '../campaign/events.js';
import { SocketMemoryProbe } from '../campaign/socket-memory-probe.js';
import { canaryLine } from '../coordinator/canary.js';
import { mostConnections } from '../coordinator/preflight.js';
import type { Route } from '../coordinator/route.js';
import type { CapacityDocument } from '../documents/capacity-document.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode, messageOf, usageError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { readLimits } from '../machine/limits.js';
import { socketMemoryBytes } from '../machine/proc/socket-memory.js';
import { type Cell, isRamp } from '../plan/cell.js';
import { automaticPacing } from '../plan/pacing.js';
import { type Plan, planOf } from '../plan/plan.js';
import { RATE_MAX } from '../profile/flag-keys.js';
import type { Load, Profile, Threshold } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import { CAPACITY_FILE } from '../report/formats.js';
import { jsonText } from '../report/run/json.js';
import { createRunFolder, RESULT_FILE, type RunFolder } from '../store/run-folder.js';
import { formatCount, formatDuration } from '../units.js';
import { judgeCell } from '../verdict/validity.js';
import type { CliIo } from './io.js';
import type { CapacityRequest } from './options/capacity-options.js';
import { appendSummary, reportFiles } from './report.js';
import { CapacityView } from './views/capacity-view.js';

/**
 * Rows of a grid whose profile sweeps no connection counts. Each row has 1.5 times the connections of the one before.
 */
const GRID_ROWS = 6;
const GRID_GROWTH = 1.5;

/** `wsurge capacity`: profile -> search, step by step -> the answer. Returns the exit code. */
export async function capacityCommand(request: CapacityRequest, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const redactor = new Redactor(parsed.secrets);
  const { search, plan, ceiling } = searchOf(request);
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  const view = new CapacityView(io, settings, redactor, { request, search, plan, ceiling });
  return await withEvents(settings.events, io, redactor, async (events) => {
    const { workers, pacing } = plan;
    const { name, target } = parsed.profile;
    const planned = { command: 'capacity', name, targets: [targetName(target)], cells: null, workers, pacing } as const;
    if (settings.dryRun) {
      events.tell({ type: 'plan', ...planned, folder: null });
      view.plan(null);
      return EXIT.passed;
    }
    const highest = { ...search.template, connections: steady(search.maxConnections), rate: highestRate(search) };
    const route = await permitted(parsed.profile, { ...plan, cells: [highest] }, settings.allowTargets, io.env);
    announce([route], io, settings.quiet);
    const startedAt = new Date();
    const folder = await createRunFolder(path.resolve(io.cwd, settings.outputDir), parsed.profile.name, startedAt);
    events.tell({ type: 'plan', ...planned, folder: folder.path });
    const memory = new SocketMemoryProbe(() => socketMemoryBytes());
    const shared = { request, search, plan, ceiling, redactor, view, events, memory };
    return await inFolder({ ...shared, io, folder, startedAt, route });
  });
}

interface Task {
  readonly request: CapacityRequest;
  readonly search: CapacityPlan;
  readonly plan: Plan;
  readonly ceiling: Ceiling;
  readonly redactor: Redactor;
  readonly view: CapacityView;
  readonly events: EventLog;
  readonly memory: SocketMemoryProbe;
  readonly io: CliIo;
  readonly folder: RunFolder;
  readonly startedAt: Date;
  readonly route: Route;
}

/** Searches in a folder. The target is stopped whatever happens; a search that never began leaves no folder. */
async function inFolder(task: Task): Promise<ExitCode> {
  const { request, plan, io, route, folder } = task;
  let session: TargetSession | null = null;
  try {
    session = await TargetSession.open({
      parsed: request.parsed,
      plan,
      io,
      route,
      allowedTargets: request.settings.allowTargets,
    });
    return await runSearch(task, session);
  } catch (error) {
    if (session !== null) {
      const text = task.redactor.text(messageOf(error));
      await folder.writeRun({ ...factsOf(task, session), status: 'crashed', error: text });
    }
    throw error;
  } finally {
    await session?.close();
    await folder.close();
    if (session === null) await folder.remove();
  }
}

async function runSearch(task: Task, session: TargetSession): Promise<ExitCode> {
  const { request, search, plan, view, events, folder } = task;
  const { target, endpoint, canary } = session;
  events.tell({ type: 'canary', url: endpoint.url, engine: target.engine, report: canary });
  view.canary(canaryLine(canary, placeOf(endpoint.url, endpoint), target.engine), target.hint);
  await folder.writeRun({ ...factsOf(task, session), status: 'running' });
  view.plan({ url: redactUrl(target.url), engine: target.engine });
  const runner = loadThreads(request.parsed.profile, plan);
  const source = new CapacitySource(search);
  // A search that is killed leaves the steps that it has done.
  let kept = Promise.resolve();
  const keep = () => {
    const text = jsonText(documentOf(task, session, source));
    kept = kept.then(() => folder.writeReport(CAPACITY_FILE, text));
    // What fails is thrown at the end, where it is waited for.
    kept.catch(() => undefined);
  };
  const told = events.sinkOf((result) => {
    const step = source.steps.findLast((each) => each.result === result);
    if (step === undefined) return judgeCell(result, [search.slo]);
    const { validity, target, passed, by, why } = step.judgement;
    return { validity, target, step: { passed, by, why } };
  });
  const keeper: EventSink = (event) => {
    if (event.type === 'cell' && !event.result.interrupted) keep();
  };
  const sink = toAll([folderSink(folder), task.memory.sink, view.sinkOf(source, task.memory.byCell), keeper, told]);
  try {
    await session.run({ runner, source, preWarm: plan.preWarm }, sink);
    await kept;
    return await report(task, session, source);
  } finally {
    view.end();
    await runner.dispose();
  }
}

async function report(task: Task, session: TargetSession, source: CapacitySource): Promise<ExitCode> {
  const { view, folder, io } = task;
  const document = documentOf(task, session, source);
  // Written twice: under the name that every kind of result has, and under its own.
  for (const name of [RESULT_FILE, CAPACITY_FILE]) await folder.writeReport(name, jsonText(document));
  await folder.writeRun({ ...factsOf(task, session), status: document.status });
  // Rendered from the folder, exactly as `wsurge report` does later.
  const files = await reportFiles(folder.path, null);
  for (const { name, text } of files) await folder.writeReport(name, text);
  await appendSummary(io, files);
  const { exitCode, answer } = document;
  const passed = exitCode === EXIT.passed;
  const found = { target: answer.target, answer: answer.text };
  task.events.tell({ type: 'verdict', passed, exitCode, validity: null, word: null, ...found });
  view.finish(document, folder.path);
  return document.exitCode as ExitCode;
}

/** What the search has found so far. */
function documentOf(task: Task, session: TargetSession, source: CapacitySource): CapacityDocument {
  const facts = { ...factsOf(task, session), startedAt: task.startedAt, endedAt: new Date() };
  return capacityDocument(task, facts, source, task.memory.byCell, task.redactor);
}

function factsOf({ request, plan, redactor, folder, startedAt }: Task, session: TargetSession) {
  // Which cells a search has is known at its end alone: the plan only sizes the workers.
  const { plan: _, ...facts } = runFacts({ parsed: request.parsed, plan, redactor, folder, startedAt }, session);
  return facts;
}

/** The search for a profile's load, its ceiling, and the plan by which the workers are made. */
function searchOf(request: CapacityRequest): { search: CapacityPlan; plan: Plan; ceiling: Ceiling } {
  const { axis, slo, parsed, max } = request;
  const { profile } = parsed;
  const load = chosenLoad(request);
  const localTarget = isLocal(profile);
  const cores = usableCores();
  const first: Profile = {
    ...profile,
    thresholds: [],
    load: [{ ...load, connections: load.connections.slice(0, 1), rates: load.rates.slice(0, 1) }],
    // The number of workers that the largest step needs is not known yet.
    workers: profile.workers === 'auto' ? Math.max(1, localTarget ? cores - 1 : cores) : profile.workers,
  };
  const plan = planOf(first, { only: [], cores, localTarget });
  const template = plan.cells[0]!;
  refuseUnfit(template, axis);
  const ceiling = ceilingOf(template, plan.workers, profile.localAddresses, axis === 'connections' ? max : null);
  const maxRatePerSecond = axis === 'connections' ? RATE_MAX : (max ?? RATE_MAX);
  const freeCores = cores - plan.workers - (localTarget ? 1 : 0);
  const wakes = axis !== 'connections' && max !== null ? max : null;
  const isAuto = profile.pacing === 'auto';
  const pacing = profile.pacing === 'auto' ? automaticPacing(wakes, freeCores, plan.workers) : profile.pacing;
  const rows = axis === 'both' ? rowsOf(load, template, ceiling.connections) : [];
  const samples = samplesFor(slo);
  const perConnection = load.ratePer === 'connection' && load.rates.length > 0;
  const limits = { maxConnections: ceiling.connections, maxRatePerSecond };
  return {
    search: {
      axis,
      template,
      perConnection,
      rows,
      ...limits,
      slo,
      samples,
      freeCores: isAuto ? freeCores : null,
      workers: plan.workers,
    },
    plan: { ...plan, pacing },
    ceiling,
  };
}

function chosenLoad({ parsed, settings }: CapacityRequest): Load {
  const { load } = parsed.profile;
  const chosen = load.find(({ name }) => settings.only.length === 0 || settings.only.includes(name));
  if (chosen !== undefined) return chosen;
  throw usageError('nothing_to_run', `--only ${settings.only.join(', ')} names no load of this profile`);
}

function refuseUnfit(template: Cell, axis: CapacityPlan['axis']): void {
  if (isRamp(template)) {
    throw usageError(
      'capacity_ramp',
      `the load ${template.load} is a ramp: a search needs one that is steady`,
      'give one value, where the search starts',
    );
  }
  if (axis === 'connections' || (template.rate?.to ?? 0) > 0) return;
  const message = `the load ${template.load} has no rate to search`;
  throw usageError('capacity_no_rate', message, 'use an open load with a rate above 0, or --axis connections');
}

/** The smaller of --max and what this machine grants. */
function ceilingOf(template: Cell, workers: number, localAddresses: readonly string[], max: number | null): Ceiling {
  const granted = fewer(mostConnections(readLimits(), { workers, localAddresses }), mostReplaced(template));
  const first = template.connections.to;
  if (max !== null && max < first) {
    throw usageError('capacity_max', `--max ${max} is less than the ${first} connections of the first step`);
  }
  if (granted !== null && (max === null || granted.connections < max)) {
    return { connections: Math.max(first, granted.connections), text: granted.why, fix: granted.fix };
  }
  return { connections: max ?? 1_000_000, text: 'no step failed up to --max', fix: null };
}

/** Connections with a lifetime are replaced, and replacements may not exceed the profile's connectRate. */
function mostReplaced({ lifetime, connectRate }: Cell): ReturnType<typeof mostConnections> {
  if (lifetime === null) return null;
  const rate = `${formatCount(connectRate)}/s`;
  return {
    connections: Math.floor((connectRate * lifetime.meanMs) / 1000),
    why: `the profile's connectRate of ${rate} replaces no more that live for ${formatDuration(lifetime.meanMs)}`,
    fix: 'raise --connect-rate',
  };
}

function fewer(
  a: ReturnType<typeof mostConnections>,
  b: ReturnType<typeof mostConnections>,
): ReturnType<typeof mostConnections> {
  if (a === null || b === null) return a ?? b;
  return a.connections <= b.connections ? a : b;
}

function rowsOf(load: Load, template: Cell, most: number): number[] {
  const swept = load.connections.map(({ to }) => to);
  const grown = Array.from({ length: GRID_ROWS }, (_, i) => Math.round(template.connections.to * GRID_GROWTH ** i));
  return (swept.length > 1 ? swept : grown).filter((connections) => connections <= most).sort((a, b) => a - b);
}

/** The fewest messages for the quantile of the SLO: ten must lie beyond it. */
function samplesFor({ aggregation }: Threshold): number {
  return aggregation.kind === 'percentile' ? Math.max(100, Math.ceil(10 / (1 - aggregation.quantile))) : 100;
}

function steady(value: number): { from: number; to: number } {
  return { from: value, to: value };
}

function highestRate({ template, axis, maxRatePerSecond }: CapacityPlan): Cell['rate'] {
  return template.rate === null ? null : steady(axis === 'connections' ? template.rate.to : maxRatePerSecond);
}
