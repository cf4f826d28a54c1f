import { FixedList } from '../campaign/cell-source.js';
import type { CliIo } from '../cli/io.js';
import type { CheckRequest } from '../cli/options/check-options.js';
import { buildDocument } from '../documents/build-result.js';
import type { LoadPart } from '../documents/check-document.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { WsurgeError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { describeGenerator } from '../machine/environment.js';
import { toolVersion } from '../machine/tool-version.js';
import { planOf } from '../plan/plan.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import { judge } from '../verdict/judge.js';
import { CLIENT_ENGINE, placeOf } from './run-documents.js';
import { loadThreads, permitted, TargetSession } from './target-session.js';

/** Measures the loads of `request` on a server of its own. Problems are returned as text, not thrown. */
export async function measureLoad(
  request: CheckRequest,
  io: CliIo,
  runId: string,
  redactor: Redactor,
): Promise<LoadPart> {
  const { parsed, settings } = request;
  const { profile, secrets } = parsed;
  const local = profile.target.kind !== 'url' || /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(profile.target.url);
  const plan = planOf(profile, { only: [], cores: usableCores(), localTarget: local });
  const startedAt = new Date();
  let session: TargetSession | null = null;
  const runner = loadThreads(profile, plan);
  try {
    const route = await permitted(profile, plan, settings.allowTargets, io.env);
    session = await TargetSession.open({ parsed, plan, io, route, allowedTargets: settings.allowTargets });
    const cells = { runner, source: new FixedList(plan.cells), preWarm: plan.preWarm };
    // Nobody watches this load.
    const outcome = await session.run(cells, () => {});
    const { url, engine, hint } = session.target;
    const result = buildDocument({
      outcome,
      verdict: judge(outcome, profile.thresholds, { strict: false, defaultGates: true, accuracy: profile.accuracy }),
      startedAt,
      endedAt: new Date(),
      crashed: false,
      labels: profile.labels,
      tool: { version: toolVersion(), engine: CLIENT_ENGINE },
      generators: [describeGenerator()],
      target: { url: redactor.text(redactUrl(url)), ...placeOf(session.route), engine, hint },
      profile: redactProfile(profile, secrets),
      runId,
      planHash: plan.hash,
      seed: profile.seed,
      workers: plan.workers,
      pacing: plan.pacing,
      redactor,
    });
    return { status: 'measured', result };
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    return { status: 'failed', reason: redactor.text(error.message) };
  } finally {
    await session?.close();
    await runner.dispose();
  }
}
