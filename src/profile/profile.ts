import type { CheckSpec } from './check-spec.js';
import type { MetricName } from './metrics.js';
import type { Model } from './models.js';
import type { ProtocolName } from './protocols.js';

/**
 * A profile with all defaults filled in. Made only by `parseProfile`, frozen, and never checked again. Durations are
 * milliseconds, sizes bytes, rates messages (or connections) per second.
 */

export type { MetricName, Model, ProtocolName };
export type Arrival = 'constant' | 'poisson';
export type Match = 'sequence' | 'order' | 'none';
export type Pacing = 'auto' | 'timer' | 'metronome' | 'spin';
export type EngineChoice = 'auto' | 'ws' | 'uws';

export interface TlsOptions {
  /** PEM text, already read from the user's file. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly insecure: boolean;
  readonly servername: string | null;
}

/** If a name has several IP addresses: use all in turn, or the first. */
export type UseOfAddresses = 'all' | 'first';

/** The keys that every kind of target has. Header values, URL and sub-protocols may hold per-connection tokens. */
interface TargetCommon {
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocols: readonly string[];
  readonly tls: TlsOptions;
  /** `auto`: the local process that listens on the port, if any. */
  readonly pid: 'auto' | number;
  readonly resolve: UseOfAddresses;
  /** The proxy for connections, `http://user:password@host:port`; null for none. */
  readonly proxy: string | null;
  /** Whether the test connection follows redirects. The load then goes to the final address. */
  readonly followRedirects: boolean;
}

export type Readiness =
  | { readonly by: 'port' }
  | { readonly by: 'url'; readonly url: string }
  | { readonly by: 'log'; readonly line: string };

export type Target =
  | (TargetCommon & { readonly kind: 'embedded'; readonly engine: EngineChoice })
  | (TargetCommon & { readonly kind: 'url'; readonly url: string })
  | (TargetCommon & {
      readonly kind: 'command';
      readonly command: string;
      readonly url: string;
      readonly ready: Readiness;
      /** Longest time from its start until it is ready. */
      readonly readyTimeoutMs: number;
      /** Time from SIGTERM to SIGKILL. */
      readonly stopTimeoutMs: number;
    });

/** Payload size: fixed, uniform between two bounds, or a weighted list. */
export type SizeSpec =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly minBytes: number; readonly maxBytes: number }
  | { readonly kind: 'weighted'; readonly choices: readonly { readonly bytes: number; readonly weight: number }[] };

export interface MessageSpec {
  readonly format: 'json' | 'text' | 'binary';
  readonly size: SizeSpec;
  /** The user's own payload with `{{tokens}}` (from `template` or `file`), or null for a generated one. */
  readonly template: string | null;
}

export interface ReplySpec {
  readonly match: Match;
  /** The JSON field that carries the sequence in a reply. */
  readonly field: string;
  /** `full`: the reply must equal the message; `field`: only this field must be equal; `none`: not judged. */
  readonly echo:
    | { readonly kind: 'full' }
    | { readonly kind: 'field'; readonly field: string }
    | { readonly kind: 'none' };
  readonly timeoutMs: number;
}

/** A value that is constant, or changes linearly over the measure phase. If `from === to`, it is constant. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How long connections live before they are replaced: a fixed time, or exponentially distributed. */
export interface Lifetime {
  readonly kind: 'fixed' | 'exponential';
  readonly meanMs: number;
}

/** What happens to a connection that is lost under load. */
export interface ReconnectSpec {
  readonly policy: 'never' | 'immediate' | 'backoff';
  /** First wait of `backoff`. For `immediate`, the wait after a failed attempt. */
  readonly baseMs: number;
  readonly capMs: number;
  readonly jitter: 'full' | 'none';
}

/** A single event, `atMs` after the start of the measure phase. `share` of the connections: 0 < share <= 1. */
export type TimedEvent =
  | { readonly kind: 'disconnect'; readonly atMs: number; readonly share: number }
  | { readonly kind: 'restart'; readonly atMs: number };

