import { CapacitySource, type CapacityStep } from '../campaign/capacity-source.js';
import { type EventSink, toAll } from '../campaign/events.js';
import { SocketMemoryProbe } from '../campaign/socket-memory-probe.js';
import type { CapacityDocument } from '../documents/capacity-document.js';
import { EXIT, type ExitCode } from '../errors.js';
import { socketMemoryBytes } from '../machine/proc/socket-memory.js';
import { CAPACITY_FILE } from '../report/formats.js';
import { jsonText } from '../report/run/json.js';
import { RESULT_FILE } from '../store/run-folder.js';
import { judgeCell } from '../verdict/validity.js';
import { highestStep } from './capacity-plan.js';
import { capacityDocument, type MemoryByCell, type PlannedSearch } from './capacity-result.js';
import { type Crew, generatorsOf, type LeasedCrew, routeOfAgents } from './crew.js';
import type { Ended } from './ended.js';
import type { JudgeCell, PlanEvent } from './events.js';
import { folderSink } from './folder-sink.js';
import { withLoadFolder } from './load-folder.js';
import { type RunParts, runFacts } from './run-documents.js';
import type { Surroundings } from './surroundings.js';
import { targetName } from './target-place.js';
import {
  canaryEvent,
  loadThreads,
  permitted,
  type Reached,
  seesSockets,
  type TargetSession,
} from './target-session.js';
import { type LoadWatch, toldTo } from './watch.js';
import { notesOf } from './way.js';
import type { OwnedRun } from './with-run-folder.js';

/** What is told of a search. */
export interface CapacityWatch extends LoadWatch {
  /** The server is up, and the folder is there; the first step comes next. */
  begins(reached: Reached, soFar: SearchSoFar): void;
}

/** What a search has found so far. A step stands in it by the time its cell is told of. */
export interface SearchSoFar {
  readonly steps: () => readonly CapacityStep[];
  /** What was read around the steps. */
  readonly memory: MemoryByCell;
}

interface Job {
  readonly planned: PlannedSearch;
  readonly watch: CapacityWatch;
  /** Kernel memory for sockets around the steps. */
  readonly memory: SocketMemoryProbe;
  /** The agents that make the load; null: this machine does. */
  readonly crew: LeasedCrew | null;
}

/** `folder`: null where nothing will be run. Which cells there are follows from their results. */
export function planEvent({ task, plan }: PlannedSearch, folder: string | null): PlanEvent {
  const { name, target } = task.parsed.profile;
  const { workers, pacing } = plan;
  const targets = [targetName(target)];
  return { type: 'plan', command: 'capacity', name, folder, targets, cells: null, workers, pacing };
}

/** Searches step by step, and reports. A search that never began leaves no folder. `crew`: made the plan. */
export async function searchCapacity(
  planned: PlannedSearch,
  around: Surroundings,
  watch: CapacityWatch,
  crew: Crew | null = null,
): Promise<Ended<CapacityDocument>> {
  const { task, plan, room } = planned;
  const { parsed, settings } = task;
  const largest = { ...plan, cells: [highestStep(planned)] };
  const route =
    crew === null
      ? await permitted(parsed.profile, largest, settings.allowTargets, around.env)
      : routeOfAgents(parsed.profile);
  watch.warn(notesOf([route]));
  // For all steps: an agent that is given back between two of them may be somebody else's in the next.
  const leased = crew === null ? null : await crew.lease(largest, room!);
  try {
    const memory = new SocketMemoryProbe(seesSockets(leased) ? () => socketMemoryBytes() : () => null);
    const load = {
      ...{ parsed, plan, settings, route, around, watch, crew: leased },
      planned: (folder: string) => planEvent(planned, folder),
    };
    return await withLoadFolder(load, (owned) => inFolder({ planned, watch, memory, crew: leased }, owned));
  } finally {
    await leased?.runner.dispose();
  }
}

async function inFolder(job: Job, owned: OwnedRun<TargetSession>): Promise<Ended<CapacityDocument>> {
  const { planned, watch } = job;
  const { target: session, folder } = owned;
  watch.tell(canaryEvent(session), null);
  await owned.begin(() => factsOf(job, owned));
  const source = new CapacitySource(planned.search);
  watch.begins(session, { steps: () => source.steps, memory: job.memory.byCell });
  await search(job, owned, source);
  const result = documentOf(job, owned, source);
  // Written twice: under the name that every kind of result has, and under its own.
  const files = [RESULT_FILE, CAPACITY_FILE].map((name) => [name, jsonText(result)] as const);
  const reports = await owned.end(result.status, files, null);
  const exitCode = result.exitCode as ExitCode;
  const { target, text: answer } = result.answer;
  const passed = exitCode === EXIT.passed;
  watch.tell({ type: 'verdict', passed, exitCode, validity: null, target, word: null, answer }, null);
  return { exitCode, result, folder: folder.path, reports };
}

/** Runs the steps. A search that is killed leaves those that it has done. */
async function search(job: Job, owned: OwnedRun<TargetSession>, source: CapacitySource): Promise<void> {
  const { planned, watch, memory, crew } = job;
  const { target: session, folder } = owned;
  const { task, plan } = planned;
  let kept = Promise.resolve();
  const keep = () => {
    const text = jsonText(documentOf(job, owned, source));
    kept = kept.then(() => folder.writeReport(CAPACITY_FILE, text));
    // What fails is thrown at the end, where it is waited for.
    kept.catch(() => undefined);
  };
  const keeper: EventSink = (event) => {
    if (event.type === 'cell' && !event.result.interrupted) keep();
  };
  const told = toldTo(watch, judgeOf(planned.search, source));
  const sink = toAll([folderSink(folder), memory.sink, told, keeper]);
  const runner = crew?.runner ?? loadThreads(task.parsed.profile, plan);
  try {
    await session.run({ runner, source, preWarm: plan.preWarm }, sink);
    await kept;
  } finally {
    // The agents of a crew are given back by whoever leased them.
    if (crew === null) await runner.dispose();
  }
}

/** A step that was cut short has no judgement of its own. */
function judgeOf({ slo }: PlannedSearch['search'], source: CapacitySource): JudgeCell {
  return (result) => {
    const step = source.steps.findLast((each) => each.result === result);
    if (step === undefined) return judgeCell(result, [slo]);
    const { validity, target, passed, by, why } = step.judgement;
    return { validity, target, step: { passed, by, why } };
  };
}

/** What the search has found so far. */
function documentOf(job: Job, owned: OwnedRun<TargetSession>, source: CapacitySource): CapacityDocument {
  const { startedAt, redactor } = owned;
  const facts = { ...factsOf(job, owned), startedAt, endedAt: new Date() };
  return capacityDocument(job.planned, facts, source, job.memory.byCell, redactor);
}

function factsOf({ planned, crew }: Job, { target, folder, redactor, startedAt }: OwnedRun<TargetSession>) {
  const { task, plan } = planned;
  const generators = generatorsOf(crew);
  const parts: RunParts = { parsed: task.parsed, plan, redactor, folder, startedAt, generators };
  // Which cells a search has is known at its end alone: the plan only sizes the workers.
  const { plan: _, ...facts } = runFacts(parts, target);
  return facts;
}
