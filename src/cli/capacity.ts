import { searchCapacity } from '../app/capacity.js';
import { planSearch } from '../app/capacity-plan.js';
import { placeOf } from '../app/target-place.js';
import { canaryLine } from '../coordinator/canary.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode } from '../errors.js';
import { redactUrl } from '../profile/redact.js';
import type { CliIo } from './io.js';
import type { CapacityRequest } from './options/capacity-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { CapacityView } from './views/capacity-view.js';

/** `wsurge capacity`: profile -> search, step by step -> the answer. Returns the exit code. */
export async function capacityCommand(request: CapacityRequest, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  const planned = planSearch(request);
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  const view = new CapacityView(io, settings, new Redactor(parsed.secrets), planned);
  if (settings.dryRun) {
    view.plan(null);
    return EXIT.passed;
  }
  const tell = (texts: readonly string[]) => tellWarnings(io, texts);
  try {
    const { exitCode, result, folder, reports } = await searchCapacity(planned, io, {
      warn: settings.quiet ? () => undefined : tell,
      redirected: tell,
      begins: ({ target, endpoint, canary }) => {
        view.canary(canaryLine(canary, placeOf(endpoint.url, endpoint), target.engine), target.hint);
        view.plan({ url: redactUrl(target.url), engine: target.engine });
      },
      sinkOf: (source, memory) => view.sinkOf(source, memory),
    });
    await appendSummary(io, reports);
    view.finish(result, folder);
    return exitCode;
  } finally {
    view.end();
  }
}
