import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { messageOf, type Problem, profileError } from '../errors.js';
import { DEFAULT_ACCURACY } from './accuracy.js';
import { parseRows, type Rows } from './data-rows.js';
import { suggest } from './did-you-mean.js';
import { type Path, readDocument, type SourceDocument } from './document.js';
import { bytesOf, type FileContent, type ReadFile, textOf } from './file-text.js';
import { type Env, interpolate, type Secrets } from './interpolate.js';
import { readThroughSchema } from './issues.js';
import { applyOverrides, type Overridden, type Override } from './overrides.js';
import { type Finding, type Origin, ProblemList, quoted, startsWith, valueAt } from './problem-list.js';
import type { ParsedProfile, Profile } from './profile.js';
import type { Resolution } from './resolution.js';
import { resolveLocalAddresses } from './resolve-addresses.js';
import { resolveCheck } from './resolve-check.js';
import { restartable } from './resolve-churn.js';
import { resolveLoads } from './resolve-load.js';
import { resolveProtocol, targetFor } from './resolve-protocol.js';
import { resolveTarget } from './resolve-target.js';
import { resolveThresholds } from './resolve-thresholds.js';
import type { ProfileInput } from './schema.js';
import { judgeSecrets, judgeTalkNames, secretsOf } from './secrets.js';

/** The largest message that the target may send. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** What the user wrote: the text of a profile file, or the same structure built from flags. */
export type ProfileSource =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'flags';
      readonly value: Record<string, unknown>;
      /** What a problem is said to be in. Default: the command line. */
      readonly where?: string;
    };

export interface ParseContext {
  readonly env: Env;
  /** Reads a file. Throws if it cannot. Paths in a profile are relative to the profile's folder. */
  readonly readText: ReadFile;
  /** Changes from flags and the environment. A later one overrides an earlier one. */
  readonly overrides?: readonly Override[];
  /** Problems found earlier, to be reported together with those of the profile. */
  readonly problems?: readonly Problem[];
  /** The loads to use if the profile has none. Without them a profile must have loads. */
  readonly load?: readonly object[];
  /** Loads or cells named outside the profile (`--only`). They must exist. */
  readonly mentions?: readonly { readonly origin: string; readonly name: string }[];
}

/** Reads, checks and completes a profile. Throws one `profileError` that lists every problem. */
export function parseProfile(source: ProfileSource, context: ParseContext): ParsedProfile {
  const where = source.kind === 'file' ? source.path : (source.where ?? 'command line');
  const document: SourceDocument =
    source.kind === 'file' ? readDocument(where, source.text) : flagsDocument(source.value);
  const earlier = [...(context.problems ?? []), ...document.problems];
  if (document.value === undefined) throw profileError(earlier);

  const problems = new ProblemList();
  const raw: unknown = structuredClone(document.value);
  const isMapping = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  if (isMapping && context.load !== undefined && !Object.hasOwn(raw, 'load')) {
    Object.assign(raw, { load: structuredClone(context.load) });
  }
  const overridden = isMapping ? applyOverrides(raw as Record<string, unknown>, context.overrides ?? [], problems) : [];
  const originAt = (path: Path) => overridden.filter((entry) => startsWith(path, entry.path)).pop();
  const pathOf = (file: string, at: Path): string => {
    const beside = source.kind === 'file' && originAt(at) === undefined && !isAbsolute(file);
    return beside ? join(dirname(source.path), file) : file;
  };
  const read = (file: string, at: Path): FileContent => context.readText(pathOf(file, at));

  const secrets: Secrets = { used: new Set(), named: new Set() };
  const filled = interpolate(raw, { env: context.env, read: (file, at) => textOf(read(file, at)) }, problems, secrets);
  const reading = readThroughSchema(filled);
  for (const finding of reading.findings) problems.rule(finding);
  for (const path of reading.broken) problems.markBroken(path);
  const name = source.kind === 'file' ? basename(source.path, extname(source.path)) : 'run';
  const profile =
    reading.input === null
      ? null
      : resolve(reading.input, name, { problems, secrets: secrets.used, env: context.env, read, pathOf });
  if (profile !== null) judgeSecrets(profile, valueAt(raw, ['target', 'url']), secrets, problems);
  if (reading.input !== null) judgeTalkNames(reading.input, secrets, problems);
  const strayed = profile === null || problems.isBroken(['load']) ? [] : strayMentions(profile, context.mentions ?? []);

  const found = problems.toProblems(raw, (finding) => place(finding, where, document, source, originAt), [
    ...secrets.used,
    ...secrets.named,
  ]);
  const all = [...earlier, ...found, ...strayed].sort(byPlace);
  if (all.length > 0 || profile === null) throw profileError(atMost(all, PROBLEMS_MAX, where));
  return deepFreeze({ profile, secrets: secretsOf(profile, secrets) });
}

