import type {
  BadMessageSpec,
  BroadcastRequestSpec,
  CheckSpec,
  CloseRequestSpec,
  OversizedSpec,
  Said,
  SecuritySpec,
  StatsRequestSpec,
  StreamRequestSpec,
} from '../profile/check-spec.js';
import { PROTOCOLS } from '../profile/protocols.js';
import { NotPromised } from './check.js';
import type { EchoForm } from './echo-form.js';
import { fieldCarrier } from './look/carrier.js';
import type { Found, ServerKind } from './look/server-kind.js';

/** What this server promises. Null: not promised, so checks that need it are skipped. */
export interface Expectations {
  /** A text message comes back: how to send it, and where it is in the reply. */
  readonly echo: EchoForm | null;
  /** The names of the profile's requests, which are sent by turns in place of an echo; null if it has none. */
  readonly requests: readonly string[] | null;
  readonly binary: 'echo' | null;
  readonly largestBytes: number;
  readonly subprotocol: string | null;
  readonly compression: 'accepted' | 'declined' | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly cors: { readonly origin: string; readonly allow: string } | null;
  readonly wrongPath: { readonly path: string; readonly status: number | null } | null;
  readonly missingUpgrade: number | null;
  readonly keepAliveMs: number | null;
  readonly stream: StreamRequestSpec | null;
  readonly close: CloseRequestSpec | null;
  readonly broadcast: BroadcastRequestSpec | null;
  readonly stats: StatsRequestSpec | null;
  readonly invalidJson: BadMessageSpec | null;
  readonly missingField: BadMessageSpec | null;
  readonly malformed: BadMessageSpec | null;
  readonly oversized: OversizedSpec | null;
  readonly frameLimitBytes: number | null;
  readonly security: SecuritySpec;
  /** How long a reply may take, ms. */
  readonly replyMs: number;
  /** Why something is not promised, if the first look tells more than the profile. */
  readonly because: Partial<Readonly<Record<PromiseKey, string>>>;
}

export type Protocol = 'bot' | 'echo';

/** Further promises of the embedded server, which wsurge starts for the check. */
export interface OwnServer {
  readonly pingIntervalMs: number;
}

/** The path on which the embedded server accepts WebSockets, and one on which it does not. */
export const OWN_PATH = '/';
const WRONG_PATH = '/no-such-path';
const MIB = 1024 * 1024;
const DEFAULT_LARGEST_BYTES = 1_000_000;

type Defaults = Omit<Expectations, 'echo' | 'requests' | 'headers' | 'security' | 'replyMs' | 'because'> & {
  readonly envelope: string | null;
};

const ECHO: Defaults = {
  envelope: null,
  binary: 'echo',
  largestBytes: DEFAULT_LARGEST_BYTES,
  subprotocol: null,
  compression: null,
  cors: null,
  wrongPath: null,
  missingUpgrade: null,
  keepAliveMs: null,
  stream: null,
  close: null,
  broadcast: null,
  stats: null,
  invalidJson: null,
  missingField: null,
  malformed: null,
  oversized: null,
  frameLimitBytes: null,
};

const error = (code: string): BadMessageSpec => ({ send: null, contains: code, closeCode: null });

const BOT: Defaults = {
  ...ECHO,
  envelope: '{"type":"message","content":{{content}}}',
  subprotocol: 'wsurge.check',
  compression: 'declined',
  missingUpgrade: 426,
  stream: {
    send: '{"type":"stream","count":{{count}},"rate":{{rate}},"size":{{size}}}',
    index: 'index',
    timestamp: 'sentAtMs',
  },
  close: { send: '{"type":"close","code":{{code}},"reason":{{reason}}}', codes: [1001, 1003, 1011] },
  broadcast: {
    join: '{"type":"join","room":{{room}}}',
    send: '{"type":"broadcast","room":{{room}},"content":{{content}}}',
    field: 'content',
  },
  stats: { send: '{"type":"stats"}', connections: 'connections' },
  invalidJson: error('invalid_json'),
  missingField: { ...error('missing_field'), send: '{"type":"message"}' },
  malformed: error('invalid_field'),
  oversized: { bytes: MIB + 1, contains: 'too_large', closeCode: null },
  frameLimitBytes: 16 * MIB,
};

