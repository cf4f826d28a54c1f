import path from 'node:path';
import type { Scenario } from '../check/check.js';
import { notRun, requiredOf } from '../check/not-run.js';
import type { ServerEnd } from '../check/outcome/server-end.js';
import { promisesOf } from '../check/promises.js';
import { type CheckResult, type CheckRun, runChecks } from '../check/runner.js';
import { SCENARIOS } from '../check/scenarios.js';
import { checkable, type Selection, selectChecks } from '../check/selection.js';
import { SERVER_BACK_MS } from '../check/server-end.js';
import type { Route } from '../coordinator/route.js';
import { buildCheckDocument, type CheckDocument } from '../documents/check-document.js';
import { foundPart } from '../documents/check-found.js';
import { NOT_RUN } from '../documents/check-lines.js';
import { describeGenerator } from '../machine/environment.js';
import { toolVersion } from '../machine/tool-version.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import { jsonText } from '../report/run/json.js';
import type { AnyScript } from '../script/life.js';
import { createCheckFolder, RESULT_FILE } from '../store/run-folder.js';
import type { RunningTarget } from '../target/running-target.js';
import { measureLoad } from './check-load.js';
import { contextParts, type Looked, lookAtTarget, type Reachable, shownUrl } from './check-look.js';
import { permittedToCheck, reachableBy } from './check-reach.js';
import { CheckTarget } from './check-target.js';
import type { Ended } from './ended.js';
import { KeptChecks } from './kept-checks.js';
import { CLIENT_ENGINE } from './run-documents.js';
import { scriptOfChecks, withScripts } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import type { CheckTask } from './tasks.js';
import type { Watch } from './watch.js';
import { notesOf } from './way.js';
import { type OwnedRun, type RunFacts, withRunFolder } from './with-run-folder.js';

/** Reports that a check writes beside its result. */
const REPORTS = ['html', 'md', 'junit'] as const;

/** What is told of a check. */
export interface CheckWatch extends Watch {
  /** The server is up and was looked at; the checks come next. `url` has its secrets struck out. */
  begins(url: string, target: RunningTarget, looked: Looked): void;
  scenario(scenario: Scenario): void;
  check(result: CheckResult): void;
  serverEnded(end: ServerEnd): void;
  /** The checks are done, and loads are measured. */
  loading(): void;
  /** The script is loaded, and connections follow what this returns; absent to leave it as it is. */
  script?(script: AnyScript): AnyScript;
}

/** The checks that a task asks for. Throws WsurgeError (104) for a name that is none. */
export function selectionOf({ settings }: Pick<CheckTask, 'settings'>): Selection {
  return selectChecks(SCENARIOS, settings.only, settings.skip);
}

interface Job {
  readonly task: CheckTask;
  readonly selection: Selection;
  readonly around: Surroundings;
  readonly watch: CheckWatch;
  readonly route: Route;
  /** That connections follow; absent for none. */
  readonly script: AnyScript | undefined;
}

/** Starts the server, looks at it, checks it and reports. A check that never began leaves no folder. */
export async function checkServer(
  asked: CheckTask,
  around: Surroundings,
  watch: CheckWatch,
): Promise<Ended<CheckDocument>> {
  const task = await withScripts(asked, around);
  const { parsed, settings } = task;
  const loaded = await scriptOfChecks(parsed.profile, around.cwd);
  const script = loaded === undefined ? undefined : (watch.script?.(loaded) ?? loaded);
  const selection = selectionOf(task);
  const route = await permittedToCheck(parsed.profile, settings.allowTargets, around.env);
  watch.warn(notesOf([route]));
  const outputDir = path.resolve(around.cwd, settings.outputDir);
  const spec = {
    make: (now: Date) => createCheckFolder(outputDir, parsed.profile.name, now),
    secrets: parsed.secrets,
    open: () => CheckTarget.start(parsed.profile.target, settings.quick, route.addresses[0] ?? null, around.signal),
  };
  return await withRunFolder(spec, (owned) => inFolder({ task, selection, around, watch, route, script }, owned));
}