const PROBLEMS_MAX = 100;

/** Problems of flags first, then those of the file from top to bottom. */
function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function atMost(problems: readonly Problem[], limit: number, where: string): readonly Problem[] {
  if (problems.length <= limit) return problems;
  return [...problems.slice(0, limit), { where, message: `and ${problems.length - limit} more problems` }];
}

function flagsDocument(value: Record<string, unknown>): SourceDocument {
  return { value, problems: [], locate: () => ({ line: 1, column: 1 }) };
}

/** The place of a problem: the flag that set the value, or a line and column of the file. */
function place(
  finding: Finding,
  where: string,
  document: SourceDocument,
  source: ProfileSource,
  originAt: (path: Path) => Overridden | undefined,
): Origin {
  const override = originAt(finding.path);
  if (override !== undefined) return { where: override.origin, covers: override.path.length };
  if (source.kind === 'flags') return { where, covers: 0 };
  return { where, ...document.locate(finding.path, finding.at ?? 'value'), covers: 0 };
}

interface ResolveTools {
  readonly problems: ProblemList;
  readonly secrets: Set<string>;
  readonly env: Env;
  readonly read: (file: string, at: Path) => FileContent;
  readonly pathOf: (file: string, at: Path) => string;
}

function resolve(input: ProfileInput, defaultName: string, tools: ResolveTools): Profile {
  const { problems, secrets, env, read, pathOf } = tools;
  const reading =
    <T>(read: (file: string, at: Path) => T) =>
    (file: string, at: Path): T | null => {
      try {
        return read(file, at);
      } catch (error) {
        problems.rule({ path: at, at: 'key', message: `cannot read ${quoted(file)}`, hint: messageOf(error) });
        return null;
      }
    };
  const readFile = reading((file, at) => textOf(read(file, at)));
  const written = typeof input.data === 'string' ? { file: input.data } : input.data;
  const data = readRows(written?.file, readFile, problems);
  const resolution: Resolution = {
    env,
    problems,
    secrets,
    columns: data === null ? null : Object.keys(data[0] ?? {}),
    rows: data ?? [],
    ...{ readFile, pathOf },
    readBytes: reading((file, at) => bytesOf(read(file, at))),
  };
  const protocol = resolveProtocol(input, resolution);
  const load = resolveLoads(input, protocol, resolution);
  return {
    name: input.name ?? defaultName,
    target: restartable(targetFor(protocol.name, resolveTarget(input.target, resolution), resolution), load),
    ...{ protocol, load },
    thresholds: resolveThresholds(input.thresholds, load, resolution),
    check: resolveCheck(input.check, input.reply, resolution),
    pacing: input.pacing ?? 'auto',
    workers: input.workers ?? 'auto',
    instrumentCheck: input.instrumentCheck ?? true,
    accuracy: input.accuracy ?? DEFAULT_ACCURACY,
    idleMemory: input.idleMemory ?? 'auto',
    receive: {
      largestBytes: input.receive?.largest ?? LARGEST_BYTES,
      unfinishedBytes: input.receive?.unfinished ?? null,
    },
    seed: input.seed ?? 1,
    labels: input.labels ?? {},
    localAddresses: resolveLocalAddresses(input.localAddresses ?? [], problems),
    data: data ?? [],
    dataReuse: written?.reuse ?? 'cycle',
  };
}

/** The data rows. Empty if the profile names no file; null if they cannot be read. */
function readRows(file: string | undefined, readFile: Resolution['readFile'], problems: ProblemList): Rows | null {
  if (file === undefined) return problems.isBroken(['data']) ? null : [];
  const text = readFile(file, ['data']);
  if (text === null) return null;
  try {
    return parseRows(file, text);
  } catch (error) {
    problems.rule({ path: ['data'], message: messageOf(error) });
    return null;
  }
}

function strayMentions(profile: Profile, mentions: NonNullable<ParseContext['mentions']>): Problem[] {
  const names = profile.load.map((load) => load.name);
  return mentions
    .filter(({ name }) => !names.includes(name.split('/')[0]!))
    .map(({ origin, name }) => ({
      where: origin,
      message: `there is no load or cell ${quoted(name)}`,
      hint: suggest(name.split('/')[0]!, names),
    }));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
