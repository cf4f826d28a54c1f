import type { z } from 'zod';
import { suggest } from './did-you-mean.js';
import type { Path } from './document.js';
import { type Finding, startsWith, valueAt } from './problem-list.js';
import { PROTOCOLS } from './protocols.js';
import { PROFILE_SCHEMA, type ProfileInput } from './schema.js';

type Issue = z.core.$ZodIssue;

/** The parts of a profile that the schema could read, and the paths that it could not (`broken`). */
export interface Reading {
  /** Null if not even the outline is right. */
  readonly input: ProfileInput | null;
  readonly findings: readonly Finding[];
  readonly broken: readonly Path[];
}

const ROUNDS_MAX = 10;
/** The hint for a number in place of a text. */
const IN_QUOTES = 'put it in quotes';

/**
 * Reads a raw profile through the schema. Reports what is wrong, cuts it out and reads the rest again, so that the
 * rules across keys are checked in the same pass.
 */
export function readThroughSchema(raw: unknown): Reading {
  const first = PROFILE_SCHEMA.safeParse(raw);
  if (first.success) return { input: first.data, findings: [], broken: [] };
  const issues = first.error.issues.flatMap((issue) => flatten(issue, []));
  const findings = issues.flatMap((issue) => findingsOf(issue, raw));
  const broken: Path[] = [];
  const rest: unknown = structuredClone(raw);
  let issuesLeft = issues;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const cutBefore = broken.length;
    for (const issue of issuesLeft) {
      const gone = broken.slice(cutBefore).some((cut) => startsWith(issue.path as Path, cut));
      if (!gone && !cutOut(rest, issue, broken)) return { input: null, findings, broken };
    }
    const again = PROFILE_SCHEMA.safeParse(rest);
    if (again.success) return { input: again.data, findings, broken };
    issuesLeft = again.error.issues.flatMap((issue) => flatten(issue, []));
  }
  return { input: null, findings, broken };
}

/** The issues of the one form of a union that the user meant. Paths start at the root. */
function flatten(issue: Issue, base: Path): Issue[] {
  const path = [...base, ...issue.path] as (string | number)[];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const branches = issue.errors.map((errors) => errors.flatMap((error) => flatten(error, [])));
  const meant = branches.filter((errors) => !errors.some(isWrongType));
  const chosen = [...(meant.length > 0 ? meant : branches.slice(0, 1))].sort((a, b) => a.length - b.length)[0] ?? [];
  return chosen.map((error) => ({ ...error, path: [...path, ...error.path] }));
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'custom' && issue.params?.['wrongType'] === true);
}

function findingsOf(issue: Issue, raw: unknown): Finding[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(path, raw) ?? issue.message.split(' ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: 'unknown key',
      hint: LATER[key] ?? (isMessagePack(valueAt(raw, [...path, key])) ? JSON_HUB : suggest(key, known)),
    }));
  }
  if (valueAt(raw, path) === undefined && path.length > 0) return [{ path, at: 'key', message: 'is missing' }];
  const { message, hint } = wording(issue);
  const says = hint !== undefined && hint !== IN_QUOTES;
  if (valueAt(raw, path) === null && message !== 'is not a mapping' && !says)
    return [{ path, message, hint: 'give it a value, or remove the key' }];
  return [
    { path, message, hint: hint ?? (message === 'is not a mapping' ? AS_MAPPING[path.at(-1) ?? ''] : undefined) },
  ];
}

/** The keys of a mapping where they depend on what it says: a protocol has its own options. Null elsewhere. */
function knownAt(path: Path, raw: unknown): string[] | null {
  if (path.length !== 1 || path[0] !== 'protocol') return null;
  const name = valueAt(raw, ['protocol', 'name']);
  const facts = Object.entries(PROTOCOLS).find(([known]) => known === name)?.[1];
  if (facts === undefined) return null;
  return ['name', ...(facts.beats === null ? [] : ['beat']), ...facts.options];
}

