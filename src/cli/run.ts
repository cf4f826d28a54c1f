import { type Crew, refuseForAgents } from '../app/crew.js';
import type { Ended } from '../app/ended.js';
import type { EventLog } from '../app/event-log.js';
import { measureRun, planEvent, type RunWatch } from '../app/run.js';
import { planRun, wantedSplit } from '../app/run-plan.js';
import { spokenBy } from '../app/spoken.js';
import { canaryText } from '../app/target-session.js';
import { Redactor } from '../documents/redaction/redact.js';
import type { ResultDocument } from '../documents/result-document.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { CliIo } from './io.js';
import { startLive } from './live/live.js';
import type { RunCommand } from './options/run-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { RunView } from './views/run-view.js';
import { tellDryFleet, withCrew } from './with-crew.js';
import { withEvents } from './with-events.js';

/** `wsurge run`: profile -> plan -> checks before load -> cells -> verdict -> tables and files. Returns the exit code. */
export async function runCommand(request: RunCommand, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const redactor = new Redactor(parsed.secrets);
  refuseForAgents({ parsed: [parsed], settings }, settings.fleet);
  const { fleet } = settings;
  const plan = planRun(request, 'auto', fleet === null ? null : wantedSplit(request, fleet.agents));
  return await withEvents(settings.events, io, redactor, async (events) => {
    if (!settings.dryRun) return (await showRun(request, io, events)).exitCode;
    tellNote(request, io);
    tellDryFleet(settings.fleet, io);
    events.tell(planEvent(request, plan, null));
    new RunView(io, settings, redactor, parsed.profile, plan).dryRun(spokenBy(parsed, plan.cells, io.env));
    return EXIT.passed;
  });
}

/** Runs, and shows the run while it goes on and at its end. */
export async function showRun(
  request: RunCommand,
  io: CliIo,
  events: Pick<EventLog, 'tell'>,
): Promise<Ended<ResultDocument>> {
  const { settings } = request;
  const asked = { parsed: [request.parsed], plan: planRun(request), settings };
  return await withCrew(asked, settings, io, (crew) =>
    showPlanned(request, planRun(request, 'auto', crew), io, events, crew),
  );
}

async function showPlanned(
  request: RunCommand,
  plan: Plan,
  io: CliIo,
  events: Pick<EventLog, 'tell'>,
  crew: Crew | null,
): Promise<Ended<ResultDocument>> {
  const { parsed, settings } = request;
  tellNote(request, io);
  const view = new RunView(io, settings, new Redactor(parsed.secrets), parsed.profile, plan);
  crew?.tellTo((line) => view.warn([line]));
  const watch: RunWatch = {
    warn: (texts) => view.warn(texts),
    redirected: (notes) => tellWarnings(io, notes),
    tell: (event, turn) => {
      view.tell(event);
      events.tell(event, turn);
    },
    begins: (reached) => {
      view.canary(canaryText(reached), reached.target.hint);
      view.begin(reached.target.url, reached.target.engine);
    },
    open: (run) => startLive({ ...settings, ...run, plan, say: (line) => view.live(line) }),
  };
  try {
    const ended = await measureRun(request, plan, io, watch, crew);
    await appendSummary(io, ended.reports);
    view.finish(ended.result, ended.folder);
    return ended;
  } finally {
    view.end();
  }
}

/** What is to be said of the flags themselves. */
function tellNote({ settings: { note } }: RunCommand, io: CliIo): void {
  if (note !== null) io.stderr.write(`note: ${note}\n`);
}
