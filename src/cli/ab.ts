import { compareBuilds, planTurns, secretsOf } from '../app/ab.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { CliIo } from './io.js';
import type { AbRequest } from './options/ab-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { AbView } from './views/ab-view.js';

/** `wsurge ab`: measures two builds in turns, on a fresh server each time, until a look settles it. Returns the exit code. */
export async function abCommand(request: AbRequest, io: CliIo): Promise<ExitCode> {
  const { settings } = request;
  const plan = planTurns(request);
  const view = new AbView(io, request, plan, new Redactor(secretsOf(request)));
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  if (settings.dryRun) {
    view.dryRun();
    return EXIT.passed;
  }
  const tell = (texts: readonly string[]) => tellWarnings(io, texts);
  try {
    const { exitCode, result, folder, reports } = await compareBuilds(request, plan, io, {
      warn: settings.quiet ? () => undefined : tell,
      redirected: tell,
      begins: (state) => view.begin(state),
      turnStarts: (turn) => view.turnStarts(turn),
      turnDone: (turn, state) => view.turnDone(turn, state),
      sink: view.sink,
    });
    await appendSummary(io, reports);
    view.finish(result, folder);
    return exitCode;
  } finally {
    view.end();
  }
}
