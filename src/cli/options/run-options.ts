import { type BareUrl, looksLikeUrl, profileSource } from '../../app/profile-source.js';
import type { MeasureSettings, RunTask } from '../../app/tasks.js';
import type { PrecisionGoal } from '../../campaign/until-precise.js';
import { type Problem, profileError } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Env } from '../../profile/interpolate.js';
import type { Override } from '../../profile/overrides.js';
import type { ProfileSource } from '../../profile/parse.js';
import { quoted } from '../../profile/problem-list.js';
import type { Scalar } from '../../profile/scalars.js';
import { SETTINGS } from '../../profile/settings.js';
import { FORMATS, type FormatName, formatsOf, USUAL_FORMATS } from '../../report/format-names.js';
import { parseDurationMs } from '../../units.js';
import type { CommandSpec } from '../flags/flag.js';
import { RUN, RUN_FLAGS, type RunFlag, type RunFlagName, runFlag } from '../flags/run.js';
import { type FlagValues, type Given, needlessNote, readFlags } from './flag-values.js';
import { fleetAsked } from './fleet-options.js';

/** How a run behaves, where its output goes, and how it is shown. Nothing here changes the load. */
export interface RunSettings extends MeasureSettings {
  /** Ports to serve on during the run; 0 takes a free one, null serves nothing. */
  readonly prometheus: number | null;
  readonly dashboard: number | null;
  /** The file that is told what happens; `-` for stdout, null for none. */
  readonly events: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly dryRun: boolean;
  readonly wide: boolean;
  /** A remark about flags that change nothing in `run`; null for none. */
  readonly note: string | null;
}

/** What the command line asks for. */
export interface RunCommand extends RunTask {
  readonly settings: RunSettings;
}

/** What a command line says of a run, before any profile is read. Its problems are those of `values`. */
export interface GivenRun {
  readonly values: FlagValues<RunFlagName>;
  readonly settings: RunSettings;
  /** Null where none is named, or none could be read; the latter is among the problems. */
  readonly source: ProfileSource | BareUrl | null;
  readonly overrides: readonly Override[];
  /** Changes that the command itself makes to the profile, after all flags. */
  readonly changes: readonly Override[];
}

/**
 * Reads the flags and `WSURGE_*`. `readText` reads a file relative to the working folder and throws where it cannot.
 * `spec`: the command whose flags these are, `run`'s among them.
 */
export function givenRun(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
  spec: CommandSpec<RunFlagName> = RUN,
  changes: readonly Override[] = [],
): GivenRun {
  const values = readFlags(spec, argv, env);
  const named = values.word('profile');
  const isUrl = named !== null && looksLikeUrl(named);
  const overrides = gatherOverrides(values, RUN_FLAGS, named !== null && !isUrl);
  const settings = gatherSettings(values, env);
  const source: GivenRun['source'] = isUrl
    ? { kind: 'url', url: named }
    : named === null
      ? null
      : readProfileFile(named, readText, values);
  return { values, settings, source, overrides, changes };
}

/**
 * The profile and settings that a command line asks for. Precedence: flags, then `WSURGE_*`, then the profile, then
 * defaults. Throws one `profileError` with every problem of flags and environment; where there is none, with every
 * problem of the profile.
 */
export async function toProfile(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
): Promise<RunCommand> {
  const given = givenRun(argv, env, readText);
  if (given.values.word('profile') === null) {
    const hint = 'e.g. wsurge run report, or wsurge run ws://127.0.0.1:9001/';
    given.values.refuse('wsurge run', 'needs a profile or a URL', hint);
  }
  return await readRunCommand(given, env, readText);
}

/**
 * Reads the profile of `given`. Throws one `profileError`; if a flag is wrong, before it loads the code that reads
 * profiles.
 */
