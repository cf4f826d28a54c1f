import { type AbWatch, compareBuilds, crewAsked, planEvent, planTurns, secretsOf } from '../app/ab.js';
import { type Crew, refuseForAgents } from '../app/crew.js';
import type { EventLog } from '../app/event-log.js';
import { spokenBy } from '../app/spoken.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { CliIo } from './io.js';
import type { AbCommand } from './options/ab-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { AbView } from './views/ab-view.js';
import { tellDryFleet, withCrew } from './with-crew.js';
import { withEvents } from './with-events.js';

/** `wsurge ab`: measures two builds in turns, on a fresh server each time, until a look settles it. Returns the exit code. */
export async function abCommand(request: AbCommand, io: CliIo): Promise<ExitCode> {
  const { settings } = request;
  const asked = crewAsked(request);
  refuseForAgents(asked, settings.fleet);
  const plan = planTurns(request);
  const redactor = new Redactor(secretsOf(request));
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  return await withEvents(settings.events, io, redactor, async (events) => {
    if (!settings.dryRun) {
      return await withCrew({ ...asked, plan }, settings, io, (crew) => showComparison({ request, crew, events }, io));
    }
    tellDryFleet(settings.fleet, io);
    const view = new AbView(io, request, plan, redactor);
    events.tell(planEvent(request, plan, null));
    const says = spokenBy(request.builds.a.parsed, plan.cells, io.env);
    view.dryRun(plan.cells.map(({ id, load }, index) => ({ id, load, says: says[index] ?? null })));
    return EXIT.passed;
  });
}

interface Shown {
  readonly request: AbCommand;
  readonly crew: Crew | null;
  readonly events: EventLog;
}

async function showComparison({ request, crew, events }: Shown, io: CliIo): Promise<ExitCode> {
  const plan = planTurns(request, crew);
  const view = new AbView(io, request, plan, new Redactor(secretsOf(request)));
  const tell = (texts: readonly string[]) => tellWarnings(io, texts);
  crew?.tellTo((line) => view.warn([line]));
  try {
    const watch: AbWatch = {
      warn: (texts) => view.warn(texts),
      redirected: tell,
      begins: (state) => view.begin(state),
      turnStarts: (turn) => view.turnStarts(turn),
      turnDone: (turn, state) => view.turnDone(turn, state),
      tell: (event, turn) => {
        view.tell(event);
        events.tell(event, turn);
      },
    };
    const { exitCode, result, folder, reports } = await compareBuilds(request, plan, io, watch, crew);
    await appendSummary(io, reports);
    view.finish(result, folder);
    return exitCode;
  } finally {
    view.end();
  }
}
