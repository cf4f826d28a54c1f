import { ConnectError } from '../check/check-socket.js';
import { CheckContext, type ContextParts } from '../check/context.js';
import { type Expectations, expectationsOf, type Protocol, withRequests } from '../check/expectations.js';
import { type Known, type Look, lookAt } from '../check/look/look.js';
import { lookWithSession } from '../check/look/look-with-session.js';
import { SOCKET_IO_PATH, speaksSocketIo } from '../check/look/socket-io-path.js';
import type { ServerEnd } from '../check/outcome/server-end.js';
import { endDuringLook, SERVER_BACK_MS } from '../check/server-end.js';
import type { Talk } from '../check/session/talk.js';
import { SetAside } from '../check/set-aside.js';
import { saidOf, sessionFix, withoutOthers } from '../coordinator/canary-fixes.js';
import { Transcript } from '../coordinator/canary-transcript.js';
import { isRedirect } from '../coordinator/redirect.js';
import type { Route } from '../coordinator/route.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { realClock } from '../engine/pacing/clock.js';
import type { TranscriptEvent } from '../engine/session/transcript.js';
import { isSecure } from '../engine/socket/dial.js';
import { EXIT, unreachableError, WsurgeError } from '../errors.js';
import { connectFailureFix } from '../metrics/connect-failures.js';
import type { Endpoint } from '../plan/cell.js';
import type { Profile } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import { envTokens } from '../profile/tokens.js';
import { sanitize } from '../text/sanitize.js';
import type { CheckTarget } from './check-target.js';
import { foreignWords, transcribedWords } from './foreign-words.js';
import type { Surroundings } from './surroundings.js';
import type { CheckTask } from './tasks.js';
import { endpointFor, followRedirect, type Way } from './way.js';

/** A server that has been started or named, and the way to it. */
export interface Reachable {
  readonly task: CheckTask;
  readonly around: Surroundings;
  readonly route: Route;
  readonly target: CheckTarget;
  /** Where redirects of the first handshake led; null where there were none. */
  led: Way | null;
  /** What connections say by the profile; null if it has neither session nor rules nor requests. */
  readonly talk: Talk | null;
  readonly redactor: Redactor;
  /** Strikes secrets out of what a server echoed back. */
  readonly foreign: Redactor;
  /** Judges the host that a redirect leads to as the first one was. */
  readonly permit: (target: Profile['target']) => Promise<Route>;
  readonly onRedirect: (notes: readonly string[]) => void;
}

/** What a first look found, and what follows from it for the checks. */
export interface Looked extends Look {
  readonly protocol: Protocol;
  /** The server did not outlive the look. */
  readonly end: ServerEnd | null;
}

const SOCKET_IO_THERE = `a socket.io server answers on another path: name the URL with ${SOCKET_IO_PATH}`;

/**
 * A look at the server before all checks, followed to where redirects lead if the profile says so. Throws 103 where no
 * connection opens, 105 where it is interrupted.
 */
export async function lookAtTarget(at: Reachable): Promise<Looked> {
  const { task, around, target, permit, onRedirect } = at;
  const { profile } = task.parsed;
  const { check } = profile;
  const known = check.protocol !== 'auto' ? check.protocol : target.own !== null ? 'bot' : null;
  const asked = [endpointOf(at).url];
  for (;;) {
    const endpoint = endpointOf(at);
    const transcript = Transcript.from(realClock.nowUs());
    const told = (event: TranscriptEvent) => transcript.take(realClock.nowUs(), event);
    const parts = { ...contextParts(at, known ?? 'echo', null), told, signal: around.signal };
    const context = new CheckContext(parts);
    try {
      const envelope = check.envelope === 'none' ? null : check.envelope;
      const { look, end } = await lookWithEnd(parts, context, { protocol: known, envelope });
      return { ...look, end, protocol: known ?? (look.found.kind.name === 'bot' ? 'bot' : 'echo') };
    } catch (error) {
      if (around.signal.aborted) throw new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped before any check');
      if (!(error instanceof ConnectError)) throw error;
      if (error.phase === 'session') throw sessionError(at, error, transcript);
      const { message, next } = refusalOf(error, endpoint, at);
      const location = isRedirect(error.code) ? error.headers.location : undefined;
      if (!profile.target.followRedirects || location === undefined) {
        const isElsewhere = error.phase === 'upgrade' && location === undefined && (await speaksSocketIo(context));
        throw unreachableError('unreachable', message, isElsewhere ? SOCKET_IO_THERE : next);
      }
      at.led = await followRedirect({ location, message, next }, { endpoint, asked }, permit, { profile, onRedirect });
    } finally {
      context.end();
    }
  }
}