export async function readRunCommand(given: GivenRun, env: Env, readText: ReadFile): Promise<RunCommand> {
  const { values, settings, source, overrides, changes } = given;
  if (source === null || values.problems.length > 0) throw profileError(values.problems);
  const { parseWithFlags } = await import('./parse-with-flags.js');
  const mentions = values.list('only').map(({ value, origin }) => ({ name: value, origin }));
  const changed = { overrides, sets: values.list('set'), changes };
  return { parsed: parseWithFlags(source, changed, { env, readText, mentions }), settings };
}

/** The text of the profile that is named; null after noting why it cannot be read. */
export function readProfileFile<Name extends string>(
  path: string,
  readText: ReadFile,
  values: FlagValues<Name>,
): ProfileSource | null {
  const found = profileSource(path, readText);
  if ('kind' in found) return found;
  values.problems.push(found);
  return null;
}

function gatherSettings(values: FlagValues<RunFlagName>, env: Env): RunSettings {
  // The defaults are those of `run`: a command that refuses a switch behaves as if the switch were not given.
  const on = (name: RunFlagName) => values.switch(name)?.value ?? runFlag(name).default === 'on';
  // Read once: a wrong value of a variable is one problem.
  const json = on('json');
  return {
    outputDir: values.text('output')?.value ?? 'results',
    formats: formatsAsked(values),
    prometheus: values.port('prometheus'),
    dashboard: values.port('dashboard'),
    events: eventsAsked(values, json),
    json,
    quiet: on('quiet'),
    progress: on('progress'),
    dryRun: on('dry-run'),
    wide: on('wide'),
    strict: on('strict'),
    note: needlessNote(values, ['lenient'], 'bounds decide, and DEGRADED passes'),
    defaultGates: on('default-gates'),
    untilPrecise: readGoal(values),
    nullTwin: on('null-twin'),
    only: values.list('only').map(({ value }) => value),
    allowTargets: values.list('allow-target').map(({ value }) => value),
    fleet: fleetAsked(values, env),
  };
}

/** `-` is stdout, which holds one thing only. */
function eventsAsked(values: FlagValues<RunFlagName>, json: boolean): string | null {
  const given = values.text('events');
  if (given?.value === '-' && json) {
    values.refuse(
      given.origin,
      'and --json both want stdout',
      'name a file for the events, e.g. --events events.ndjson',
    );
  }
  return given?.value ?? null;
}

const MAX_DURATION_MS = 300_000;

/** `p99:5%`, up to `--max-duration`. */
function readGoal(values: FlagValues<RunFlagName>): PrecisionGoal | null {
  const goal = values.text('until-ci');
  const longest = values.text('max-duration');
  const maxDurationMs = longest === null ? MAX_DURATION_MS : parseDurationMs(longest.value);
  if (maxDurationMs === null || maxDurationMs <= 0) {
    values.refuse(longest!.origin, `${quoted(longest!.value)} is no duration`, 'write it like 2m');
  }
  if (goal === null) {
    if (longest !== null) values.refuse(longest.origin, 'needs --until-ci', 'e.g. --until-ci p99:5%');
    return null;
  }
  const [, quantile, percent] = /^(p50|p95|p99):(\d+(?:\.\d+)?)%$/.exec(goal.value) ?? [];
  if (quantile === undefined || !(Number(percent) > 0 && Number(percent) < 100)) {
    values.refuse(goal.origin, `${quoted(goal.value)} is no goal`, 'write it like p99:5%, for p50, p95 or p99');
    return null;
  }
  return {
    quantile: quantile as PrecisionGoal['quantile'],
    share: Number(percent) / 100,
    maxDurationMs: maxDurationMs ?? 0,
  };
}

/** The formats that every run writes, and those that `--format` adds. */
function formatsAsked(values: FlagValues<RunFlagName>): FormatName[] {
  const given = values.text('format');
  const { formats, unknown } = formatsOf(given?.value);
  for (const name of unknown) {
    values.refuse(given!.origin, `there is no format ${quoted(name)}`, suggest(name, FORMATS));
  }
  return [...new Set([...USUAL_FORMATS, ...(formats ?? [])])];
}

