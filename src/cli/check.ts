import path from 'node:path';
import { measureLoad } from '../app/check-load.js';
import { contextParts, type Looked, lookAtTarget, type Reachable, shownUrl } from '../app/check-look.js';
import { CheckTarget } from '../app/check-target.js';
import { CLIENT_ENGINE } from '../app/run-documents.js';
import { consentFacts } from '../app/target-session.js';
import { announce } from '../app/way.js';
import { promisesOf } from '../check/promises.js';
import { runChecks } from '../check/runner.js';
import { SCENARIOS } from '../check/scenarios.js';
import { checkable, type Selection, selectChecks } from '../check/selection.js';
import { SERVER_BACK_MS } from '../check/server-end.js';
import { preflight, refuseIfAny } from '../coordinator/preflight.js';
import { type Route, routeOfChecks } from '../coordinator/route.js';
import { buildCheckDocument, type CheckDocument } from '../documents/check-document.js';
import { foundPart } from '../documents/check-found.js';
import { Redactor } from '../documents/redaction/redact.js';
import { type ExitCode, messageOf, usageError } from '../errors.js';
import { describeGenerator } from '../machine/environment.js';
import { readLimits } from '../machine/limits.js';
import { toolVersion } from '../machine/tool-version.js';
import type { Profile } from '../profile/profile.js';
import { literalSecrets, redactProfile, redactUrl } from '../profile/redact.js';
import { jsonText } from '../report/run/json.js';
import { createRunFolder, RESULT_FILE, type RunFolder } from '../store/run-folder.js';
import { checkInit, refuseInit } from './init/check-init.js';
import type { CliIo } from './io.js';
import type { CheckRequest } from './options/check-options.js';
import { appendSummary, reportFiles } from './report.js';
import { CheckView } from './views/check-view.js';

/** The most connections that any check opens at once. */
const PEAK_CONNECTIONS = 100;
const PEAK_MESSAGES_PER_SECOND = 1000;

/** Reports that a check writes beside its result. */
const REPORTS = ['html', 'md', 'junit'] as const;

/** `wsurge check`: profile -> server -> a look at it -> scenarios -> report. Returns the exit code. */
export async function checkCommand(request: CheckRequest, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const selection = selectChecks(SCENARIOS, settings.only, settings.skip);
  if (settings.init !== null) refuseInit({ request, io }, settings.init);
  const route = await permittedRoute(parsed.profile, settings.allowTargets, io.env);
  announce([route], io, settings.quiet);
  if (settings.init !== null) return await initFrom(request, io, route, settings.init);
  const startedAt = new Date();
  const folder = await createRunFolder(path.resolve(io.cwd, settings.outputDir), parsed.profile.name, startedAt);
  return await inFolder({ request, selection, io, folder, startedAt, route });
}

/** A profile for a server that runs elsewhere: nothing is started, no folder is made. */
async function initFrom(request: CheckRequest, io: CliIo, route: Route, file: string): Promise<ExitCode> {
  const { parsed, settings } = request;
  const target = await CheckTarget.start(parsed.profile.target, settings.quick, route.addresses[0] ?? null, io.signal);
  try {
    return await checkInit(reachableOf(request, io, route, target), file);
  } finally {
    await target.stop();
  }
}

interface Job {
  readonly request: CheckRequest;
  readonly selection: Selection;
  readonly io: CliIo;
  readonly folder: RunFolder;
  readonly startedAt: Date;
  readonly route: Route;
}

/** Starts the server, checks it and reports. The server is stopped whatever happens; a check that never began leaves no folder. */
async function inFolder(job: Job): Promise<ExitCode> {
  const { request, folder, io, route } = job;
  const { parsed, settings } = request;
  let target: CheckTarget | null = null;
  let session: Session | null = null;
  let began = false;
  try {
    target = await CheckTarget.start(parsed.profile.target, settings.quick, route.addresses[0] ?? null, io.signal);
    const at = reachableOf(request, io, route, target);
    session = { ...at, view: new CheckView(io, settings, at.foreign) };
    const looked = await lookAtTarget(session);
    session.view.begin(shownUrl(session), target.running, looked);
    await folder.writeRun({ ...runFacts(job, session), status: 'running' });
    began = true;
    return await check(job, session, looked);
  } catch (error) {
    if (began && session !== null) {
      const text = session.redactor.text(messageOf(error));
      await folder.writeRun({ ...runFacts(job, session), status: 'crashed', error: text });
    }
    throw error;
  } finally {
    await target?.stop();
    await folder.close();
    if (!began) await folder.remove();
  }
}