/**
 * The promises: what the profile says, else what the first look found, else what servers of this protocol do. `own`:
 * wsurge started the server itself. `found`: null without a first look.
 */
export function expectationsOf(
  spec: CheckSpec,
  protocol: Protocol,
  own: OwnServer | null,
  found: Found | null = null,
): Expectations {
  const ours: Partial<Defaults> =
    own === null ? {} : { wrongPath: { path: WRONG_PATH, status: 404 }, keepAliveMs: own.pingIntervalMs };
  const { envelope, ...known }: Defaults = { ...(protocol === 'bot' ? BOT : ECHO), ...ours };
  const seen = protocol === 'bot' ? null : found;
  const echo = echoOf(spec, envelope, seen);
  const binary = seen !== null ? seen.binary : spec.reply.echo.kind === 'full';
  return {
    echo,
    requests: requestsOf(found),
    binary: or(spec.binary, binary ? known.binary : null),
    largestBytes: spec.largestBytes ?? known.largestBytes,
    subprotocol: or(spec.subprotocol, known.subprotocol),
    compression: spec.compression ?? known.compression,
    headers: spec.headers,
    cors: or(spec.cors, known.cors),
    wrongPath: or(spec.wrongPath, known.wrongPath),
    missingUpgrade: spec.missingUpgrade ?? known.missingUpgrade,
    keepAliveMs: or(spec.keepAliveMs, known.keepAliveMs),
    stream: or(spec.stream, known.stream),
    close: or(spec.close, known.close),
    broadcast: or(spec.broadcast, known.broadcast),
    stats: or(spec.stats, known.stats),
    invalidJson: or(spec.invalidJson, known.invalidJson),
    missingField: or(spec.missingField, known.missingField),
    malformed: or(spec.malformed, known.malformed),
    oversized: or(spec.oversized, known.oversized),
    frameLimitBytes: or(spec.frameLimitBytes, known.frameLimitBytes),
    security: protocol === 'bot' ? botSecurity(spec.security) : spec.security,
    replyMs: replyMsOf(spec, found),
    because: seen === null ? {} : becauseOf(spec, seen, echo !== null),
  };
}

/** A protocol whose messages are never answered has requests, and none that can be judged. */
function requestsOf(found: Found | null): Expectations['requests'] {
  return found?.kind.name === 'session' && found.kind.requests.length > 0 ? found.kind.requests : null;
}

/** If the profile says how to judge replies, that wins over what was found. Requests of its own win over both. */
function echoOf({ reply, envelope, protocol }: CheckSpec, usual: string | null, found: Found | null): EchoForm | null {
  if (found?.kind.name === 'session') return null;
  const seen = found !== null && 'form' in found.kind ? found.kind.form : null;
  const plain: EchoForm = { envelope: or(envelope, seen?.envelope ?? usual), carrier: null, content: 'json' };
  if (reply.saysEcho || found === null) {
    if (reply.echo.kind === 'none') return null;
    return reply.echo.kind === 'full' ? plain : { ...plain, carrier: fieldCarrier(reply.echo.field) };
  }
  return seen ?? (protocol === 'echo' ? plain : null);
}

/** A reply may take this many times as long as the slowest reply of the first look, within these bounds. */
const REPLY_TIMES = 10;
const REPLY_LEAST_MS = 2000;
const REPLY_MOST_MS = 10_000;

/** The profile's value, else a multiple of what was seen. Short if the server answered nothing, not even a ping. */
function replyMsOf({ reply }: CheckSpec, found: Found | null): number {
  if (reply.saysTimeout || found === null || found.kind.name === 'bot') return reply.timeoutMs;
  const slowest = found.slowestReplyMs ?? found.pongMs;
  if (slowest === null) return REPLY_LEAST_MS / 2;
  return Math.min(REPLY_MOST_MS, Math.max(REPLY_LEAST_MS, REPLY_TIMES * slowest));
}

/** Why something is not promised, by what was found. Each text names the key that the profile would need. */
function becauseOf({ reply }: CheckSpec, { kind, binary }: Found, echoes: boolean): Expectations['because'] {
  if (kind.name === 'session') return becauseOfSession(kind);
  const said = reply.saysEcho ? 'the profile says that the server does not echo' : WHY_NO_ECHO[kind.name];
  return {
    ...(echoes || said === null
      ? {}
      : { echo: `${said}; where it should, promise it with reply.echo and check.envelope of the profile` }),
    ...(binary
      ? {}
      : { binary: 'no binary message came back; where it should, promise it with check.binary of the profile' }),
  };
}