/** A value as JSON has it. Its texts may hold tokens. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** `protocol`: which dialect the connections speak. */
export interface ProtocolSpec {
  readonly name: ProtocolName;
  /** As written; only keys that the protocol knows (`protocols.ts`). */
  readonly options: JsonObject;
  /**
   * How often a connection sends the heartbeat of its protocol, ms; null for as often as the protocol says. `off`: it
   * sends none and answers none, so that one sees how the server ends such a connection.
   */
  readonly beat: number | null | 'off';
}

/** One step of `session`. What is absent was not written. */
export interface StepSpec {
  /** Named steps have a row of times. */
  readonly name: string | null;
  readonly to?: JsonValue;
  readonly send?: JsonValue;
  readonly subscribe?: JsonValue;
  /** What must come: a subset of its JSON, or `{ text: '...' }` for a part of its text. */
  readonly expect?: JsonValue;
  /** By name: a path in what came, e.g. `$.user.id` or `$.items[0]`. */
  readonly capture: Readonly<Record<string, string>>;
  /** Pause after the step. */
  readonly waitMs: number;
  readonly repeat: number;
  /** Null: only the deadline of the whole connect counts. */
  readonly timeoutMs: number | null;
  /** Keys that only the protocol knows. */
  readonly words: JsonObject;
}

/** One rule of `when`. The first rule that fits decides. */
export interface RuleSpec {
  /** Bytes that occur in the frame, all of them. */
  readonly has: readonly string[];
  /**
   * `duty`: `send` is sent at once. `count`: counted under its name. `fails`: it is a reply that says no. `delivery`: it
   * was sent to many.
   */
  readonly means: 'duty' | 'count' | 'fails' | 'delivery';
  /** In tables. */
  readonly name: string;
  readonly send?: JsonValue;
}

/** One kind of message of a load. */
export interface RequestSpec {
  readonly name: string;
  readonly weight: number;
  readonly to?: JsonValue;
  readonly send?: JsonValue;
  /** What the reply must hold, as in a step; another reply counts as failed. */
  readonly expect?: JsonValue;
  readonly capture: Readonly<Record<string, string>>;
  readonly words: JsonObject;
  /** Whom it is delivered to; absent for nobody. */
  readonly reaches?: 'all' | 'room' | 'others';
  /** True: it has no reply of its own. */
  readonly silent?: true;
  /** The script builds its messages: every one anew if `fresh`. Absent: `send` says them. */
  readonly built?: { readonly fresh: boolean };
}

/** What the connections of a load say beside one kind of message: the words `session`, `when`, `requests` and others. */
export interface TalkSpec {
  readonly session: readonly StepSpec[];
  readonly when: readonly RuleSpec[];
  /** Empty: the load sends its `message`. */
  readonly requests: readonly RequestSpec[];
  /** How the next request is chosen: at random by weight, or one after the other. */
  readonly pick: 'weighted' | 'in turn';
  /** Connections are spread over so many rooms; null for none. */
  readonly rooms: number | null;
  /** Only the first so many connections send; null for all. */
  readonly senders: number | null;
  /** Connections that read slowly; absent for none. */
  readonly slow?: SlowSpec;
  /** Absent if no request reaches other connections. */
  readonly deliver?: { readonly timeoutMs: number };
  /** Path of the user's script, and the SHA-256 of its text; null for none. */
  readonly script: { readonly path: string; readonly sha256: string } | null;
}

/** Subscribers that read slowly: the last ones of a cell. They send nothing. */
export interface SlowSpec {
  /** Of the connections, above 0. */
  readonly share: number;
  /** Messages that each reads in a second at most; null: it stops reading when it is open. */
  readonly ratePerSecond: number | null;
}

