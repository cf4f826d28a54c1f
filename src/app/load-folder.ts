import path from 'node:path';
import type { Route } from '../coordinator/route.js';
import type { Plan } from '../plan/plan.js';
import type { ParsedProfile } from '../profile/profile.js';
import { createRunFolder } from '../store/run-folder.js';
import type { LeasedCrew } from './crew.js';
import type { PlanEvent } from './events.js';
import type { Surroundings } from './surroundings.js';
import { TargetSession } from './target-session.js';
import type { LoadWatch } from './watch.js';
import { type OwnedRun, type RunFolderSpec, withRunFolder } from './with-run-folder.js';

/** What a run or a search is made of before its folder is there. */
export interface LoadToCome {
  readonly parsed: ParsedProfile;
  readonly plan: Plan;
  readonly settings: { readonly outputDir: string; readonly allowTargets: readonly string[] };
  readonly route: Route;
  readonly around: Surroundings;
  readonly watch: LoadWatch;
  /** What is told of the plan once its folder is there. */
  readonly planned: (folder: string) => PlanEvent;
  /** The agents that make the load; null: this machine does. */
  readonly crew?: LeasedCrew | null;
}

/** `withRunFolder` for a run or a search: makes its folder and reaches the server that it loads. */
export function withLoadFolder<T>(load: LoadToCome, use: (owned: OwnedRun<TargetSession>) => Promise<T>): Promise<T> {
  const { parsed, plan, settings, route, around, watch, planned, crew = null } = load;
  const spec: RunFolderSpec<TargetSession> = {
    make: async (startedAt) => {
      const outputDir = path.resolve(around.cwd, settings.outputDir);
      const folder = await createRunFolder(outputDir, parsed.profile.name, startedAt);
      watch.tell(planned(folder.path), null);
      return folder;
    },
    secrets: parsed.secrets,
    open: () =>
      TargetSession.open({
        ...{ parsed, plan, around, route, crew },
        allowedTargets: settings.allowTargets,
        onRedirect: (notes) => watch.redirected(notes),
      }),
  };
  return withRunFolder(spec, use);
}