/** What the server takes is said by the profile, so nothing else is sent but where a check says so. */
function becauseOfSession({ protocol, requests }: Extract<ServerKind, { name: 'session' }>): Expectations['because'] {
  const speaks =
    protocol === 'none' ? 'the profile says by its requests what is sent' : `the server speaks ${protocol}`;
  const answers = protocol === 'none' || PROTOCOLS[protocol].answers;
  const none = !answers
    ? `${speaks}, in which no message is answered`
    : `${speaks}, and the profile has no requests whose replies are matched`;
  return {
    echo: requests.length === 0 ? none : `${speaks}: a message with a content of this check's own means nothing to it`,
    binary: `${speaks}: a binary message of this check's own means nothing to it`,
  };
}

const NO_ECHO = 'the server does not echo';
const WHY_NO_ECHO: Readonly<Record<ServerKind['name'], string | null>> = {
  bot: null,
  echo: null,
  'json-echo': null,
  'wrapped-echo': null,
  'binary-echo': 'the server echoes binary messages only',
  'by-id': `${NO_ECHO}, it answers in its own words`,
  answers: `${NO_ECHO}, it answers in its own words`,
  relay: `${NO_ECHO}, it passes messages on to the others`,
  pushes: `${NO_ECHO}, it only pushes`,
  protocol: `${NO_ECHO}, it speaks a protocol of its own`,
  closes: `${NO_ECHO}, it closes every connection`,
  refuses: `${NO_ECHO}, it closes the connection on every message that was tried`,
  silent: `${NO_ECHO}, it answers nothing`,
  session: null,
};

function or<T>(said: Said<T>, otherwise: T | null): T | null {
  if (said === 'none') return null;
  return said ?? otherwise;
}

/** What every server of the bot protocol does, whatever its options. */
function botSecurity(said: SecuritySpec): SecuritySpec {
  return { ...said, isolation: said.isolation ?? true, compressionBomb: said.compressionBomb ?? 1002 };
}

/** The key of the profile for each promise. */
export const PROFILE_KEYS = {
  echo: 'reply.echo',
  binary: 'check.binary',
  subprotocol: 'check.subprotocol',
  compression: 'check.compression',
  cors: 'check.cors',
  wrongPath: 'check.wrongPath',
  missingUpgrade: 'check.missingUpgrade',
  keepAliveMs: 'check.keepAlive',
  stream: 'check.requests.stream',
  close: 'check.requests.close',
  broadcast: 'check.requests.broadcast',
  stats: 'check.requests.stats',
  invalidJson: 'check.answers.invalidJson',
  missingField: 'check.answers.missingField',
  malformed: 'check.answers.malformed',
  oversized: 'check.answers.oversized',
  frameLimitBytes: 'check.answers.frameLimit',
} as const satisfies Partial<Record<keyof Expectations, string>>;

export type PromiseKey = keyof typeof PROFILE_KEYS;

/** The server's promise. Throws a `NotPromised` that names the key of the profile if there is none. */
export function promised<K extends PromiseKey>(expects: Expectations, key: K): NonNullable<Expectations[K]> {
  const value = expects[key];
  if (value === null) {
    throw new NotPromised(expects.because[key] ?? `not promised: ${PROFILE_KEYS[key]} of the profile does not say`);
  }
  return value as NonNullable<Expectations[K]>;
}

/** What a server promises whose profile says by its requests what is sent. `requests`: null if none is answered. */
export function withRequests(expects: Expectations, requests: readonly string[] | null): Expectations {
  return { ...expects, echo: null, requests };
}

/** True if a check can send a message that is answered: an echo, or a request of the profile. */
export function asks({ echo, requests }: Pick<Expectations, 'echo' | 'requests'>): boolean {
  return echo !== null || requests !== null;
}

/** The same for security, whose keys are below `check.security`. */
export function promisedSecurity<K extends keyof SecuritySpec>(
  expects: Expectations,
  key: K,
): NonNullable<SecuritySpec[K]> {
  const value = expects.security[key];
  if (value === null || value === false)
    throw new NotPromised(`not promised: check.security.${key} of the profile does not say`);
  return value as NonNullable<SecuritySpec[K]>;
}
