import type { Argv } from 'yargs';
import type { PrecisionGoal } from '../campaign/until-precise.js';
import { codeOf, messageOf, type Problem } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { readDocument } from '../profile/document.js';
import { NotText, type ReadFile, textOf } from '../profile/file-text.js';
import type { Env } from '../profile/interpolate.js';
import type { Override } from '../profile/overrides.js';
import { type ProfileSource, parseProfile } from '../profile/parse.js';
import { quoted } from '../profile/problem-list.js';
import type { ParsedProfile } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import { FORMATS, type FormatName, formatsOf, USUAL_FORMATS } from '../report/formats.js';
import { parseDurationMs } from '../units.js';
import { type CommandFlags, FlagValues, type Given } from './flag-values.js';
import { RUN_FLAG_NAMES, RUN_FLAGS, type RunFlag, type RunFlagName, runFlag } from './run-flags.js';

/** The command as yargs wants it; `profile` is a path or a URL. */
export const RUN_COMMAND = 'run [profile]';

/** How the run behaves and where its output goes: nothing that changes the load. */
export interface RunSettings {
  /** Folder that gets one folder per run. */
  readonly outputDir: string;
  /** Of the reports to write beside result.json. */
  readonly formats: readonly FormatName[];
  /** Ports to serve on while it runs; 0 takes a free one, null serves nothing. */
  readonly prometheus: number | null;
  readonly dashboard: number | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly dryRun: boolean;
  readonly wide: boolean;
  readonly strict: boolean;
  readonly defaultGates: boolean;
  /** Loads or cells to run; empty means all. */
  readonly only: readonly string[];
  /** Go on with each cell until this is reached; null measures each for its planned time. */
  readonly untilPrecise: PrecisionGoal | null;
  /** Run each cell again, right after itself, against an echo that does nothing else. */
  readonly nullTwin: boolean;
  /** Public hosts the user allows heavy load on. */
  readonly allowTargets: readonly string[];
}

export interface RunRequest {
  readonly parsed: ParsedProfile;
  readonly settings: RunSettings;
}

/**
 * Declares the flags of `run`. All values stay text, so that yargs neither guesses (`-c abc` as NaN) nor complains: what
 * is wrong, unknown flags included, is found by `toProfile`, all at once.
 */
export function runOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.parserConfiguration({ 'dot-notation': false, 'parse-positional-numbers': false });
  yargs
    .strict(false)
    .positional('profile', { type: 'string', describe: 'Profile (.yaml, .json) or ws://, wss://, ws+unix: URL' });
  for (const name of RUN_FLAG_NAMES) {
    const { alias, type, describe } = runFlag(name);
    const option = { type: type === 'switch' ? ('boolean' as const) : ('string' as const), describe };
    yargs.option(name, alias === undefined ? option : { ...option, alias });
  }
  return yargs;
}

/**
 * The profile and settings that a command line asks for. Precedence: flags, then `WSURGE_*`, then the profile, then
 * defaults. `readText` reads a file relative to the working folder and throws where it cannot. Throws one `profileError`
 * with every problem of flags, environment and profile. `known`: the command whose flags these are. `changes`: what the
 * command itself changes about the profile, after all flags.
 */
export function toProfile(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
  known: CommandFlags<RunFlagName> = RUN,
  changes: readonly Override[] = [],
): RunRequest {
  const values = new FlagValues(argv, env, known);
  const named = values.positional();
  const isUrl = named !== null && looksLikeUrl(named);
  const overrides = [...gatherOverrides(values, RUN_FLAGS, isUrl), ...changes];
  const settings = gatherSettings(values);
  const source = isUrl ? bareRun(named, overrides) : readProfile(named, readText, values, known);
  const mentions = values.list('only').map(({ value, origin }) => ({ name: value, origin }));
  // The flags are judged even where there is no profile to judge them with.
  const parsed = parseProfile(source ?? PLACEHOLDER, {
    env,
    readText,
    overrides,
    problems: values.problems,
    mentions: source ? mentions : [],
  });
  return { parsed, settings };
}

const RUN: CommandFlags<RunFlagName> = { command: 'run', flags: RUN_FLAGS };

const PLACEHOLDER: ProfileSource = { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } };

export function looksLikeUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^ws\+unix:/i.test(text);
}

function readProfile(
  path: string | null,
  readText: ReadFile,
  values: FlagValues<RunFlagName>,
  { command }: CommandFlags<RunFlagName>,
): ProfileSource | null {
  if (path === null) {
    const own = command === 'run' ? '' : ' ...';
    values.refuse(
      `wsurge ${command}`,
      'needs a profile or a URL',
      `e.g. wsurge ${command}${own} profiles/report.yaml, or wsurge ${command}${own} ws://127.0.0.1:9001/`,
    );
    return null;
  }
  return readProfileFile(path, readText, values);
}

/** The profile's text; null after noting why it cannot be read. */
export function readProfileFile<Name extends string>(
  path: string,
  readText: ReadFile,
  values: FlagValues<Name>,
): ProfileSource | null {
  try {
    return { kind: 'file', path, text: textOf(readText(path)) };
  } catch (error) {
    // What was meant as a URL may hold a secret.
    values.refuse(
      redactUrl(path),
      `cannot be read (${codeOf(error) ?? messageOf(error)})`,
      error instanceof NotText
        ? 'a profile is text in UTF-8'
        : 'give the path of a profile, or a URL that starts with ws:// or wss://',
    );
    return null;
  }
}

