import { checkServer, selectionOf } from '../app/check.js';
import { withReachable } from '../app/check-reach.js';
import { scriptPathOf } from '../app/scripts.js';
import { guarded } from '../coordinator/script-guard.js';
import { Redactor } from '../documents/redaction/redact.js';
import type { ExitCode } from '../errors.js';
import { literalSecrets } from '../profile/redact.js';
import type { AnyScript } from '../script/life.js';
import { checkInit, refuseInit } from './init/check-init.js';
import type { CliIo } from './io.js';
import type { CheckCommand } from './options/check-options.js';
import { appendSummary } from './summary.js';
import { tellWarnings } from './tell-warnings.js';
import { CheckView } from './views/check-view.js';

/** `wsurge check`: profile -> server -> a look at it -> scenarios -> report. Returns the exit code. */
export async function checkCommand(request: CheckCommand, io: CliIo): Promise<ExitCode> {
  const { parsed, settings } = request;
  if (settings.init !== null) return await initFrom(request, io, settings.init);
  const view = new CheckView(io, settings, new Redactor([...parsed.secrets, ...literalSecrets(parsed.profile)]));
  const guard = new Guard(parsed.profile);
  const { exitCode, result, folder, reports } = await checkServer(request, io, {
    ...wayTold(request, io),
    script: (script) => guard.over(script),
    begins: (url, target, looked) => view.begin(url, target, looked),
    scenario: (scenario) => view.scenario(scenario),
    check: (found) => view.check(found),
    serverEnded: (end) => view.serverEnded(end),
    loading: () => {
      guard.stop();
      view.loading();
    },
  }).finally(() => guard.stop());
  await appendSummary(io, reports);
  view.finish(result, folder);
  return exitCode;
}

/** Of the script of a profile, while connections follow it. */
class Guard {
  readonly #path: string;
  #stop = () => {};

  constructor(profile: CheckCommand['parsed']['profile']) {
    this.#path = scriptPathOf(profile) ?? '';
  }

  over(script: AnyScript): AnyScript {
    const { script: watched, stop } = guarded(script, this.#path);
    this.#stop = stop;
    return watched;
  }

  stop(): void {
    this.#stop();
    this.#stop = () => {};
  }
}

function wayTold({ settings }: CheckCommand, io: CliIo) {
  const tell = (notes: readonly string[]) => tellWarnings(io, notes);
  return { warn: settings.quiet ? () => undefined : tell, redirected: tell };
}

/** A profile for a server that runs elsewhere: nothing is started, no folder is made. */
async function initFrom(request: CheckCommand, io: CliIo, file: string): Promise<ExitCode> {
  selectionOf(request);
  refuseInit({ task: request, around: io }, file);
  return await withReachable(request, io, wayTold(request, io), (at) => checkInit(at, io, file));
}
