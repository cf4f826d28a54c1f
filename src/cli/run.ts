import type { Finished } from '../app/ended.js';
import { measureRun, type RunWatch } from '../app/run.js';
import { planRun } from '../app/run-plan.js';
import { placeOf } from '../app/target-place.js';
import { canaryLine } from '../coordinator/canary.js';
import { Redactor } from '../documents/redaction/redact.js';
import type { ResultDocument } from '../documents/result-document.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { CliIo } from './io.js';
import { startLive } from './live/live.js';
import type { RunRequest, RunSettings } from './options/run-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { RunView } from './views/run-view.js';

/** `wsurge run`: profile -> plan -> checks before load -> cells -> verdict -> tables and files. Returns the exit code. */
export async function runCommand(request: RunRequest, io: CliIo): Promise<ExitCode> {
  if (!request.settings.dryRun) return (await runWithView(request, io)).exitCode;
  viewOf(request, planRun(request), io).dryRun();
  return EXIT.passed;
}

function viewOf({ parsed, settings }: RunRequest, plan: Plan, io: CliIo): RunView {
  if (settings.note !== null) io.stderr.write(`note: ${settings.note}\n`);
  return new RunView(io, settings, new Redactor(parsed.secrets), parsed.profile, plan);
}

/** Runs, and shows the run while it goes on and at its end. */
export async function runWithView(request: RunRequest, io: CliIo): Promise<Finished<ResultDocument>> {
  const plan = planRun(request);
  const view = viewOf(request, plan, io);
  try {
    const ended = await measureRun(request, plan, io, watchOf(view, request.settings, plan, io));
    await appendSummary(io, ended.reports);
    view.finish(ended.result, ended.folder);
    return ended;
  } finally {
    view.end();
  }
}

function watchOf(view: RunView, { prometheus, dashboard }: RunSettings, plan: Plan, io: CliIo): RunWatch {
  return {
    warn: (texts) => view.warn(texts),
    redirected: (notes) => tellWarnings(io, notes),
    begins: ({ target, endpoint, canary }) => {
      view.canary(canaryLine(canary, placeOf(endpoint.url, endpoint), target.engine), target.hint);
      view.begin(target.url, target.engine);
    },
    sink: view.sink,
    open: ({ runId, snapshot }) =>
      startLive({
        ...{ prometheus, dashboard, snapshot, runId, plan },
        say: (line) => view.live(line),
      }),
  };
}