interface Session extends Reachable {
  readonly view: CheckView;
}

function reachableOf(request: CheckRequest, io: CliIo, route: Route, target: CheckTarget): Reachable {
  const { profile, secrets } = request.parsed;
  return {
    ...{ request, io, route, target, led: null },
    redactor: new Redactor(secrets),
    foreign: new Redactor([...secrets, ...literalSecrets(profile)]),
    permit: (other) => permittedRoute({ ...profile, target: other }, request.settings.allowTargets, io.env),
  };
}

async function check(job: Job, session: Session, looked: Looked): Promise<ExitCode> {
  const { selection, io, folder } = job;
  const { withLoad } = job.request;
  const { view, target, redactor } = session;
  const { protocol, found } = looked;
  const context = contextParts(session, protocol, looked);
  const run = await runChecks({
    ...checkable(selection, found, context.expects),
    gentle: job.request.settings.gentle,
    context,
    endBefore: looked.end,
    backMs: SERVER_BACK_MS,
    signal: io.signal,
    onScenario: (scenario) => view.scenario(scenario),
    onCheck: (result) => view.check(result),
    onServerEnd: (end) => view.serverEnded(end),
  });
  const facts = runFacts(job, session);
  await target.stop();
  if (withLoad !== null && !io.signal.aborted) view.loading();
  const load = withLoad === null || io.signal.aborted ? null : await measureLoad(withLoad, io, folder.runId, redactor);
  const { settings } = job.request;
  const document: CheckDocument = buildCheckDocument({
    ...facts,
    run,
    startedAt: job.startedAt,
    endedAt: new Date(),
    tool: { version: toolVersion(), engine: CLIENT_ENGINE },
    quick: settings.quick,
    gentle: settings.gentle,
    protocol,
    found: foundPart(found, context.setAside ?? null, settings.hasProfile),
    promises: promisesOf(job.request.parsed.profile.check, context.expects, protocol, found),
    load,
    redactor,
    foreign: session.foreign,
  });
  await folder.writeReport(RESULT_FILE, jsonText(document));
  await folder.writeRun({ ...facts, status: document.status });
  // Rendered from the folder, exactly as `wsurge report` does later.
  const files = await reportFiles(folder.path, REPORTS);
  for (const { name, text } of files) await folder.writeReport(name, text);
  await appendSummary(io, files);
  view.finish(document, folder.path);
  return document.verdict.exitCode;
}

/** What run.json holds beside the status. */
function runFacts({ request, folder, startedAt, route }: Job, { target, led, redactor }: Reachable) {
  const { profile, secrets } = request.parsed;
  const { url, engine, hint } = target.running;
  return {
    runId: folder.runId,
    startedAt: startedAt.toISOString(),
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
  };
}

/** The way to the target. Throws 104 if the target may not be checked, 103 if its name is unknown. */
async function permittedRoute(profile: Profile, allowedTargets: readonly string[], env: CliIo['env']): Promise<Route> {
  if (profile.target.proxy !== null) {
    throw usageError(
      'proxy_not_for_checks',
      'wsurge check goes to the target directly: a proxy would be checked with it',
      'check without target.proxy, from a machine that reaches the target',
    );
  }
  const route = await routeOfChecks(profile.target, env);
  const limited = profile.check.security.connectionLimit?.connections ?? 0;
  const facts = {
    peakConnections: Math.max(PEAK_CONNECTIONS, limited + 1),
    peakMessagesPerSecond: PEAK_MESSAGES_PER_SECOND,
    workers: 0,
    ...consentFacts(route),
    localAddresses: profile.localAddresses,
    allowedTargets,
  };
  refuseIfAny(preflight(facts, readLimits()));
  return route;
}
