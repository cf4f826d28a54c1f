import type { LoadPart } from '../documents/check-document.js';
import { WsurgeError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { planOf } from '../plan/plan.js';
import type { ParsedProfile } from '../profile/profile.js';
import { measure } from './measure.js';
import type { RunParts } from './run-documents.js';
import type { Surroundings } from './surroundings.js';
import { isLocal } from './target-place.js';
import { loadThreads, permitted, TargetSession } from './target-session.js';
import { UNWATCHED, type Watch } from './watch.js';

/** What the load takes from the check that it belongs to. */
export interface LoadOfCheck extends Pick<RunParts, 'folder' | 'redactor'> {
  readonly parsed: ParsedProfile;
  readonly allowTargets: readonly string[];
  readonly around: Surroundings;
  readonly watch: Watch;
}

/** Measures the loads of a profile on a server of its own. Problems are returned as text, not thrown. */
export async function measureLoad(of: LoadOfCheck): Promise<LoadPart> {
  const { parsed, allowTargets, around, watch, folder, redactor } = of;
  const { profile } = parsed;
  const plan = planOf(profile, { only: [], cores: usableCores(), localTarget: isLocal(profile) });
  const parts: RunParts = { parsed, plan, redactor, folder, startedAt: new Date() };
  const runner = loadThreads(profile, plan);
  let session: TargetSession | null = null;
  try {
    const route = await permitted(profile, plan, allowTargets, around.env);
    const onRedirect = (notes: readonly string[]) => watch.redirected(notes);
    session = await TargetSession.open({ parsed, plan, around, route, allowedTargets: allowTargets, onRedirect });
    const conduct = { runner, preWarm: plan.preWarm };
    const rules = { strict: false, defaultGates: true };
    const { document } = await measure({ parts, session, conduct, rules }, UNWATCHED);
    return { status: 'measured', result: document };
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    return { status: 'failed', reason: redactor.text(error.message) };
  } finally {
    await session?.close();
    await runner.dispose();
  }
}