/** A server that a message of the look ended is looked at once more when it is back, with JSON alone. */
async function lookWithEnd(
  parts: ContextParts,
  context: CheckContext,
  known: Known,
): Promise<{ readonly look: Look; readonly end: ServerEnd | null }> {
  const look = await lookOnce(context, known);
  const end = await endDuringLook(look.cutBy, parts, SERVER_BACK_MS);
  if (end === null || end.after === 'gone') return { look, end };
  const again = await lookOnce(context, { ...known, onlyJson: true }).catch((error: unknown) => {
    if (error instanceof ConnectError) return look;
    throw error;
  });
  return { look: again, end };
}

/** The server did not let the session of the profile in: told first, with the step, before any check. */
function sessionError(at: Reachable, { code, message }: ConnectError, transcript: Transcript): WsurgeError {
  const { parsed } = at.task;
  const { protocol } = at.talk!.cell.wire;
  const foreign = foreignWords(parsed);
  const words = transcribedWords(parsed);
  const said = withoutOthers(message);
  transcript.note(realClock.nowUs(), 'failed', said, code);
  const lines = transcript.lines((text, most) => words(text, most, {})).map((line) => `  ${line}`);
  const text = `the session on ${shownUrl(at)} did not become ready: ${foreign(said, 400)} (session, ${code})`;
  // The handshake fails where a sub-protocol is offered and none is chosen.
  const offered = endpointOf(at).subprotocols;
  const fix = sessionFix({
    protocol,
    code,
    message,
    said: saidOf(transcript, code, message),
    offered,
    chosen: offered[0] ?? '',
  });
  return unreachableError('session_refused', [text, '  on the first connection:', ...lines].join('\n'), fix);
}

/** Where the profile says what the server is to be told, nothing else is said to it. */
function lookOnce(context: CheckContext, known: Known): Promise<Look> {
  const { talk } = context;
  return talk?.isClosed === true ? lookWithSession(context, talk) : lookAt(context, known);
}

function refusalOf({ message, phase, code }: ConnectError, endpoint: Endpoint, { redactor, foreign }: Reachable) {
  const reason = sanitize(foreign.text(message), 400);
  const origin = Object.keys(endpoint.headers).some((name) => name.toLowerCase() === 'origin');
  return {
    message: `cannot connect to ${redactor.text(redactUrl(endpoint.url))}: ${reason} (${phase}, ${code})`,
    next: connectFailureFix(code, { secure: isSecure(endpoint), origin }),
  };
}

/** Where connections go now: a restart may have moved the server. */
function endpointOf({ task, route, led, target }: Reachable): Endpoint {
  return led?.endpoint ?? endpointFor(task.parsed.profile, target.running, route);
}

/** The URL of the server with its secrets struck out. */
export function shownUrl(at: Reachable): string {
  return at.redactor.text(redactUrl(endpointOf(at).url));
}

function expectationsAt({ task, target, talk }: Reachable, protocol: Protocol, look: Look | null): Expectations {
  const expects = expectationsOf(task.parsed.profile.check, protocol, target.own, look?.found ?? null);
  if (look !== null || talk?.isClosed !== true) return expects;
  return withRequests(expects, talk.names);
}

/** What every check is given. `look`: null before it. */
export function contextParts(at: Reachable, protocol: Protocol, look: Look | null): Omit<ContextParts, 'signal'> {
  const { task, around, target } = at;
  const { profile } = task.parsed;
  return {
    endpoint: () => endpointOf(at),
    env: envTokens(profile, around.env),
    data: profile.data,
    expects: expectationsAt(at, protocol, look),
    talk: at.talk,
    ...(look === null ? {} : { found: look.found, setAside: new SetAside(look.unasked) }),
    process: target.process(),
    quick: task.settings.quick,
    seed: profile.seed,
  };
}
