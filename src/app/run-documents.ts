import type { Route } from '../coordinator/route.js';
import { buildDocument } from '../documents/build-result.js';
import type { Redactor } from '../documents/redaction/redact.js';
import type { ResultDocument } from '../documents/result-document.js';
import { describeGenerator } from '../machine/environment.js';
import { toolVersion } from '../machine/tool-version.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { Plan } from '../plan/plan.js';
import type { ParsedProfile } from '../profile/profile.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import type { RunFolder } from '../store/run-folder.js';
import type { Verdict } from '../verdict/verdict.js';
import type { TargetSession } from './target-session.js';

/** The client's engine, named in every output. */
export const CLIENT_ENGINE = 'ws';

/** A run as planned, and the folder of its results. */
export interface RunParts {
  readonly parsed: ParsedProfile;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly folder: Pick<RunFolder, 'runId'>;
  readonly startedAt: Date;
  /** The machines that make the load. Absent: this one. */
  readonly generators?: readonly GeneratorEnvironment[];
}

/** The target, and the way that connections took to it. */
export type ReachedTarget = Pick<TargetSession, 'target' | 'route' | 'redirectedTo'>;

/** Where connections went: the address, or all of them and the proxy where there are several or one. */
function placeOf({ addresses, proxy }: Route) {
  return {
    address: addresses[0] ?? null,
    ...(addresses.length > 1 ? { addresses } : {}),
    ...(proxy === null ? {} : { proxy: `${proxy.host}:${proxy.port}` }),
  };
}

/** What run.json holds beside the status: enough to make every report anew. */
export function runFacts({ parsed, plan, redactor, folder, startedAt, generators }: RunParts, reached: ReachedTarget) {
  const { profile, secrets } = parsed;
  const { target, route, redirectedTo } = reached;
  return {
    runId: folder.runId,
    startedAt: startedAt.toISOString(),
    labels: redactor.json(profile.labels),
    tool: { name: 'wsurge' as const, version: toolVersion() },
    environment: { generators: generators ?? [describeGenerator()] },
    target: {
      url: redactor.text(redactUrl(target.url)),
      ...placeOf(route),
      ...(redirectedTo === null ? {} : { redirectedTo: redactor.text(redactUrl(redirectedTo)) }),
      engine: target.engine,
      hint: target.hint,
    },
    profile: redactProfile(profile, secrets),
    planHash: plan.hash,
    seed: profile.seed,
    workers: plan.workers,
    plan: { cells: plan.cells.map(({ id }) => id), pacing: plan.pacing },
  };
}

/** result.json of a run that came to its end or was stopped. */
export function runDocument(
  parts: RunParts,
  reached: ReachedTarget,
  outcome: RunOutcome,
  verdict: Verdict,
): ResultDocument {
  const { environment, tool, ...facts } = runFacts(parts, reached);
  return buildDocument({
    ...{ outcome, verdict, ...facts },
    startedAt: parts.startedAt,
    endedAt: new Date(),
    crashed: false,
    tool: { version: tool.version, engine: CLIENT_ENGINE },
    generators: environment.generators,
    pacing: parts.plan.pacing,
    redactor: parts.redactor,
  });
}
