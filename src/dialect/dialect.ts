/** What a protocol is to wsurge: how its words become bytes. One file for each; none knows a socket or a clock. */
import type { JsonObject, JsonValue, RequestSpec, StepSpec } from '../profile/profile.js';
import { jsonText, pathOf } from './json-text.js';
import type {
  Wire,
  WireBeat,
  WireCapture,
  WireKey,
  WireMatch,
  WireMembers,
  WirePath,
  WireRequest,
  WireRule,
  WireStep,
} from './wire.js';

export interface Dialect {
  readonly separator: Wire['separator'];
  /** Where replies have their number. */
  readonly key: WireKey;
  /** The heartbeat that a client owes by itself; null if it owes none. */
  readonly beat: WireBeat | null;
  /** Names of its rules about messages that nobody asked for. Where requests reach many, these may be deliveries. */
  readonly pushes?: readonly string[];
  /** What all replies look like: a user's `fails` is about these only. Absent: about anything. */
  readonly replies?: WireMatch;
  /** Said before a connection is closed; absent for nothing. */
  readonly bye?: string;
  /** Messages are bytes; absent: text. */
  readonly binary?: NonNullable<Wire['binary']>;
  /** What the protocol does before the user's first step. */
  opening(options: JsonObject): readonly WireStep[];
  /** What its frames mean that are no replies. They are asked after the user's own rules. */
  rules(options: JsonObject): readonly WireRule[];
  /** A step of the user: `to` and `send`, or `subscribe`. */
  step(step: StepSpec, options: JsonObject): WireStep;
  request(request: RequestSpec, options: JsonObject): WireRequest;
}

/** The parts of a step that a dialect decides. What is absent is as the user wrote it, or nothing. */
export interface StepParts {
  readonly send: string | null;
  /** What confirms the step where the user expects nothing; null: it is done when sent. */
  readonly confirm: WireMatch | null;
  /** Where in the confirmation the value is that the user's `expect` and `capture` speak of. */
  readonly at?: WirePath;
  readonly refusals?: WireStep['refusals'];
  /** Further captures, by absolute path. */
  readonly captures?: readonly WireCapture[];
}

/** Whether the user waits for something in a step. */
export function awaits({ expect, capture }: StepSpec): boolean {
  return expect !== undefined || Object.keys(capture).length > 0;
}

/** A user's step from its parts. */
export function stepOf(spec: StepSpec, { send, confirm, at = [], refusals = [], captures = [] }: StepParts): WireStep {
  return {
    name: spec.name ?? 'step',
    timed: spec.name !== null,
    send,
    expect: expected(spec.expect, confirm, at),
    refusals,
    captures: [...captures, ...capturesOf(spec.capture, at)],
    ...{ waitMs: spec.waitMs, repeat: spec.repeat, timeoutMs: spec.timeoutMs },
  };
}

/** A step of the protocol itself. */
export function ownStep(name: string, parts: Partial<Omit<WireStep, 'name' | 'timed'>>): WireStep {
  const nothing = { send: null, expect: null, refusals: [], captures: [], waitMs: 0, repeat: 1, timeoutMs: null };
  return { name, timed: false, ...nothing, ...parts };
}

/** What must come: `base`, and in it at `at` what the user expects. Null if neither asks for anything. */
export function expected(expect: JsonValue | undefined, base: WireMatch | null, at: WirePath = []): WireMatch | null {
  if (expect === undefined) return base;
  const text = textExpected(expect);
  if (text !== null) return { ...base, has: [...(base?.has ?? []), text] };
  return { ...base, json: { at, subset: jsonText(expect) } };
}

/** `{ text: '...' }`: a part of the text of the frame. */
function textExpected(expect: JsonValue): string | null {
  if (typeof expect !== 'object' || expect === null || Array.isArray(expect)) return null;
  const { text, ...others } = expect as JsonObject;
  return typeof text === 'string' && Object.keys(others).length === 0 ? text : null;
}

/** Captures of the user, whose paths begin at `at`. Paths were checked with the profile. */
export function capturesOf(capture: Readonly<Record<string, string>>, at: WirePath = []): WireCapture[] {
  return Object.entries(capture).map(([name, path]) => ({ name, path: [...at, ...(pathOf(path) ?? [])] }));
}

/** A match of members of the outermost object. */
export function members(of: WireMembers): WireMatch {
  return { members: of };
}

export function rule(name: string, means: WireRule['means'], match: WireMatch): WireRule {
  return { name, means, match, send: null };
}

export function duty(name: string, match: WireMatch, send: string): WireRule {
  return { name, means: 'duty', match, send };
}

/** A value of the user as JSON; what was not written is `fallback`. */
export function jsonOf(value: JsonValue | undefined, fallback: string): string {
  return value === undefined ? fallback : jsonText(value);
}