/** One entry of `load:`. An axis that is not swept has one value. */
export interface Load {
  readonly kind: 'steady';
  readonly name: string;
  readonly model: Model;
  readonly connections: readonly Span[];
  /** Total messages per second, or per connection; empty for closed and listen loads. */
  readonly rates: readonly Span[];
  readonly ratePer: 'total' | 'connection';
  /** The swept axes, outer first. */
  readonly swept: readonly ('connections' | 'rate')[];
  readonly arrival: Arrival;
  /** Closed model: messages kept in flight on each connection. */
  readonly inFlight: number;
  /** Closed model: pause between a reply and the next message, ms. */
  readonly thinkMs: number;
  readonly message: MessageSpec;
  readonly reply: ReplySpec;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly drainMs: number;
  /** New connections per second, over all workers. */
  readonly connectRate: number;
  readonly connectTimeoutMs: number;
  /** Most unanswered messages per worker. */
  readonly maxInFlight: number;
  /** Null if connections stay open. */
  readonly lifetime: Lifetime | null;
  readonly reconnect: ReconnectSpec;
  /** Interval of pings on each connection; null for none. */
  readonly keepAliveMs: number | null;
  /** Each connection is counted by itself as well. */
  readonly fairness?: true;
  /** In chronological order. */
  readonly events: readonly TimedEvent[];
  /** Null if none of its words is used, and the profile names no protocol. */
  readonly talk: TalkSpec | null;
}

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type Aggregation =
  | { readonly kind: 'percentile' /** 0 < quantile < 1 */; readonly quantile: number }
  | { readonly kind: 'avg' | 'min' | 'max' | 'med' | 'count' | 'rate' | 'value' };

export interface Threshold {
  readonly metric: MetricName;
  /** `{load: 'concurrency', connections: '1000'}`; keys: load, cell, connections, rate, engine, code, request. */
  readonly selector: Readonly<Record<string, string>>;
  /** As written, e.g. `p(95)<100`. */
  readonly expression: string;
  readonly aggregation: Aggregation;
  readonly comparison: Comparison;
  /**
   * In the metric's base unit: microseconds for times, bytes for memory, else a plain number (a rate of 99 % is 0.99).
   */
  readonly limit: number;
  readonly title: string | null;
  readonly gate: boolean;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

/** How close a printed latency must be: a share of it or a time, whichever is more. */
export interface Accuracy {
  /** 0 to 1; 0 if only the time counts. */
  readonly share: number;
  /** Microseconds; 0 if only the share counts. */
  readonly us: number;
}

/** How much the target may send before wsurge closes a connection. */
export interface ReceiveLimits {
  /** Largest message, bytes. */
  readonly largestBytes: number;
  /** Total of all incomplete messages, bytes; null for a quarter of the memory. */
  readonly unfinishedBytes: number | null;
}

export interface Profile {
  readonly name: string;
  readonly target: Target;
  readonly protocol: ProtocolSpec;
  readonly load: readonly Load[];
  readonly thresholds: readonly Threshold[];
  /** What `wsurge check` may expect of the server. */
  readonly check: CheckSpec;
  readonly pacing: Pacing;
  readonly workers: number | 'auto';
  /** Whether workers measure their own error during the load. */
  readonly instrumentCheck: boolean;
  /** The limit for brackets: a printed quantile with a wider bracket is DEGRADED. */
  readonly accuracy: Accuracy;
  /**
   * Whether idle connections are opened before the load, to measure the server's memory for one. `auto`: if something
   * needs it.
   */
  readonly idleMemory: boolean | 'auto';
  readonly receive: ReceiveLimits;
  readonly seed: number;
  readonly labels: Readonly<Record<string, string>>;
  /** IP addresses of this machine to connect from, in turn. Empty: the system chooses. */
  readonly localAddresses: readonly string[];
  /** Rows for `{{data.x}}`, used one after the other over the run. */
  readonly data: readonly Readonly<Record<string, string>>[];
  /** `cycle`: after the last row comes the first again. `never`: no row is used twice. */
  readonly dataReuse: 'cycle' | 'never';
}

/** A parsed profile, and the values that must never be printed. */
export interface ParsedProfile {
  readonly profile: Profile;
  /**
   * Values that are secret because of their name (`${secret:X}`) or their use (headers, URLs, payloads, keys). Struck
   * out of every output.
   */
  readonly secrets: readonly string[];
}