function isMessagePack(value: unknown): boolean {
  return typeof value === 'string' && /^(message|msg)-?pack$/i.test(value);
}

const COMPRESSION = 'compression is never asked for: wsurge speaks uncompressed WebSocket';
const JSON_HUB = 'only the JSON hub protocol of SignalR is spoken, not MessagePack';

/** Keys that people look for and that do not exist. */
const LATER: Readonly<Record<string, string>> = {
  delivers: 'it belongs to a rule: when: [{ has: ..., delivers: NAME }]',
  reaches: 'it belongs to a request: requests: [{ name: ..., send: ..., reaches: room }]',
  before: 'log in ahead of the run and give the tokens as data: {{data.token}}',
  ...{ compression: COMPRESSION, perMessageDeflate: COMPRESSION, permessageDeflate: COMPRESSION },
  ...{ transports: 'only WebSocket is spoken, no polling', polling: 'only WebSocket is spoken, no polling' },
  ...{ messagepack: JSON_HUB, msgpack: JSON_HUB, hubProtocol: JSON_HUB, encoding: JSON_HUB },
};

/** Examples for keys that need a mapping. They do not repeat the user's value, which may be a secret. */
const AS_MAPPING: Readonly<Record<string, string>> = {
  target: 'write it like target: { url: ws://127.0.0.1:9001/ }, or { embedded: auto }',
  message: 'write it like message: { size: 64 }, or { template: ... }',
  reply: 'write it like reply: { match: order, timeout: 5s }',
  sweep: 'write it like sweep: { connections: [1, 10, 100] }',
  thresholds: 'write it like thresholds: { ws_response_time: p(95)<50 }',
  check: 'write it like check: { protocol: echo }',
  capture: 'write it like capture: { user: $.user.id }',
  tls: 'write it like tls: { insecure: true }',
  labels: 'write it like labels: { build: 42 }',
  headers: 'write it like headers: { authorization: Bearer x }',
};

function wording(issue: Issue): { message: string; hint?: string | undefined } {
  switch (issue.code) {
    case 'custom':
      return { message: issue.message, hint: issue.params?.['hint'] as string | undefined };
    case 'too_small':
      return { message: issue.minimum === 1 ? 'must not be empty' : `needs at least ${issue.minimum} entries` };
    case 'too_big':
      return { message: `has more than ${issue.maximum} entries` };
    case 'invalid_type':
      return {
        message: issue.expected === 'array' || issue.expected === 'tuple' ? 'is not a list' : 'is not a mapping',
      };
    default:
      return { message: issue.message };
  }
}

/** Removes the cause of an issue from the raw profile. False if nothing useful would be left. */
function cutOut(root: unknown, issue: Issue, broken: Path[]): boolean {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(root, path) as Record<string, unknown> | undefined;
    if (holder !== undefined) for (const key of issue.keys) delete holder[key];
    return true;
  }
  let cut = path;
  if (startsWith(path, ['load']) && path.length <= 2) return replaceLoad(root, path, broken);
  while (cut.length > 0 && (typeof cut[cut.length - 1] === 'number' || valueAt(root, cut) === undefined)) {
    cut = cut.slice(0, -1);
    if (cut.length <= 2 && cut[0] === 'load') return replaceLoad(root, cut, broken);
  }
  if (cut.length === 0) return false;
  broken.push(cut);
  const holder = valueAt(root, cut.slice(0, -1)) as Record<string | number, unknown>;
  delete holder[cut[cut.length - 1]!];
  return true;
}

/** A load that cannot be read is replaced by an empty one, so that the others keep their position. */
function replaceLoad(root: unknown, path: Path, broken: Path[]): boolean {
  if (typeof root !== 'object' || root === null) return false;
  broken.push(path);
  const profile = root as { load?: unknown };
  if (path.length === 2 && Array.isArray(profile.load)) profile.load[path[1] as number] = {};
  else profile.load = [{}];
  return true;
}
