import { type EventSink, toAll } from '../campaign/events.js';
import { imprecise, UntilPrecise } from '../campaign/until-precise.js';
import type { ResultDocument } from '../documents/result-document.js';
import { shortfalls } from '../machine/checkup.js';
import { readMachine } from '../machine/machine.js';
import type { Plan } from '../plan/plan.js';
import { jsonReporter } from '../report/run/json.js';
import { beyondCalibration, nearFloor } from '../verdict/calibration.js';
import { type Crew, generatorsOf, type LeasedCrew, routeOfAgents } from './crew.js';
import type { Ended } from './ended.js';
import type { PlanEvent } from './events.js';
import { folderSink } from './folder-sink.js';
import { keptCalibration } from './kept-calibration.js';
import { withLoadFolder } from './load-folder.js';
import { judgeBy, type Measured, measure } from './measure.js';
import { NullEcho } from './null-echo.js';
import { type RunParts, runFacts } from './run-documents.js';
import { type Snapshot, snapshotOf } from './snapshot.js';
import type { Surroundings } from './surroundings.js';
import { targetName } from './target-place.js';
import { canaryEvent, loadThreads, permitted, type Reached, type TargetSession } from './target-session.js';
import type { RunTask } from './tasks.js';
import { type LoadWatch, toldTo, UNWATCHED } from './watch.js';
import { notesOf } from './way.js';
import type { OwnedRun } from './with-run-folder.js';

/** What is told of a run. */
export interface RunWatch extends LoadWatch {
  /** The server is up, and the folder is there; the load comes next. */
  begins(reached: Reached): void;
  /** Opens what shows the run while it goes on. Where it throws, there is no run. Absent: nothing shows it. */
  open?(run: { readonly runId: string; readonly snapshot: Snapshot }): Promise<LivePages>;
}

/** Pages that show a run while it goes on. */
export interface LivePages {
  readonly sink: EventSink;
  /** `folder`: of the finished run; null if the run left none. */
  end(folder: string | null): Promise<void>;
}

const NO_PAGES: LivePages = { sink: UNWATCHED, end: () => Promise.resolve() };

/** `folder`: null where nothing will be run. */
export function planEvent({ parsed: { profile } }: RunTask, plan: Plan, folder: string | null): PlanEvent {
  const { cells, workers, pacing } = plan;
  const targets = [targetName(profile.target)];
  return { type: 'plan', command: 'run', name: profile.name, folder, targets, cells, workers, pacing };
}

/**
 * Checks before the load, cells, verdict, files. Throws WsurgeError where the load never began (102 to 105), and then
 * leaves no folder.
 */
export async function measureRun(
  task: RunTask,
  plan: Plan,
  around: Surroundings,
  watch: RunWatch,
  crew: Crew | null = null,
): Promise<Ended<ResultDocument>> {
  const { parsed, settings } = task;
  const route =
    crew === null
      ? await permitted(parsed.profile, plan, settings.allowTargets, around.env)
      : routeOfAgents(parsed.profile);
  watch.warn(notesOf([route]));
  const leased = crew === null ? null : await crew.lease(plan);
  try {
    const load = {
      ...{ parsed, plan, settings, route, around, watch, crew: leased },
      planned: (folder: string) => planEvent(task, plan, folder),
    };
    return await withLoadFolder(load, (owned) => inFolder({ task, plan, around, watch, crew: leased }, owned));
  } finally {
    await leased?.runner.dispose();
  }
}

interface Job {
  readonly task: RunTask;
  readonly plan: Plan;
  readonly around: Surroundings;
  readonly watch: RunWatch;
  /** The agents that make the load; null: this machine does. */
  readonly crew: LeasedCrew | null;
}

async function inFolder(job: Job, owned: OwnedRun<TargetSession>): Promise<Ended<ResultDocument>> {
  const { task, plan, watch, crew } = job;
  const { folder, redactor, startedAt, target: session } = owned;
  const generators = generatorsOf(crew);
  const parts: RunParts = { parsed: task.parsed, plan, redactor, folder, startedAt, generators };
  const snapshot = snapshotOf({ parts, session, rules: task.settings });
  const pages = (await watch.open?.({ runId: folder.runId, snapshot })) ?? NO_PAGES;
  let finished: string | null = null;
  try {
    watch.tell(canaryEvent(session), null);
    await owned.begin(() => runFacts(parts, session));
    watch.begins(session);
    const sink = toAll([folderSink(folder), toldTo(watch, judgeBy(task.parsed.profile)), pages.sink]);
    const { document, verdict } = await load(job, parts, session, sink);
    const result = [jsonReporter.file, jsonReporter.render(document)] as const;
    const reports = await owned.end(document.status, [result], task.settings.formats);
    finished = folder.path;
    for (const reason of verdict.reasons) watch.tell({ type: 'reason', reason }, null);
    watch.tell({ type: 'verdict', ...verdict, word: null, answer: null }, null);
    return { exitCode: verdict.exitCode, result: document, folder: folder.path, reports };
  } finally {
    await pages.end(finished);
  }
}

/** Runs the cells, and says what the machine and its calibration have to say of them. */
async function load(
  { task, plan, around, watch, crew }: Job,
  parts: RunParts,
  session: TargetSession,
  sink: EventSink,
): Promise<Measured> {
  const { profile } = task.parsed;
  const goal = task.settings.untilPrecise;
  const { peakConnections: connections } = plan.estimate;
  if (crew === null) watch.warn(shortfalls(readMachine(), { connections, workers: plan.workers }));
  const calibration = crew === null ? await keptCalibration(around) : null;
  if (calibration !== null) watch.warn(beyondCalibration(plan.cells, calibration));
  const runner = crew?.runner ?? loadThreads(profile, plan);
  let echo: NullEcho | null = null;
  try {
    if (plan.nullTwin) echo = await NullEcho.start(profile, plan, around);
    const extension = goal === null ? null : new UntilPrecise(goal);
    const conduct = { runner, extension, preWarm: plan.preWarm, twins: echo?.twins ?? null };
    const measured = await measure({ parts, session, conduct, rules: task.settings }, sink);
    const { cells } = measured.outcome;
    if (goal !== null) watch.warn(imprecise(cells, plan.cells, goal));
    if (calibration !== null) watch.warn(nearFloor(cells, calibration));
    return measured;
  } finally {
    // The agents of a crew are given back by whoever leased them.
    if (crew === null) await runner.dispose();
    await echo?.stop();
  }
}
