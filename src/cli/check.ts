import path from 'node:path';
import { ConnectError } from '../check/check-socket.js';
import { CheckContext, type ContextParts } from '../check/context.js';
import { expectationsOf, type Protocol } from '../check/expectations.js';
import { type Probe, probeServer } from '../check/probe.js';
import { promisesOf } from '../check/promises.js';
import { runChecks } from '../check/runner.js';
import { SCENARIOS } from '../check/scenarios.js';
import { type Selection, selectChecks } from '../check/selection.js';
import { SERVER_BACK_MS } from '../check/server-end.js';
import { describeGenerator } from '../coordinator/environment.js';
import { readLimits } from '../coordinator/limits.js';
import { preflight, refuseIfAny } from '../coordinator/preflight.js';
import { isRedirect } from '../coordinator/redirect.js';
import { type Route, routeOfChecks } from '../coordinator/route.js';
import { toolVersion } from '../coordinator/tool-version.js';
import { isSecure } from '../engine/dial.js';
import { EXIT, type ExitCode, messageOf, unreachableError, usageError, WsurgeError } from '../errors.js';
import { connectFailureFix } from '../metrics/connect-failures.js';
import type { Endpoint } from '../plan/cell.js';
import type { Profile } from '../profile/profile.js';
import { literalSecrets, redactProfile, redactUrl } from '../profile/redact.js';
import { envTokens } from '../profile/tokens.js';
import { buildCheckDocument, type CheckDocument } from '../report/check-document.js';
import { jsonText } from '../report/json.js';
import { Redactor } from '../report/redact.js';
import { sanitize } from '../report/sanitize.js';
import { createRunFolder, RESULT_FILE, type RunFolder } from '../store/run-folder.js';
import { measureLoad } from './check-load.js';
import type { CheckRequest } from './check-options.js';
import { CheckTarget } from './check-target.js';
import { CheckView } from './check-view.js';
import type { CliIo } from './io.js';
import { appendSummary, reportFiles } from './report.js';
import { CLIENT_ENGINE } from './run-documents.js';
import { consentFacts } from './target-session.js';
import { announce, endpointFor, followRedirect, type Way } from './way.js';

/** The most connections that any check opens at once. */
const PEAK_CONNECTIONS = 100;
const PEAK_MESSAGES_PER_SECOND = 1000;

/** Reports that a check writes beside its result. */
const REPORTS = ['html', 'md', 'junit'] as const;

/** `wsurge check`: profile -> server -> one connection -> scenarios -> report. Returns the exit code. */
export async function checkCommand(request: CheckRequest, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const selection = selectChecks(SCENARIOS, settings.only, settings.skip);
  const route = await permittedRoute(parsed.profile, settings.allowTargets, io.env);
  announce([route], io, settings.quiet);
  const startedAt = new Date();
  const folder = await createRunFolder(path.resolve(io.cwd, settings.outputDir), parsed.profile.name, startedAt);
  return await inFolder({ request, selection, io, folder, startedAt, route });
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
  const redactor = new Redactor(parsed.secrets);
  const foreign = new Redactor([...parsed.secrets, ...literalSecrets(parsed.profile)]);
  let target: CheckTarget | null = null;
  let session: Session | null = null;
  let began = false;
  try {
    target = await CheckTarget.start(parsed.profile.target, settings.quick, route.addresses[0] ?? null, io.signal);
    session = { target, led: null, redactor, foreign, view: new CheckView(io, settings, foreign) };
    const probe = await reach(job, session);
    await folder.writeRun({ ...runFacts(job, session), status: 'running' });
    began = true;
    return await check(job, session, probe);
  } catch (error) {
    if (began && session !== null) {
      const text = redactor.text(messageOf(error));
      await folder.writeRun({ ...runFacts(job, session), status: 'crashed', error: text });
    }
    throw error;
  } finally {
    await target?.stop();
    await folder.close();
    if (!began) await folder.remove();
  }
}

interface Session {
  readonly target: CheckTarget;
  /** Where redirects of the first handshake led; null where there were none. */
  led: Way | null;
  readonly redactor: Redactor;
  readonly foreign: Redactor;
  readonly view: CheckView;
}

/** One connection before all checks, followed to where redirects lead if the profile says so: 103 where none opens. */
async function reach(job: Job, session: Session): Promise<Probe> {
  const { request, io } = job;
  const { profile } = request.parsed;
  const asked = [endpointOf(job, session).url];
  const permit = (target: Profile['target']) =>
    permittedRoute({ ...profile, target }, request.settings.allowTargets, io.env);
  for (;;) {
    const endpoint = endpointOf(job, session);
    try {
      return await probe(job, session);
    } catch (error) {
      if (io.signal.aborted) throw new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped before any check');
      if (!(error instanceof ConnectError)) throw error;
      const { message, next } = refusalOf(error, endpoint, session);
      const location = isRedirect(error.code) ? error.headers.location : undefined;
      if (!profile.target.followRedirects || location === undefined)
        throw unreachableError('unreachable', message, next);
      session.led = await followRedirect({ location, message, next }, { endpoint, asked }, permit, { profile, io });
    }
  }
}

async function probe(job: Job, session: Session): Promise<Probe> {
  const { check, target } = job.request.parsed.profile;
  const known: Protocol | null = check.protocol !== 'auto' ? check.protocol : target.kind === 'embedded' ? 'bot' : null;
  const context = new CheckContext({ ...contextParts(job, session, known ?? 'echo'), signal: job.io.signal });
  try {
    const found = await probeServer(context, known);
    session.view.begin(shownUrl(job, session), session.target.running, found);
    return found;
  } finally {
    context.end();
  }
}

function refusalOf({ message, phase, code }: ConnectError, endpoint: Endpoint, { redactor, foreign }: Session) {
  const reason = sanitize(foreign.text(message), 400);
  const origin = Object.keys(endpoint.headers).some((name) => name.toLowerCase() === 'origin');
  return {
    message: `cannot connect to ${redactor.text(redactUrl(endpoint.url))}: ${reason} (${phase}, ${code})`,
    next: connectFailureFix(code, { secure: isSecure(endpoint), origin }),
  };
}

/** Where connections go now: a restart may have moved the server. */
function endpointOf({ request, route }: Job, { led, target }: Pick<Session, 'led' | 'target'>): Endpoint {
  return led?.endpoint ?? endpointFor(request.parsed.profile, target.running, route);
}

function shownUrl(job: Job, session: Pick<Session, 'led' | 'target' | 'redactor'>): string {
  return session.redactor.text(redactUrl(endpointOf(job, session).url));
}

async function check(job: Job, session: Session, probe: Probe): Promise<ExitCode> {
  const { selection, io, folder } = job;
  const { withLoad } = job.request;
  const { view, target, redactor } = session;
  const context = contextParts(job, session, probe.protocol);
  const run = await runChecks({
    ...selection,
    gentle: job.request.settings.gentle,
    context,
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
    protocol: probe.protocol,
    promises: promisesOf(job.request.parsed.profile.check, context.expects, probe.protocol),
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

function contextParts(job: Job, session: Session, protocol: Protocol): Omit<ContextParts, 'signal'> {
  const { request, io } = job;
  const { target } = session;
  const { profile } = request.parsed;
  return {
    endpoint: () => endpointOf(job, session),
    env: envTokens(profile, io.env),
    data: profile.data,
    expects: expectationsOf(profile.check, protocol, target.own),
    process: target.process(),
    quick: request.settings.quick,
    seed: profile.seed,
  };
}

/** What run.json holds beside the status. */
function runFacts({ request, folder, startedAt, route }: Job, { target, led, redactor }: Session) {
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
