import type { Argv } from 'yargs';
import type { ReadFile } from '../profile/file-text.js';
import type { Env } from '../profile/interpolate.js';
import { type ProfileSource, parseProfile } from '../profile/parse.js';
import type { ParsedProfile } from '../profile/profile.js';
import { FlagValues } from './flag-values.js';
import { RUN_FLAGS, type RunFlag } from './run-flags.js';
import { gatherOverrides, looksLikeUrl, readProfileFile } from './run-options.js';

export const CHECK_COMMAND = 'check [profile]';

/** Every flag of `wsurge check`: its own, and those of `run` that say which server and where the results go. */
export const CHECK_FLAGS = {
  quick: { type: 'switch', describe: 'Shorter waits and streams: under a minute', belongs: 'settings' },
  only: { type: 'list', describe: 'Only these scenarios or checks, e.g. 3,7 or 3.4', belongs: 'settings' },
  skip: { type: 'list', describe: 'Leave out these, e.g. 8.4; they count as skipped', belongs: 'settings' },
  'with-load': { type: 'switch', describe: 'Benchmark and concurrency tables as well', belongs: 'settings' },
  protocol: {
    type: 'text',
    describe: 'What the server speaks: bot, echo, auto (it is asked) [auto]',
    belongs: 'profile',
    apply: (value, origin) => ({ kind: 'set', path: ['check', 'protocol'], value, origin }),
  },
  target: RUN_FLAGS.target,
  header: RUN_FLAGS.header,
  subprotocol: RUN_FLAGS.subprotocol,
  'reply-timeout': RUN_FLAGS['reply-timeout'],
  seed: RUN_FLAGS.seed,
  insecure: RUN_FLAGS.insecure,
  cacert: RUN_FLAGS.cacert,
  cert: RUN_FLAGS.cert,
  key: RUN_FLAGS.key,
  label: RUN_FLAGS.label,
  set: RUN_FLAGS.set,
  'allow-target': RUN_FLAGS['allow-target'],
  output: RUN_FLAGS.output,
  json: RUN_FLAGS.json,
  quiet: { ...RUN_FLAGS.quiet, describe: 'Only what failed and the last lines' },
} as const satisfies Readonly<Record<string, RunFlag>>;

type CheckFlagName = keyof typeof CHECK_FLAGS;

export interface CheckSettings {
  readonly outputDir: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly quick: boolean;
  readonly withLoad: boolean;
  /** Scenarios or checks by number, name or id; empty means all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly allowTargets: readonly string[];
}

export interface CheckRequest {
  readonly parsed: ParsedProfile;
  readonly settings: CheckSettings;
}

/** Declares the flags of `check`. All values stay text: `toCheck` judges them, all at once. */
export function checkOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.parserConfiguration({ 'dot-notation': false, 'parse-positional-numbers': false });
  yargs.strict(false).positional('profile', {
    type: 'string',
    describe: 'Profile (.yaml, .json) or URL; without one the embedded server is checked',
  });
  for (const [name, flag] of Object.entries<RunFlag>(CHECK_FLAGS)) {
    const { alias, type, describe } = flag;
    const option = { type: type === 'switch' ? ('boolean' as const) : ('string' as const), describe };
    yargs.option(name, alias === undefined ? option : { ...option, alias });
  }
  yargs.epilogue(EXAMPLES);
  return yargs;
}

const EXAMPLES = `Examples:
  wsurge check --quick                     the embedded server, under a minute
  wsurge check ws://127.0.0.1:9001/        a server that is running
  wsurge check profile.yaml --only 3,7     two scenarios of a profile's server
  wsurge check --skip 8.4 --with-load      with load tables, one check left out`;

/** A check needs no load; this stands in for one. */
const NO_LOAD: readonly object[] = [{ connections: 1, rate: 1 }];

/**
 * The profile and settings that a command line asks for; precedence as with `run`. `load` replaces the profile's loads.
 * Throws one `profileError` with every problem.
 */
export function toCheck(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
  load: Readonly<Record<string, unknown>> = {},
): CheckRequest {
  const values = new FlagValues<CheckFlagName>(argv, env, { command: 'check', flags: CHECK_FLAGS });
  const named = values.positional();
  const isUrl = named !== null && looksLikeUrl(named);
  const overrides = gatherOverrides(values, CHECK_FLAGS, isUrl);
  if (isUrl) overrides.unshift({ kind: 'target', value: named, origin: 'URL' });
  for (const [key, value] of Object.entries(load))
    overrides.push({ kind: 'set', path: [key], value, origin: '--with-load' });
  const settings = gatherSettings(values);
  const bare: ProfileSource = { kind: 'flags', value: { name: 'check' } };
  const source = named === null || isUrl ? bare : readProfileFile(named, readText, values);
  const context = { env, readText, overrides, problems: values.problems, load: NO_LOAD };
  return { parsed: parseProfile(source ?? bare, context), settings };
}

function gatherSettings(values: FlagValues<CheckFlagName>): CheckSettings {
  const on = (name: CheckFlagName) => values.switch(name)?.value ?? false;
  const words = (name: 'only' | 'skip') =>
    values.list(name).flatMap(({ value }) =>
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    );
  return {
    outputDir: values.text('output')?.value ?? 'results',
    json: on('json'),
    quiet: on('quiet'),
    quick: on('quick'),
    withLoad: on('with-load'),
    only: words('only'),
    skip: words('skip'),
    allowTargets: values.list('allow-target').map(({ value }) => value),
  };
}
