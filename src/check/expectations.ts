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
import type { ReplySpec } from '../profile/profile.js';
import { NotPromised } from './check.js';

/** What this server promises. Null: it does not promise this, and checks that need it are skipped. */
export interface Expectations {
  /** A text message comes back; how it is wrapped, and what of the reply must equal what. */
  readonly echo: { readonly envelope: string | null; readonly reply: ReplySpec['echo'] } | null;
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
}

export type Protocol = 'bot' | 'echo';

/** Further promises of a server that wsurge itself started for the check. */
export interface OwnServer {
  readonly pingIntervalMs: number;
}

/** The path on which a server of our own takes WebSockets, and one on which it does not. */
export const OWN_PATH = '/';
const WRONG_PATH = '/no-such-path';
const MIB = 1024 * 1024;
const DEFAULT_LARGEST_BYTES = 1_000_000;

type Defaults = Omit<Expectations, 'echo' | 'headers' | 'security' | 'replyMs'> & { readonly envelope: string | null };

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
 * What the profile says, and where it does not, what servers of this protocol do. `own`: wsurge started the server
 * itself.
 */
export function expectationsOf(spec: CheckSpec, protocol: Protocol, own: OwnServer | null): Expectations {
  const ours: Partial<Defaults> =
    own === null ? {} : { wrongPath: { path: WRONG_PATH, status: 404 }, keepAliveMs: own.pingIntervalMs };
  const { envelope, ...known }: Defaults = { ...(protocol === 'bot' ? BOT : ECHO), ...ours };
  const { reply } = spec;
  const plain = reply.echo.kind === 'full';
  return {
    echo: reply.echo.kind === 'none' ? null : { envelope: or(spec.envelope, envelope), reply: reply.echo },
    binary: or(spec.binary, plain ? known.binary : null),
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
    replyMs: reply.timeoutMs,
  };
}

function or<T>(said: Said<T>, otherwise: T | null): T | null {
  if (said === 'none') return null;
  return said ?? otherwise;
}

/** What every server of the bot protocol does, whatever its options. */
function botSecurity(said: SecuritySpec): SecuritySpec {
  return { ...said, isolation: said.isolation ?? true, compressionBomb: said.compressionBomb ?? 1002 };
}

/** Where in the profile a promise stands. */
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

/** What the server promises, or a `NotPromised` that names the key of the profile. */
export function promised<K extends PromiseKey>(expects: Expectations, key: K): NonNullable<Expectations[K]> {
  const value = expects[key];
  if (value === null) throw new NotPromised(`not promised: ${PROFILE_KEYS[key]} of the profile does not say`);
  return value as NonNullable<Expectations[K]>;
}

/** The same for the security expectations, which stand under `check.security`. */
export function promisedSecurity<K extends keyof SecuritySpec>(
  expects: Expectations,
  key: K,
): NonNullable<SecuritySpec[K]> {
  const value = expects.security[key];
  if (value === null || value === false)
    throw new NotPromised(`not promised: check.security.${key} of the profile does not say`);
  return value as NonNullable<SecuritySpec[K]>;
}
