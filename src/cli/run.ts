import path from 'node:path';
import { type EventLog, withEvents } from '../app/event-log.js';
import { folderSink } from '../app/folder-sink.js';
import { keptCalibration } from '../app/kept-calibration.js';
import { NullEcho, refuseWithoutTwins } from '../app/null-echo.js';
import { type RunParts, runDocument, runFacts } from '../app/run-documents.js';
import { isLocal, placeOf, targetName } from '../app/target-place.js';
import { loadThreads, permitted, TargetSession } from '../app/target-session.js';
import { announce } from '../app/way.js';
import { FixedList } from '../campaign/cell-source.js';
import { toAll } from '../campaign/events.js';
import { imprecise, UntilPrecise } from '../campaign/until-precise.js';
import { canaryLine } from '../coordinator/canary.js';
import type { Route } from '../coordinator/route.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode, messageOf, usageError } from '../errors.js';
import { shortfalls } from '../machine/checkup.js';
import { usableCores } from '../machine/cores.js';
import { readMachine } from '../machine/machine.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import type { IdleMemoryWish } from '../plan/idle-memory.js';
import { type Plan, planOf } from '../plan/plan.js';
import { jsonReporter } from '../report/run/json.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { beyondCalibration, nearFloor } from '../verdict/calibration.js';
import { judge } from '../verdict/judge.js';
import { judgeCell } from '../verdict/validity.js';
import type { Verdict } from '../verdict/verdict.js';
import type { CliIo } from './io.js';
import { type Live, startLive } from './live/live.js';
import type { RunRequest } from './options/run-options.js';
import { appendSummary, reportFiles } from './report.js';
import { RunView } from './views/run-view.js';

/** `wsurge run`: profile -> plan -> checks before load -> cells -> verdict -> tables and files. Returns the exit code. */
export async function runCommand(request: RunRequest, io: CliIo): Promise<ExitCode> {
  const { profile, secrets } = request.parsed;
  const redactor = new Redactor(secrets);
  const plan = planFor(request);
  if (request.settings.note !== null) io.stderr.write(`note: ${request.settings.note}\n`);
  const view = new RunView(io, request.settings, redactor, profile, plan);
  return await withEvents(request.settings.events, io, redactor, async (events) => {
    const planned = { ...plan, command: 'run', name: profile.name, targets: [targetName(profile.target)] } as const;
    if (request.settings.dryRun) {
      events.tell({ type: 'plan', ...planned, folder: null });
      view.dryRun();
      return EXIT.passed;
    }
    const route = await permitted(profile, plan, request.settings.allowTargets, io.env);
    announce([route], io, request.settings.quiet);
    const startedAt = new Date();
    const folder = await createRunFolder(path.resolve(io.cwd, request.settings.outputDir), profile.name, startedAt);
    events.tell({ type: 'plan', ...planned, folder: folder.path });
    return await inFolder({ request, plan, redactor, view, events, io, folder, startedAt, route });
  });
}

interface Run {
  readonly request: RunRequest;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly view: RunView;
  readonly events: EventLog;
  readonly io: CliIo;
  readonly folder: RunFolder;
  readonly startedAt: Date;
  readonly route: Route;
}

/** Starts the target, runs and reports. The target is stopped whatever happens; a run that never began leaves no folder. */
async function inFolder(run: Run): Promise<ExitCode> {
  const { request, plan, io, route, folder } = run;
  let session: TargetSession | null = null;
  let live: Live | null = null;
  try {
    session = await TargetSession.open({
      parsed: request.parsed,
      plan,
      io,
      route,
      allowedTargets: request.settings.allowTargets,
    });
    live = await liveOf(run, session);
    return await load(run, session, live);
  } catch (error) {
    if (session !== null && live !== null) {
      const text = run.redactor.text(messageOf(error));
      await folder.writeRun({ ...runFacts(partsOf(run), session), status: 'crashed', error: text });
    }
    throw error;
  } finally {
    await session?.close();
    await folder.close();
    if (live === null) await folder.remove();
  }
}

