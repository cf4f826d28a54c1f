/** What a server is held to, and who said so. For the report, which somebody may have to sign. */
import type { CheckSpec, SecuritySpec } from '../profile/check-spec.js';
import { formatCount, formatDuration } from '../units.js';
import { type Expectations, PROFILE_KEYS, type PromiseKey, type Protocol } from './expectations.js';
import type { Found } from './look/server-kind.js';

/**
 * `recognised`: servers of this protocol do it, or the first look found it. `default`: expected of every server. Null:
 * nobody said it.
 */
export type PromisedBy = 'profile' | 'recognised' | 'default' | null;

export interface ServerPromise {
  /** The key of the profile that says it, or would say it. */
  readonly key: string;
  /** In few words; '' if it is not promised. */
  readonly says: string;
  readonly by: PromisedBy;
}

/** Every promise that a profile can make, in the order of the profile's keys. */
export function promisesOf(
  spec: CheckSpec,
  expects: Expectations,
  protocol: Protocol,
  found: Found | null,
): ServerPromise[] {
  const otherwise: PromisedBy = protocol === 'bot' ? 'recognised' : 'default';
  const seen: PromisedBy = found === null ? otherwise : 'recognised';
  const promise = (key: string, value: unknown, isSaid: boolean, says = textOf(value)): ServerPromise => {
    if (value === null || value === false) return { key, says: '', by: null };
    return { key, says, by: isSaid ? 'profile' : key === 'reply.echo' || key === 'check.binary' ? seen : otherwise };
  };
  const keys = Object.keys(PROFILE_KEYS) as PromiseKey[];
  const functions = keys.map((key) =>
    promise(PROFILE_KEYS[key], expects[key], saidIn(spec, key), wordsOf(expects, key)),
  );
  const securityKeys = Object.keys(expects.security) as (keyof SecuritySpec)[];
  const security = securityKeys.map((key) => {
    return promise(`check.security.${key}`, expects.security[key], spec.security[key] !== null);
  });
  return [...functions, ...security];
}

/** The echo has no key of its own: it follows from the keys that say how a message or its reply looks. */
function saidIn(spec: CheckSpec, key: PromiseKey): boolean {
  if (key === 'echo') return spec.envelope !== null || spec.reply.saysEcho;
  return spec[key] !== null;
}

function wordsOf(expects: Expectations, key: PromiseKey): string {
  const { keepAliveMs, frameLimitBytes, echo } = expects;
  if (key === 'keepAliveMs' && keepAliveMs !== null) return `a ping every ${formatDuration(keepAliveMs)}`;
  if (key === 'frameLimitBytes' && frameLimitBytes !== null) return `1009 above ${formatCount(frameLimitBytes)} bytes`;
  if (key === 'binary' && expects.binary !== null) return 'a binary message comes back';
  if (key === 'echo' && echo !== null) {
    return echo.envelope === null ? 'a text comes back' : `the content of ${echo.envelope} comes back`;
  }
  return textOf(expects[key]);
}

/** `send: {"type":"close"}, codes: 1001, 1003`. */
function textOf(value: unknown): string {
  if (value === true) return 'yes';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  const parts = Object.entries(value).filter(([, part]) => part !== null);
  return parts.map(([name, part]) => `${name}: ${textOf(part)}`).join(', ');
}
