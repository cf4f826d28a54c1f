import { type CapacityWatch, planEvent, searchCapacity } from '../app/capacity.js';
import { planSearch } from '../app/capacity-plan.js';
import { type Crew, refuseForAgents } from '../app/crew.js';
import type { EventLog } from '../app/event-log.js';
import { spokenBy } from '../app/spoken.js';
import { canaryText } from '../app/target-session.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode } from '../errors.js';
import { redactUrl } from '../profile/redact.js';
import type { CliIo } from './io.js';
import type { CapacityCommand } from './options/capacity-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { CapacityView } from './views/capacity-view.js';
import { tellDryFleet, withCrew } from './with-crew.js';
import { withEvents } from './with-events.js';

/** `wsurge capacity`: profile -> search, step by step -> the answer. Returns the exit code. */
export async function capacityCommand(request: CapacityCommand, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const asked = { parsed: [parsed], settings };
  refuseForAgents(asked, settings.fleet);
  const planned = planSearch(request);
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  const redactor = new Redactor(parsed.secrets);
  return await withEvents(settings.events, io, redactor, async (events) => {
    if (!settings.dryRun) {
      return await withCrew({ ...asked, plan: planned.plan, isSearch: true }, settings, io, (crew) =>
        showSearch({ request, crew, events }, io),
      );
    }
    tellDryFleet(settings.fleet, io);
    events.tell(planEvent(planned, null));
    const view = new CapacityView(io, settings, redactor, planned);
    view.plan(null, spokenBy(parsed, [planned.search.template], io.env)[0]);
    return EXIT.passed;
  });
}

interface Shown {
  readonly request: CapacityCommand;
  readonly crew: Crew | null;
  readonly events: EventLog;
}

async function showSearch({ request, crew, events }: Shown, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const planned = planSearch(request, crew);
  const view = new CapacityView(io, settings, new Redactor(parsed.secrets), planned);
  const tell = (texts: readonly string[]) => tellWarnings(io, texts);
  crew?.tellTo((line) => view.warn([line]));
  try {
    const watch: CapacityWatch = {
      warn: (texts) => view.warn(texts),
      redirected: tell,
      begins: (reached, soFar) => {
        view.canary(canaryText(reached), reached.target.hint);
        view.plan({ url: redactUrl(reached.target.url), engine: reached.target.engine });
        view.search(soFar);
      },
      tell: (event, turn) => {
        view.tell(event);
        events.tell(event, turn);
      },
    };
    const { exitCode, result, folder, reports } = await searchCapacity(planned, io, watch, crew);
    await appendSummary(io, reports);
    view.finish(result, folder);
    return exitCode;
  } finally {
    view.end();
  }
}
