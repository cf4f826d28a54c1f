import { planEvent, searchCapacity } from '../app/capacity.js';
import { planSearch } from '../app/capacity-plan.js';
import type { PlannedSearch } from '../app/capacity-result.js';
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
import { withEvents } from './with-events.js';

/** `wsurge capacity`: profile -> search, step by step -> the answer. Returns the exit code. */
export async function capacityCommand(request: CapacityCommand, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const planned = planSearch(request);
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  const redactor = new Redactor(parsed.secrets);
  const view = new CapacityView(io, settings, redactor, planned);
  return await withEvents(settings.events, io, redactor, async (events) => {
    if (!settings.dryRun) return await showSearch({ planned, view, events, quiet: settings.quiet }, io);
    events.tell(planEvent(planned, null));
    view.plan(null, spokenBy(parsed, [planned.search.template], io.env)[0]);
    return EXIT.passed;
  });
}

interface Shown {
  readonly planned: PlannedSearch;
  readonly view: CapacityView;
  readonly events: EventLog;
  readonly quiet: boolean;
}

async function showSearch({ planned, view, events, quiet }: Shown, io: CliIo): Promise<ExitCode> {
  const tell = (texts: readonly string[]) => tellWarnings(io, texts);
  try {
    const { exitCode, result, folder, reports } = await searchCapacity(planned, io, {
      warn: quiet ? () => undefined : tell,
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
    });
    await appendSummary(io, reports);
    view.finish(result, folder);
    return exitCode;
  } finally {
    view.end();
  }
}
