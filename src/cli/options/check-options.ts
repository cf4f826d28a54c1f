import { looksLikeUrl } from '../../app/profile-source.js';
import { NO_LOAD, sayingAs, shortLoad } from '../../app/short-load.js';
import type * as app from '../../app/tasks.js';
import { profileError } from '../../errors.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Env } from '../../profile/interpolate.js';
import type { Override } from '../../profile/overrides.js';
import type { ProfileSource } from '../../profile/parse.js';
import { CHECK, CHECK_FLAGS, type CheckFlagName } from '../flags/check.js';
import { type FlagValues, readFlags } from './flag-values.js';
import { gatherOverrides, readProfileFile } from './run-options.js';

/** What is checked, and how it is shown. */
export interface CheckViewSettings extends app.CheckSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  /** The profile to write instead of checking; null without --init. */
  readonly init: string | null;
}

/** What the command line asks for. */
export interface CheckCommand extends app.CheckTask {
  readonly settings: CheckViewSettings;
}

/**
 * The profile and settings that a command line asks for; precedence as with `run`. Throws one `profileError` with every
 * problem of the flags; where there is none, with every problem of the profile.
 */
export async function toCheck(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
): Promise<CheckCommand> {
  const { request, measures } = await checkOf(argv, env, readText, []);
  if (!measures) return request;
  const loaded = await checkOf(argv, env, readText, shortLoad(request.settings.quick, '--with-load'));
  return { ...request, withLoad: sayingAs(loaded.request.parsed, request.parsed.profile) };
}

async function checkOf(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
  changes: readonly Override[],
): Promise<{ readonly request: CheckCommand; readonly measures: boolean }> {
  const values = readFlags(CHECK, argv, env);
  const named = values.word('profile');
  const isUrl = named !== null && looksLikeUrl(named);
  const overrides = gatherOverrides(values, CHECK_FLAGS, named !== null && !isUrl);
  if (isUrl) overrides.unshift({ kind: 'target', value: named, origin: 'URL' });
  const hasProfile = named !== null && !isUrl;
  const settings = gatherSettings(values, hasProfile);
  if (settings.init !== null && hasProfile) {
    values.refuse(
      '--init',
      'takes a URL: there is a profile already',
      `wsurge check --init ${settings.init} ws://127.0.0.1:9001/`,
    );
  }
  const bare: ProfileSource = { kind: 'flags', value: { name: 'check' } };
  const source = named === null || isUrl ? bare : readProfileFile(named, readText, values);
  if (source === null || values.problems.length > 0) throw profileError(values.problems);
  const { parseWithFlags } = await import('./parse-with-flags.js');
  const changed = { overrides, sets: values.list('set'), changes };
  const parsed = parseWithFlags(source, changed, { env, readText, load: NO_LOAD });
  return { request: { parsed, settings, withLoad: null }, measures: values.isOn('with-load') };
}

function gatherSettings(values: FlagValues<CheckFlagName>, hasProfile: boolean): CheckViewSettings {
  const words = (name: 'only' | 'skip') =>
    values.list(name).flatMap(({ value }) =>
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    );
  return {
    outputDir: values.text('output')?.value ?? 'results',
    json: values.isOn('json'),
    quiet: values.isOn('quiet'),
    quick: values.isOn('quick'),
    gentle: values.isOn('gentle'),
    only: words('only'),
    skip: words('skip'),
    allowTargets: values.list('allow-target').map(({ value }) => value),
    init: values.text('init')?.value ?? null,
    hasProfile,
  };
}
