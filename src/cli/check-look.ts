import { ConnectError } from '../check/check-socket.js';
import { CheckContext, type ContextParts } from '../check/context.js';
import { expectationsOf, type Protocol } from '../check/expectations.js';
import { type Look, lookAt } from '../check/look/look.js';
import { SOCKET_IO_PATH, speaksSocketIo } from '../check/look/socket-io-path.js';
import { SetAside } from '../check/set-aside.js';
import type { Route } from '../coordinator/route.js';
import { EXIT, unreachableError, WsurgeError } from '../errors.js';
import { redactUrl } from '../profile/redact.js';
import { envTokens } from '../profile/tokens.js';
import type { Redactor } from '../report/redact.js';
import { sanitize } from '../report/sanitize.js';
import type { CheckRequest } from './check-options.js';
import type { CheckTarget } from './check-target.js';
import type { CliIo } from './io.js';
import { endpointFor } from './target-session.js';

/** A server that has been started or named, and the way to it. */
export interface Reachable {
  readonly request: CheckRequest;
  readonly io: CliIo;
  readonly route: Route;
  readonly target: CheckTarget;
  readonly redactor: Redactor;
  /** Strikes secrets out of what a server echoed back. */
  readonly foreign: Redactor;
}

const SOCKET_IO_THERE = `a socket.io server answers on another path: name the URL with ${SOCKET_IO_PATH}`;

/** What a look found, and what follows from it for the checks. */
export interface Looked extends Look {
  readonly protocol: Protocol;
}

/** A look at the server before all checks. Throws 103 where no connection opens, 105 where it is interrupted. */
export async function lookAtTarget(at: Reachable): Promise<Looked> {
  const { request, io, target } = at;
  const { check } = request.parsed.profile;
  const known = check.protocol !== 'auto' ? check.protocol : target.own !== null ? 'bot' : null;
  const context = new CheckContext({ ...contextParts(at, known ?? 'echo', null), signal: io.signal });
  try {
    const envelope = check.envelope === 'none' ? null : check.envelope;
    const look = await lookAt(context, { protocol: known, envelope });
    return { ...look, protocol: known ?? (look.found.kind.name === 'bot' ? 'bot' : 'echo') };
  } catch (error) {
    if (io.signal.aborted) throw new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped before any check');
    if (!(error instanceof ConnectError)) throw error;
    const shownUrl = at.redactor.text(redactUrl(target.running.url));
    const reason = sanitize(at.foreign.text(error.message), 200);
    const message = `cannot connect to ${shownUrl}: ${reason} (${error.phase}, ${error.code})`;
    const isElsewhere = error.phase === 'upgrade' && (await speaksSocketIo(context));
    throw unreachableError('unreachable', message, ...(isElsewhere ? [SOCKET_IO_THERE] : []));
  } finally {
    context.end();
  }
}

/** What every check is given. `look`: null before it. */
export function contextParts(
  { request, io, route, target }: Reachable,
  protocol: Protocol,
  look: Look | null,
): Omit<ContextParts, 'signal'> {
  const { profile } = request.parsed;
  return {
    endpoint: () => endpointFor(profile, target.running, route),
    env: envTokens(profile, io.env),
    data: profile.data,
    expects: expectationsOf(profile.check, protocol, target.own, look?.found ?? null),
    ...(look === null ? {} : { found: look.found, setAside: new SetAside(look.unasked) }),
    process: target.process(),
    quick: request.settings.quick,
    seed: profile.seed,
  };
}
