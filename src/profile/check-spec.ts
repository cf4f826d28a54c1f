import type { ReplySpec } from './profile.js';

/**
 * What a profile says about the server's behaviour, for `wsurge check`. Durations are milliseconds, sizes bytes.
 * Templates hold tokens such as `{{content}}`, which stand for JSON values.
 */

/** `none`: the server does not do this. Null: the profile does not say whether it does. */
export type Said<T> = T | 'none' | null;

/** How the server refuses something: an HTTP status (below 1000) instead of the upgrade, or a close code. */
export type RefusalCode = number;

/** The declared answer to a bad message: a reply that contains a text, or a close code. Exactly one is not null. */
export interface AnswerSpec {
  readonly contains: string | null;
  readonly closeCode: number | null;
}

/** A bad message and its answer. If `send` is null, `check` sends its own message. */
export interface BadMessageSpec extends AnswerSpec {
  readonly send: string | null;
}

export interface OversizedSpec extends AnswerSpec {
  /** The smallest size that is refused. */
  readonly bytes: number;
}

/** Asks for a numbered push: `{{count}}` messages at `{{rate}}` a second, `{{size}}` bytes each. */
export interface StreamRequestSpec {
  readonly send: string;
  /** JSON field of each message that counts up by one. */
  readonly index: string;
  /** JSON field with the time at which a message was sent, a number or an ISO time; null if there is none. */
  readonly timestamp: string | null;
}

/** Asks the server to close with `{{code}}` and `{{reason}}`. */
export interface CloseRequestSpec {
  readonly send: string;
  readonly codes: readonly number[];
}

/**
 * `join` and `send` hold `{{room}}`; `send` also holds `{{content}}`. Members receive the content in `field` (null:
 * somewhere in the text).
 */
export interface BroadcastRequestSpec {
  readonly join: string | null;
  readonly send: string;
  readonly field: string | null;
}

/** Asks for the server's own count of open connections. */
export interface StatsRequestSpec {
  readonly send: string;
  /** JSON field of the answer. */
  readonly connections: string;
}

export interface SecuritySpec {
  /** How the server refuses a client without credentials (that is, without the headers and the query of the target). */
  readonly unauthenticated: RefusalCode | null;
  readonly wrongOrigin: { readonly origin: string; readonly refusal: RefusalCode } | null;
  /** How many messages a connection may send, and the close code after the last one. */
  readonly quota: { readonly messages: number; readonly closeCode: number } | null;
  readonly connectionLimit: { readonly connections: number; readonly refusal: RefusalCode } | null;
  /** No message of one connection reaches another. */
  readonly isolation: boolean | null;
  /**
   * A client without any trusted authority must refuse the certificate; one that trusts its authority must accept it.
   */
  readonly certificate: 'verified' | null;
  /** The oldest TLS version that the server may accept. */
  readonly minimumTls: '1.2' | '1.3' | null;
  /** Close code for a message that inflates beyond every limit, or for a compressed frame without negotiation. */
  readonly compressionBomb: number | null;
  /** Close code for a frame that announces 2^63 bytes. */
  readonly hugeLength: number | null;
}

/** `says...`: the profile itself says so, which a look at the server does not change. */
export interface CheckReplySpec extends ReplySpec {
  readonly saysEcho: boolean;
  readonly saysTimeout: boolean;
}

export interface CheckSpec {
  /** `auto`: find out by asking the server. */
  readonly protocol: 'auto' | 'bot' | 'echo';
  readonly reply: CheckReplySpec;
  readonly envelope: Said<string>;
  readonly binary: Said<'echo'>;
  /** The largest content that the server sends back. */
  readonly largestBytes: number | null;
  readonly subprotocol: Said<string>;
  readonly compression: 'accepted' | 'declined' | null;
  /** Headers of the 101 response, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cors: Said<{ readonly origin: string; readonly allow: string }>;
  readonly wrongPath: Said<{ readonly path: string; readonly status: number | null }>;
  /** Status for a GET without Upgrade. */
  readonly missingUpgrade: number | null;
  readonly keepAliveMs: Said<number>;
  readonly stream: Said<StreamRequestSpec>;
  readonly close: Said<CloseRequestSpec>;
  readonly broadcast: Said<BroadcastRequestSpec>;
  readonly stats: Said<StatsRequestSpec>;
  readonly invalidJson: Said<BadMessageSpec>;
  readonly missingField: Said<BadMessageSpec>;
  readonly malformed: Said<BadMessageSpec>;
  readonly oversized: Said<OversizedSpec>;
  /** Above it the connection is closed with 1009. */
  readonly frameLimitBytes: Said<number>;
  readonly security: SecuritySpec;
}
