import { describeGenerator } from '../coordinator/environment.js';
import type { Route } from '../coordinator/route.js';
import { toolVersion } from '../coordinator/tool-version.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Plan } from '../plan/plan.js';
import type { ParsedProfile } from '../profile/profile.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import { buildDocument } from '../report/document.js';
import type { Redactor } from '../report/redact.js';
import type { ResultDocument } from '../report/result-document.js';
import type { RunFolder } from '../store/run-folder.js';
import type { RunningTarget } from '../target/running-target.js';
import type { Verdict } from '../verdict/verdict.js';

/** The client's engine, named in every output. */
export const CLIENT_ENGINE = 'ws';

/** A run as planned, and the folder of its results. */
export interface RunParts {
  readonly parsed: ParsedProfile;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly folder: RunFolder;
  readonly startedAt: Date;
  readonly route: Route;
}

/** Where connections went: the address, or all of them and the proxy where there are several or one. */
export function placeOf({ addresses, proxy }: Route) {
  return {
    address: addresses[0] ?? null,
    ...(addresses.length > 1 ? { addresses } : {}),
    ...(proxy === null ? {} : { proxy: `${proxy.host}:${proxy.port}` }),
  };
}

/** What run.json holds beside the status: enough to make every report anew. */
export function runFacts({ parsed, plan, redactor, folder, startedAt, route }: RunParts, target: RunningTarget) {
  const { profile, secrets } = parsed;
  return {
    runId: folder.runId,
    startedAt: startedAt.toISOString(),
    labels: redactor.json(profile.labels),
    tool: { name: 'wsurge' as const, version: toolVersion() },
    environment: { generators: [describeGenerator()] },
    target: {
      url: redactor.text(redactUrl(target.url)),
      ...placeOf(route),
      engine: target.engine,
      hint: target.hint,
    },
    profile: redactProfile(profile, secrets),
    planHash: plan.hash,
    seed: profile.seed,
    workers: plan.workers,
  };
}

/** result.json of a run that came to its end or was stopped. */
export function runDocument(
  parts: RunParts,
  target: RunningTarget,
  outcome: RunOutcome,
  verdict: Verdict,
): ResultDocument {
  const { environment, tool, ...facts } = runFacts(parts, target);
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
