import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCampaign } from '../campaign/campaign.js';
import { FixedList } from '../campaign/cell-source.js';
import { serverProbe } from '../campaign/server-probe.js';
import { canaryLine, flyCanary } from '../coordinator/canary.js';
import { describeGenerator, toolVersion } from '../coordinator/environment.js';
import { HostLoad } from '../coordinator/host-load.js';
import { readLimits } from '../coordinator/limits.js';
import { peaksOf, preflight, refuseIfAny } from '../coordinator/preflight.js';
import { resolveTarget } from '../coordinator/resolve-target.js';
import { ThreadRunner } from '../coordinator/thread-runner.js';
import { EXIT, type ExitCode, messageOf, usageError } from '../errors.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Endpoint } from '../plan/cell.js';
import { type Plan, planOf } from '../plan/plan.js';
import type { Profile } from '../profile/profile.js';
import { literalSecrets, redactProfile, redactUrl } from '../profile/redact.js';
import { envTokens } from '../profile/tokens.js';
import { buildDocument } from '../report/document.js';
import { jsonReporter } from '../report/json.js';
import { Redactor } from '../report/redact.js';
import type { ResultDocument } from '../report/result-document.js';
import { sanitize } from '../report/sanitize.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import type { RunningTarget } from '../target/running-target.js';
import { startTarget } from '../target/target.js';
import { judge } from '../verdict/judge.js';
import type { CliIo } from './io.js';
import { appendSummary, reportFiles } from './report.js';
import { type RunRequest, toProfile } from './run-options.js';
import { CLIENT_ENGINE, RunView } from './run-view.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** The compiled command line, whose `serve` is the embedded server, and the worker file. */
const CLI_PATH = path.join(HERE, 'bin.js');
const WORKER_PATH = path.join(HERE, '../../workers/load-worker.js');
/** The name of this generator in the lines it writes; one machine today. */
const AGENT = 'local';

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
  const resolved = profile.target.kind === 'embedded' ? null : await resolveTarget(profile.target.url);
  refuseIfAny(
    preflight(
      {
        ...peaksOf(plan.cells),
        workers: plan.workers,
        host: resolved?.host ?? '127.0.0.1',
        address: resolved === null ? '127.0.0.1' : resolved.address,
        allowedTargets: request.settings.allowTargets,
      },
      readLimits(),
    ),
  );
  const startedAt = new Date();
  const folder = await createRunFolder(path.resolve(io.cwd, request.settings.outputDir), profile.name, startedAt);
  return await inFolder({ request, plan, redactor, view, io, folder, startedAt, address: resolved?.address ?? null });
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
  const { request, io, folder } = run;
  let target: RunningTarget | null = null;
  let began = false;
  try {
    target = await startTarget(request.parsed.profile.target, { cliPath: CLI_PATH, signal: io.signal });
    const endpoint = endpointFor(request.parsed.profile, target, run.address);
    await canary(run, target, endpoint);
    began = true;
    return await load(run, target, endpoint);
  } catch (error) {
    if (began)
      await folder.writeRun({
        ...runFacts(run, target),
        status: 'crashed',
        error: run.redactor.text(messageOf(error)),
      });
    throw error;
  } finally {
    await target?.stop();
    await folder.close();
    if (!began) await folder.remove();
  }
}

async function canary(run: Run, target: RunningTarget, endpoint: Endpoint): Promise<void> {
  const { request, plan, redactor, view, io } = run;
  const { profile, secrets } = request.parsed;
  const foreign = new Redactor([...secrets, ...literalSecrets(profile)]);
  const report = await flyCanary({
    cell: plan.cells[0]!,
    endpoint,
    env: envTokens(profile, io.env),
    data: profile.data,
    printable: (text, most) => sanitize(foreign.text(text), most),
    shownUrl: redactor.text(redactUrl(target.url)),
    signal: io.signal,
  });
  view.canary(canaryLine(report, where(target, endpoint), target.engine), target.hint);
}

async function load(run: Run, target: RunningTarget, endpoint: Endpoint): Promise<ExitCode> {
  const { request, plan, view, io, folder } = run;
  const { profile } = request.parsed;
  await folder.writeRun({ ...runFacts(run, target), status: 'running' });
  view.begin(target.url, target.engine);
  const runner = new ThreadRunner({
    ...{ workers: plan.workers, workerFile: WORKER_PATH, agent: AGENT },
    instrumentCheck: profile.instrumentCheck,
  });
  try {
    const outcome = await runCampaign(
      {
        runner,
        source: new FixedList(plan.cells),
        preWarm: plan.preWarm,
        workers: plan.workers,
        planHash: plan.hash,
        pacing: plan.pacing,
        endpoint,
        env: envTokens(profile, io.env),
        data: profile.data,
        server: serverProbe(profile.target, target, endpoint.address),
        host: new HostLoad(),
        thresholds: profile.thresholds,
        interrupt: io.signal,
      },
      view.observer((interval) => folder.appendInterval(interval)),
    );
    return await report(run, target, outcome);
  } finally {
    view.end();
    await runner.dispose();
  }
}

/** Judges, writes the files, prints the tables. */
async function report(run: Run, target: RunningTarget, outcome: RunOutcome): Promise<ExitCode> {
  const { request, plan, redactor, view, folder, startedAt } = run;
  const { parsed, settings } = request;
  const verdict = judge(outcome, parsed.profile.thresholds, settings);
  const facts = runFacts(run, target);
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
  await folder.writeRun({ ...facts, status: document.status });
  // Made of the folder, as `wsurge report` makes them at any later time.
  const files = await reportFiles(folder.path, settings.formats);
  for (const { name, text } of files) await folder.writeReport(name, text);
  await appendSummary(run.io, files);
  view.finish(document, folder.path);
  return verdict.exitCode;
}

/** What run.json holds beside the status: enough to make every report anew. */
function runFacts({ request, plan, redactor, folder, startedAt }: Run, target: RunningTarget | null) {
  const { profile, secrets } = request.parsed;
  return {
    runId: folder.runId,
    startedAt: startedAt.toISOString(),
    labels: profile.labels,
    tool: { name: 'wsurge', version: toolVersion() },
    environment: { generators: [describeGenerator()] },
    target: {
      url: redactor.text(redactUrl(target?.url ?? '')),
      address: request.parsed.profile.target.kind === 'embedded' ? '127.0.0.1' : null,
      engine: target?.engine ?? null,
      hint: target?.hint ?? null,
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

/** Does the target share this machine's cores? A name is local where it says so; addresses outside loopback are not. */
function isLocal({ target }: Profile): boolean {
  if (target.kind !== 'url') return true;
  return /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(target.url) || target.url.startsWith('ws+unix:');
}

function endpointFor(profile: Profile, running: RunningTarget, address: string | null): Endpoint {
  const { headers, subprotocols, tls, kind } = profile.target;
  return {
    url: running.url,
    address: kind === 'embedded' ? '127.0.0.1' : address,
    headers,
    subprotocols,
    tls,
    userAgent: `wsurge/${toolVersion()}`,
  };
}

/** Host and port as people read them. */
function where(target: RunningTarget, endpoint: Endpoint): string {
  if (target.url.startsWith('ws+unix:')) return 'unix socket';
  const { host } = new URL(target.url.replace(/\{\{[^}]*\}\}/g, 'x'));
  return endpoint.address === null || host.includes(endpoint.address) ? host : `${host} (${endpoint.address})`;
}