/** `run <url>` without a profile: 10 connections, 100 messages per second in total, unless flags say otherwise. */
function bareRun(url: string, overrides: Override[]): ProfileSource {
  const given = (key: string) =>
    overrides.find((override) => {
      if (override.kind !== 'set') return false;
      const [list, entry, ...rest] = override.path;
      return list === 'load' && (entry === '0' || entry === 'load') && rest.join('.') === key;
    })?.value;
  const says = (axis: string) => given(axis) !== undefined || given(`sweep.${axis}`) !== undefined;
  const model = given('model') ?? 'open';
  const paced = says('rate') || says('ratePerConnection') || model === 'closed' || model === 'listen';
  overrides.unshift({ kind: 'target', value: url, origin: 'URL' });
  const load = {
    name: 'load',
    ...(says('connections') ? {} : { connections: 10 }),
    ...(paced ? {} : { rate: '100/s' }),
  };
  return { kind: 'flags', value: { load: [load] } };
}

function gatherSettings(values: FlagValues<RunFlagName>): RunSettings {
  const on = (name: RunFlagName, otherwise: boolean) => values.switch(name)?.value ?? otherwise;
  return {
    outputDir: values.text('output')?.value ?? 'results',
    formats: formatsAsked(values),
    prometheus: values.port('prometheus'),
    dashboard: values.port('dashboard'),
    json: on('json', false),
    quiet: on('quiet', false),
    progress: on('progress', true),
    dryRun: on('dry-run', false),
    wide: on('wide', false),
    strict: on('strict', false),
    defaultGates: on('default-gates', true),
    untilPrecise: readGoal(values),
    nullTwin: on('null-twin', false),
    only: values.list('only').map(({ value }) => value),
    allowTargets: values.list('allow-target').map(({ value }) => value),
  };
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

/** What every run writes, and what `--format` adds to it. */
function formatsAsked(values: FlagValues<RunFlagName>): FormatName[] {
  const given = values.text('format');
  const { formats, unknown } = formatsOf(given?.value);
  for (const name of unknown) {
    values.refuse(given!.origin, `there is no format ${quoted(name)}`, suggest(name, FORMATS));
  }
  return [...new Set([...USUAL_FORMATS, ...(formats ?? [])])];
}

/** What the flags of a command change in the profile. `isUrl`: there is no profile file. */
export function gatherOverrides(
  values: FlagValues,
  flags: Readonly<Record<string, RunFlag>>,
  isUrl: boolean,
): Override[] {
  const overrides: Override[] = [];
  for (const [name, { type, belongs, loadKey, apply }] of Object.entries(flags)) {
    if (type !== 'text' || apply === undefined) continue;
    const given = values.text(name);
    if (given === null) continue;
    if (belongs === 'load' && !isUrl) {
      const hint = `set the load you mean, e.g. --set load.NAME.${loadKey}=${given.value.slice(0, 40)}`;
      values.refuse(
        given.origin,
        'says what a run without a profile does; with a profile it could mean any load',
        hint,
      );
    } else overrides.push(apply(given.value, given.origin));
  }
  const insecure = values.switch('insecure');
  if (insecure !== null) overrides.push({ kind: 'set', path: ['target', 'tls', 'insecure'], ...insecure });
  const check = values.switch('instrument-check');
  if (check !== null) overrides.push({ kind: 'set', path: ['instrumentCheck'], ...check });
  const subprotocols = values.list('subprotocol');
  if (subprotocols.length > 0) {
    const value = subprotocols.map((given) => given.value);
    overrides.push({ kind: 'set', path: ['target', 'subprotocols'], value, origin: subprotocols[0]!.origin });
  }
  for (const given of values.list('header')) pushIfRead(overrides, readHeader(given), values);
  for (const given of values.list('label')) pushIfRead(overrides, readLabel(given), values);
  for (const given of values.list('threshold')) pushIfRead(overrides, readThreshold(given), values);
  for (const given of values.list('set')) pushIfRead(overrides, readSet(given), values);
  return overrides;
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

function readSet({ value, origin }: Given<string>): Override | Problem {
  // An equals sign inside a selector's braces is not the one that ends the path.
  const [whole] = /^(?:[^={]|\{[^{}]*\})*/.exec(value)!;
  const path = whole.trim();
  if (path === '' || value[whole.length] !== '=') {
    return {
      where: origin,
      message: `${quoted(value.split('=')[0]!)} is not a setting`,
      hint: 'write it like --set load.NAME.rate=500/s',
    };
  }
  const written = value.slice(whole.length + 1);
  const where = `${origin} ${path}`;
  const segments = (path.match(/(?:[^.{}]+|\{[^{}]*\})+|(?<=\.)(?=\.|$)/g) ?? []).map((segment) => segment.trim());
  if (!/^\s*[[{"']|^\s*(-?\d+(\.\d+)?|true|false|null)\s*$/.test(written))
    return { kind: 'set', path: segments, value: written, origin: where };
  const { value: read, problems } = readDocument(where, written);
  const [problem] = problems;
  if (problem !== undefined) {
    return {
      where,
      message: problem.message,
      hint: problem.hint ?? 'put text that starts with [, { or a quote in quotes',
    };
  }
  return { kind: 'set', path: segments, value: read, origin: where };
}
