import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FixedList } from '../campaign/cell-source.js';
import { longestLooks, type PrecisionGoal, spreadOf, UntilPrecise } from '../campaign/until-precise.js';
import { canaryLine } from '../coordinator/canary.js';
import { describeGenerator, toolVersion } from '../coordinator/environment.js';
import { EXIT, type ExitCode, messageOf, usageError } from '../errors.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import { type Plan, planOf } from '../plan/plan.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import { buildDocument } from '../report/document.js';
import { jsonReporter } from '../report/json.js';
import { markdownReporter } from '../report/markdown.js';
import { Redactor } from '../report/redact.js';
import type { ResultDocument } from '../report/result-document.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { beyondCalibration, nearFloor } from '../verdict/calibration.js';
import { judge } from '../verdict/judge.js';
import type { CliIo } from './io.js';
import { keptCalibration } from './kept-calibration.js';
import { type RunRequest, toProfile } from './run-options.js';
import { CLIENT_ENGINE, RunView } from './run-view.js';
import { isLocal, placeOf } from './target-place.js';
import { loadThreads, permitted, TargetSession } from './target-session.js';

/** `wsurge run`: profile -> plan -> checks before load -> cells -> verdict -> tables and files. Returns the exit code. */
export async function runCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const request = toProfile(argv, io.env, (file) => readFileSync(path.resolve(io.cwd, file), 'utf8'));
  const { profile, secrets } = request.parsed;
  const redactor = new Redactor(secrets);
  const plan = planFor(request);
  const view = new RunView(io, request.settings, redactor, profile, plan);
  if (request.settings.dryRun) {
    view.dryRun();
    return EXIT.passed;
  }
  const address = await permitted(profile, plan, request.settings.allowTargets);
  const startedAt = new Date();
  const folder = await createRunFolder(path.resolve(io.cwd, request.settings.outputDir), profile.name, startedAt);
  return await inFolder({ request, plan, redactor, view, io, folder, startedAt, address });
}

interface Run {
  readonly request: RunRequest;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly view: RunView;
  readonly io: CliIo;
  readonly folder: RunFolder;
  readonly startedAt: Date;
  readonly address: string | null;
}

/** Starts the target, runs, reports; whatever happens, the target is stopped. A run that never began leaves no folder. */
async function inFolder(run: Run): Promise<ExitCode> {
  const { request, plan, io, address, folder } = run;
  let session: TargetSession | null = null;
  try {
    session = await TargetSession.open({ parsed: request.parsed, plan, io, address });
    return await load(run, session);
  } catch (error) {
    if (session !== null) {
      const text = run.redactor.text(messageOf(error));
      await folder.writeRun({ ...runFacts(run, session), status: 'crashed', error: text });
    }
    throw error;
  } finally {
    await session?.close();
    await folder.close();
    if (session === null) await folder.remove();
  }
}

async function load(run: Run, session: TargetSession): Promise<ExitCode> {
  const { request, plan, view, folder } = run;
  const { target, endpoint, canary } = session;
  view.canary(canaryLine(canary, placeOf(target.url, endpoint.address), target.engine), target.hint);
  await folder.writeRun({ ...runFacts(run, session), status: 'running' });
  view.begin(target.url, target.engine);
  const calibration = await keptCalibration(run.io);
  if (calibration !== null) view.warn(beyondCalibration(plan.cells, calibration));
  const runner = loadThreads(request.parsed.profile, plan);
  try {
    const goal = request.settings.untilPrecise;
    const source = goal === null ? new FixedList(plan.cells) : new UntilPrecise(plan.cells, goal);
    const cells = { runner, source, preWarm: plan.preWarm };
    const looks = await session.run(
      cells,
      view.observer((interval) => folder.appendInterval(interval)),
    );
    const outcome = longestLooks(looks);
    if (goal !== null) view.warn(imprecise(outcome, goal));
    if (calibration !== null) view.warn(nearFloor(outcome.cells, calibration));
    return await report(run, session, outcome);
  } finally {
    view.end();
    await runner.dispose();
  }
}

/** Cells that did not become as sure as was asked for. */
function imprecise({ cells }: RunOutcome, { quantile, share }: PrecisionGoal): string[] {
  const percent = (value: number) => Number((value * 100).toPrecision(2));
  return cells.flatMap((cell) => {
    const spread = spreadOf(cell, quantile);
    if (spread !== null && spread <= share) return [];
    const text = spread === null ? 'it has no interval' : `its interval reaches ${percent(spread)} % from it`;
    return [`${cell.id}: ${quantile} is not sure to ${percent(share)} %: ${text}; a longer --max-duration may do`];
  });
}

/** Judges, writes the files, prints the tables. */
async function report(run: Run, session: TargetSession, outcome: RunOutcome): Promise<ExitCode> {
  const { request, plan, redactor, view, folder, startedAt } = run;
  const { parsed, settings } = request;
  const verdict = judge(outcome, parsed.profile.thresholds, settings);
  const facts = runFacts(run, session);
  const document: ResultDocument = buildDocument({
    outcome,
    verdict,
    startedAt,
    endedAt: new Date(),
    crashed: false,
    labels: parsed.profile.labels,
    tool: { version: toolVersion(), engine: CLIENT_ENGINE },
    generators: facts.environment.generators,
    target: facts.target,
    profile: facts.profile,
    runId: facts.runId,
    planHash: plan.hash,
    seed: parsed.profile.seed,
    workers: plan.workers,
    pacing: plan.pacing,
    redactor,
  });
  await folder.writeReport(jsonReporter.file, jsonReporter.render(document));
  await folder.writeReport(markdownReporter.file, markdownReporter.render(document));
  await folder.writeRun({ ...facts, status: document.status });
  view.finish(document, folder.path);
  return verdict.exitCode;
}

/** What run.json holds beside the status: enough to make every report anew. */
function runFacts({ request, plan, redactor, folder, startedAt }: Run, { target }: TargetSession) {
  const { profile, secrets } = request.parsed;
  return {
    runId: folder.runId,
    startedAt: startedAt.toISOString(),
    labels: profile.labels,
    tool: { name: 'wsurge', version: toolVersion() },
    environment: { generators: [describeGenerator()] },
    target: {
      url: redactor.text(redactUrl(target.url)),
      address: request.parsed.profile.target.kind === 'embedded' ? '127.0.0.1' : null,
      engine: target.engine,
      hint: target.hint,
    },
    profile: redactProfile(profile, secrets),
    planHash: plan.hash,
    seed: profile.seed,
    workers: plan.workers,
  };
}

function planFor({ parsed, settings }: RunRequest): Plan {
  const { profile } = parsed;
  const plan = planOf(profile, {
    only: settings.only,
    cores: os.availableParallelism(),
    localTarget: isLocal(profile),
  });
  if (plan.cells.length === 0) {
    throw usageError(
      'nothing_to_run',
      `--only ${settings.only.join(', ')} names no cell of this profile`,
      'wsurge run <profile> --dry-run lists them',
    );
  }
  return plan;
}
