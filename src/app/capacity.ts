import path from 'node:path';
import { CapacitySource } from '../campaign/capacity-source.js';
import { type EventSink, toAll } from '../campaign/events.js';
import { SocketMemoryProbe } from '../campaign/socket-memory-probe.js';
import type { CapacityDocument } from '../documents/capacity-document.js';
import type { ExitCode } from '../errors.js';
import { socketMemoryBytes } from '../machine/proc/socket-memory.js';
import { CAPACITY_FILE } from '../report/formats.js';
import { jsonText } from '../report/run/json.js';
import { createRunFolder, RESULT_FILE } from '../store/run-folder.js';
import { highestStep } from './capacity-plan.js';
import { capacityDocument, type MemoryByCell, type PlannedSearch } from './capacity-result.js';
import type { Ended } from './ended.js';
import { folderSink } from './folder-sink.js';
import { type RunParts, runFacts } from './run-documents.js';
import type { Surroundings } from './surroundings.js';
import { loadThreads, permitted, TargetSession } from './target-session.js';
import type { Reached, Watch } from './watch.js';
import { notesOf } from './way.js';
import { type OwnedRun, withRunFolder } from './with-run-folder.js';

/** What is told of a search. */
export interface CapacityWatch extends Watch {
  /** The server is up, and the folder is there; the first step comes next. */
  begins(reached: Reached): void;
  /** Who is told everything that happens under load. `source` knows the steps so far, `memory` what was read around them. */
  sinkOf(source: CapacitySource, memory: MemoryByCell): EventSink;
}

interface Job {
  readonly planned: PlannedSearch;
  readonly watch: CapacityWatch;
  /** Kernel memory for sockets around the steps. */
  readonly memory: SocketMemoryProbe;
}

/** Searches step by step, and reports. A search that never began leaves no folder. */
export async function searchCapacity(
  planned: PlannedSearch,
  around: Surroundings,
  watch: CapacityWatch,
): Promise<Ended<CapacityDocument>> {
  const { task, plan } = planned;
  const { parsed, settings } = task;
  const largest = { ...plan, cells: [highestStep(planned)] };
  const route = await permitted(parsed.profile, largest, settings.allowTargets, around.env);
  watch.warn(notesOf([route]));
  const outputDir = path.resolve(around.cwd, settings.outputDir);
  const spec = {
    make: (now: Date) => createRunFolder(outputDir, parsed.profile.name, now),
    secrets: parsed.secrets,
    open: () =>
      TargetSession.open({
        ...{ parsed, plan, around, route },
        allowedTargets: settings.allowTargets,
        onRedirect: (notes) => watch.redirected(notes),
      }),
  };
  const memory = new SocketMemoryProbe(() => socketMemoryBytes());
  return await withRunFolder(spec, (owned) => inFolder({ planned, watch, memory }, owned));
}

async function inFolder(job: Job, owned: OwnedRun<TargetSession>): Promise<Ended<CapacityDocument>> {
  const { planned, watch } = job;
  const { target: session, folder } = owned;
  await owned.begin(() => factsOf(job, owned));
  watch.begins(session);
  const source = new CapacitySource(planned.search);
  await search(job, owned, source);
  const result = documentOf(job, owned, source);
  // Written twice: under the name that every kind of result has, and under its own.
  const files = [RESULT_FILE, CAPACITY_FILE].map((name) => [name, jsonText(result)] as const);
  const reports = await owned.end(result.status, files, null);
  return { exitCode: result.exitCode as ExitCode, result, folder: folder.path, reports };
}

/** Runs the steps. A search that is killed leaves those that it has done. */
async function search(job: Job, owned: OwnedRun<TargetSession>, source: CapacitySource): Promise<void> {
  const { planned, watch, memory } = job;
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
  const sink = toAll([folderSink(folder), memory.sink, watch.sinkOf(source, memory.byCell), keeper]);
  const runner = loadThreads(task.parsed.profile, plan);
  try {
    await session.run({ runner, source, preWarm: plan.preWarm }, sink);
    await kept;
  } finally {
    await runner.dispose();
  }
}

/** What the search has found so far. */
function documentOf(job: Job, owned: OwnedRun<TargetSession>, source: CapacitySource): CapacityDocument {
  const { startedAt, redactor } = owned;
  const facts = { ...factsOf(job, owned), startedAt, endedAt: new Date() };
  return capacityDocument(job.planned, facts, source, job.memory.byCell, redactor);
}

function factsOf({ planned }: Job, { target, folder, redactor, startedAt }: OwnedRun<TargetSession>) {
  const parts: RunParts = { parsed: planned.task.parsed, plan: planned.plan, redactor, folder, startedAt };
  // Which cells a search has is known at its end alone: the plan only sizes the workers.
  const { plan: _, ...facts } = runFacts(parts, target);
  return facts;
}