/** Switches that change the profile. */
const SWITCHES = [
  ['insecure', SETTINGS.insecure],
  ['follow-redirects', SETTINGS.followRedirects],
  ['instrument-check', SETTINGS.instrumentCheck],
  ['idle-memory', SETTINGS.idleMemory],
] as const;

/**
 * What the flags of a command change in the profile, `--set` aside. A value that its flag cannot have becomes a
 * problem. `hasProfile`: a profile is named, which has loads of its own.
 */
export function gatherOverrides(
  values: FlagValues,
  flags: Readonly<Record<string, RunFlag>>,
  hasProfile: boolean,
): Override[] {
  const overrides: Override[] = [];
  for (const [name, { type, belongs, loadKey, apply, scalar }] of Object.entries(flags)) {
    if (type !== 'text' || apply === undefined) continue;
    const given = values.text(name);
    if (given === null) continue;
    if (!isRight(given, scalar, values)) continue;
    if (belongs === 'load' && hasProfile) overrides.push({ kind: 'unnamedLoad', key: loadKey!, ...given });
    else overrides.push(apply(given.value, given.origin));
  }
  for (const [name, change] of SWITCHES) {
    const given = values.switch(name);
    if (given !== null) overrides.push(change(given.value, given.origin));
  }
  const subprotocols = values.list('subprotocol');
  if (subprotocols.length > 0) {
    const value = subprotocols.map((given) => given.value);
    overrides.push(SETTINGS.subprotocols(value, subprotocols[0]!.origin));
  }
  for (const given of values.list('header')) pushIfRead(overrides, readHeader(given), values);
  for (const given of values.list('label')) pushIfRead(overrides, readLabel(given), values);
  for (const given of values.list('threshold')) pushIfRead(overrides, readThreshold(given), values);
  return overrides;
}

/** False after noting what is wrong with a value. A value with `${...}` is judged later, once that is filled in. */
function isRight({ value, origin }: Given<string>, scalar: Scalar<unknown> | undefined, values: FlagValues): boolean {
  if (scalar === undefined || value.includes('${')) return true;
  const reading = scalar.read(value);
  if ('value' in reading) return true;
  values.refuse(origin, `${quoted(value)} ${reading.refused}`, reading.hint);
  return false;
}

function pushIfRead(overrides: Override[], read: Override | Problem, values: FlagValues): void {
  if ('kind' in read) overrides.push(read);
  else values.problems.push(read);
}

function readHeader({ value, origin }: Given<string>): Override | Problem {
  const [, name, text] = /^\s*([^:]*?)\s*:\s*(.*)$/s.exec(value) ?? [];
  // The value may be a secret: it is not repeated.
  if (!name) return { where: origin, message: 'is not a header', hint: "write it like -H 'Name: value'" };
  return { kind: 'header', name, value: text, origin: `${origin} ${quoted(name)}` };
}

function readLabel({ value, origin }: Given<string>): Override | Problem {
  const at = value.indexOf('=');
  if (at < 1)
    return { where: origin, message: `${quoted(value)} is not a label`, hint: 'write it like --label build=42' };
  return { kind: 'set', path: ['labels', value.slice(0, at).trim()], value: value.slice(at + 1), origin };
}

function readThreshold({ value, origin }: Given<string>): Override | Problem {
  const [, metric, expression] = /^\s*(\w+\s*(?:\{[^{}]*\})?)\s*:\s*(.*?)\s*$/s.exec(value) ?? [];
  if (metric === undefined || !expression) {
    return {
      where: origin,
      message: `${quoted(value)} is not a threshold`,
      hint: "write it like --threshold 'ws_response_time: p(95)<50'",
    };
  }
  return { kind: 'threshold', metric: metric.trim(), value: expression, origin: `${origin} ${metric.trim()}` };
}