async function load(run: Run, session: TargetSession, live: Live): Promise<ExitCode> {
  const { request, plan, view, events, folder } = run;
  const { thresholds, accuracy } = request.parsed.profile;
  const { target, endpoint, canary } = session;
  events.tell({ type: 'canary', url: endpoint.url, engine: target.engine, report: canary });
  view.canary(canaryLine(canary, placeOf(endpoint.url, endpoint), target.engine), target.hint);
  await folder.writeRun({ ...runFacts(partsOf(run), session), status: 'running' });
  view.begin(target.url, target.engine);
  const { peakConnections: connections } = plan.estimate;
  view.warn(shortfalls(readMachine(), { connections, workers: plan.workers }));
  const calibration = await keptCalibration(run.io);
  if (calibration !== null) view.warn(beyondCalibration(plan.cells, calibration));
  const runner = loadThreads(request.parsed.profile, plan);
  let echo: NullEcho | null = null;
  let finished: string | null = null;
  try {
    if (plan.nullTwin) echo = await NullEcho.start(request.parsed.profile, plan, run.io);
    const goal = request.settings.untilPrecise;
    const extension = goal === null ? null : new UntilPrecise(goal);
    const source = new FixedList(plan.cells);
    const told = events.sinkOf((result) => judgeCell(result, thresholds, accuracy));
    const cells = { runner, source, extension, preWarm: plan.preWarm, twins: echo?.twins ?? null };
    const outcome = await session.run(cells, toAll([folderSink(folder), view.sink, live.sink, told]));
    if (goal !== null) view.warn(imprecise(outcome.cells, plan.cells, goal));
    if (calibration !== null) view.warn(nearFloor(outcome.cells, calibration));
    const exitCode = await report(run, session, outcome);
    finished = folder.path;
    return exitCode;
  } finally {
    view.end();
    await live.end(finished);
    await runner.dispose();
    await echo?.stop();
  }
}

function liveOf(run: Run, session: TargetSession): Promise<Live> {
  const { request, plan, view, folder } = run;
  const { prometheus, dashboard } = request.settings;
  const document = (outcome: RunOutcome, verdict: Verdict) => runDocument(partsOf(run), session, outcome, verdict);
  const snapshot = (done: readonly CellResult[], running: CellResult | null) => {
    const outcome: RunOutcome = { cells: done, notRun: [], interrupted: false, abortedBy: null };
    const verdict = judge(outcome, request.parsed.profile.thresholds, {
      ...request.settings,
      accuracy: request.parsed.profile.accuracy,
    });
    if (running === null) return document(outcome, verdict);
    // The running cell is shown but not judged: laws and limits hold for finished cells.
    const cells = [...verdict.cells, { id: running.id, validity: 'valid', target: 'ok' } as const];
    const shown = { ...running, pacing: plan.pacing, laws: [] };
    return document({ ...outcome, cells: [...done, shown] }, { ...verdict, cells });
  };
  return startLive({
    ...{ prometheus, dashboard, snapshot },
    ...{ runId: folder.runId, plan },
    say: (line) => view.live(line),
  });
}

/** Judges, writes the files, prints the tables. */
async function report(run: Run, session: TargetSession, outcome: RunOutcome): Promise<ExitCode> {
  const { request, view, events, folder } = run;
  const { parsed, settings } = request;
  const verdict = judge(outcome, parsed.profile.thresholds, { ...settings, accuracy: parsed.profile.accuracy });
  const document = runDocument(partsOf(run), session, outcome, verdict);
  await folder.writeReport(jsonReporter.file, jsonReporter.render(document));
  await folder.writeRun({ ...runFacts(partsOf(run), session), status: document.status });
  // Rendered from the folder, exactly as `wsurge report` does later.
  const files = await reportFiles(folder.path, settings.formats);
  for (const { name, text } of files) await folder.writeReport(name, text);
  await appendSummary(run.io, files);
  for (const reason of verdict.reasons) events.tell({ type: 'reason', reason });
  events.tell({ type: 'verdict', ...verdict, word: null, answer: null });
  view.finish(document, folder.path);
  return verdict.exitCode;
}

function partsOf({ request, plan, redactor, folder, startedAt }: Run): RunParts {
  return { parsed: request.parsed, plan, redactor, folder, startedAt };
}

/** The plan of a request. Throws WsurgeError (104) if it holds no cell. */
export function planFor({ parsed, settings }: RunRequest, idleMemory: IdleMemoryWish = 'auto'): Plan {
  const { profile } = parsed;
  const plan = planOf(profile, {
    only: settings.only,
    cores: usableCores(),
    localTarget: isLocal(profile),
    nullTwin: settings.nullTwin,
    idleMemory,
  });
  if (plan.cells.length === 0) {
    throw usageError(
      'nothing_to_run',
      `--only ${settings.only.join(', ')} names no cell of this profile`,
      'wsurge run <profile> --dry-run lists them',
    );
  }
  if (plan.nullTwin) refuseWithoutTwins(plan);
  if (settings.untilPrecise !== null) refuseWithoutExtension(plan, new UntilPrecise(settings.untilPrecise));
  return plan;
}

/** Throws WsurgeError (104) if no cell of the plan could be extended. */
function refuseWithoutExtension({ cells }: Plan, extension: UntilPrecise): void {
  if (cells.some((cell) => extension.longestMs(cell) > cell.durationMs)) return;
  throw usageError(
    'no_extension',
    '--until-ci: no cell of this profile can be measured longer than planned',
    'it needs a steady load whose replies are matched, and a --max-duration above its duration',
  );
}