async function inFolder(job: Job, owned: OwnedRun<CheckTarget>): Promise<Ended<CheckDocument>> {
  const { task, around, watch, route, script } = job;
  const at = reachableBy({ task, around, route, script, target: owned.target, watch });
  const looked = await lookAtTarget(at);
  await owned.begin(() => factsOf(job, at));
  watch.begins(shownUrl(at), owned.target.running, looked);
  const result = await check(job, owned, at, looked);
  const reports = await owned.end(result.status, [[RESULT_FILE, jsonText(result)]], REPORTS);
  return { exitCode: result.verdict.exitCode, result, folder: owned.folder.path, reports };
}

async function check(job: Job, owned: OwnedRun<CheckTarget>, at: Reachable, looked: Looked): Promise<CheckDocument> {
  const { task, selection, around, watch } = job;
  const { folder, redactor, target } = owned;
  const { protocol, found } = looked;
  const { settings, withLoad } = task;
  const context = contextParts(at, protocol, looked);
  const chosen = { ...checkable(selection, found, context.expects), gentle: settings.gentle, context };
  const facts = () => factsOfDocument({ job, owned, at, looked, context });
  const kept = new KeptChecks(folder, { redactor, foreign: at.foreign }, context.setAside ?? null);
  kept.begin(
    buildCheckDocument({ ...facts(), ...nothingDone(chosen, looked.end) }),
    requiredOf(chosen),
    withLoad !== null,
  );
  const run = await runChecks({
    ...chosen,
    endBefore: looked.end,
    backMs: SERVER_BACK_MS,
    signal: around.signal,
    onScenario: (scenario) => watch.scenario(scenario),
    onCheck: (result) => {
      kept.check(result);
      watch.check(result);
    },
    onServerEnd: (end) => {
      kept.serverEnded(end);
      watch.serverEnded(end);
    },
  });
  const atEnd = facts();
  await target.close();
  const loads = around.signal.aborted ? null : withLoad;
  if (loads !== null) watch.loading();
  const shared = { folder, redactor, around, watch, allowTargets: settings.allowTargets };
  const load = loads === null ? null : await measureLoad({ ...shared, parsed: loads });
  return buildCheckDocument({ ...atEnd, run, crashed: false, endedAt: new Date(), load });
}

/** The results of a check before its first check is done. */
function nothingDone(chosen: Parameters<typeof notRun>[0], end: ServerEnd | null) {
  const serverEnds = end === null ? [] : [end];
  const run: CheckRun = { scenarios: notRun(chosen, NOT_RUN), serverEnds, interrupted: true, tookMs: 0 };
  return { run, crashed: true, endedAt: new Date(), load: null };
}

interface Checked {
  readonly job: Job;
  readonly owned: OwnedRun<CheckTarget>;
  readonly at: Reachable;
  readonly looked: Looked;
  readonly context: ReturnType<typeof contextParts>;
}

/** What the document holds besides the results. Asked again at the end: a restart may have moved the server. */
function factsOfDocument({ job, owned, at, looked, context }: Checked) {
  const { settings, parsed } = job.task;
  const { folder, redactor, startedAt } = owned;
  const { protocol, found } = looked;
  return {
    ...{ ...factsOf(job, at), startedAt, runId: folder.runId },
    tool: { version: toolVersion(), engine: CLIENT_ENGINE },
    ...{ quick: settings.quick, gentle: settings.gentle, protocol },
    found: foundPart(found, context.setAside ?? null, settings.hasProfile),
    promises: promisesOf(parsed.profile.check, context.expects, protocol, found),
    ...{ redactor, foreign: at.foreign },
  };
}

/** What run.json holds of a check. */
function factsOf({ task, route }: Job, { target, led, redactor }: Reachable) {
  const { profile, secrets } = task.parsed;
  const { url, engine, hint } = target.running;
  return {
    labels: redactor.json(profile.labels),
    tool: { name: 'wsurge', version: toolVersion() },
    environment: { generators: [describeGenerator()] },
    target: {
      url: redactor.text(redactUrl(url)),
      address: (led?.route ?? route).addresses[0] ?? null,
      ...(led === null ? {} : { redirectedTo: redactor.text(redactUrl(led.endpoint.url)) }),
      ...{ engine, hint },
    },
    profile: redactProfile(profile, secrets),
    // A check has neither a plan nor workers.
    planHash: '',
    seed: profile.seed,
    workers: 0,
  } satisfies RunFacts;
}
