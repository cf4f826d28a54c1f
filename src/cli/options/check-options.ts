import { profileError } from '../../errors.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Env } from '../../profile/interpolate.js';
import type { Override } from '../../profile/overrides.js';
import type { ProfileSource } from '../../profile/parse.js';
import type { ParsedProfile } from '../../profile/profile.js';
import { CHECK, CHECK_FLAGS, type CheckFlagName } from '../flags/check.js';
import { type FlagValues, readFlags } from './flag-values.js';
import { gatherOverrides, readProfileFile } from './run-options.js';
import { isUrl } from './url-word.js';

export interface CheckSettings {
  readonly outputDir: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly quick: boolean;
  /** Leaves out every check that sends what no correct client sends. */
  readonly gentle: boolean;
  readonly withLoad: boolean;
  /** Scenarios or checks by number, name or id; empty means all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly allowTargets: readonly string[];
  /** The profile to write instead of checking; null without --init. */
  readonly init: string | null;
  /** The target is that of a profile, not a bare URL. */
  readonly hasProfile: boolean;
}

export interface CheckRequest {
  readonly parsed: ParsedProfile;
  readonly settings: CheckSettings;
  /** The same request with the short loads; null without --with-load. */
  readonly withLoad: CheckRequest | null;
}

/** A check needs no load, but a profile must have one. */
const NO_LOAD: readonly object[] = [{ connections: 1, rate: 1 }];

/**
 * The loads of `--with-load`, in place of the profile's: the tables of profiles/report.yaml in a fraction of the time.
 */
function shortLoad(quick: boolean): Readonly<Record<string, unknown>> {
  const shown = (threshold: string, title: string) => ({ threshold, title, gate: false });
  return {
    load: [
      { name: 'concurrency', sweep: { connections: [1, 10, 50, 100] }, rate: '1000/s' },
      { name: 'throughput', connections: 50, sweep: { rate: ['100/s', '500/s', '1000/s'] } },
    ],
    warmup: '500ms',
    duration: quick ? '1s' : '5s',
    thresholds: {
      'ws_connecting{load:concurrency}': shown('p(95)<100', 'Connection time p95'),
      'ws_response_time{load:concurrency}': shown('p(95)<50', 'Response time p95'),
      'ws_msgs_answered{load:throughput,rate:100}': shown('rate>=99%', 'Throughput at 100 msg/s'),
      'ws_msgs_answered{load:throughput,rate:500}': shown('rate>=99%', 'Throughput at 500 msg/s'),
      'ws_msgs_answered{load:throughput,rate:1000}': shown('rate>=99%', 'Throughput at 1000 msg/s'),
      'ws_connections_held{load:concurrency,connections:100}': shown('value>=100', 'Connections held'),
    },
  };
}

/**
 * The profile and settings that a command line asks for; precedence as with `run`. Throws one `profileError` with every
 * problem of the flags; where there is none, with every problem of the profile.
 */
export async function toCheck(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
): Promise<CheckRequest> {
  const plain = await checkOf(argv, env, readText, {});
  const { withLoad, quick } = plain.settings;
  return { ...plain, withLoad: withLoad ? await checkOf(argv, env, readText, shortLoad(quick)) : null };
}

/** `load` replaces the profile's loads. */
async function checkOf(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
  load: Readonly<Record<string, unknown>>,
): Promise<CheckRequest> {
  const values = readFlags(CHECK, argv, env);
  const named = values.word('profile');
  const url = named !== null && isUrl(named) ? named : null;
  const hasProfile = named !== null && url === null;
  const overrides = gatherOverrides(values, CHECK_FLAGS, hasProfile);
  if (url !== null) overrides.unshift({ kind: 'target', value: url, origin: 'URL' });
  const changes = Object.entries(load).map(
    ([key, value]): Override => ({ kind: 'set', path: [key], value, origin: '--with-load' }),
  );
  const settings = gatherSettings(values, hasProfile);
  if (settings.init !== null && hasProfile) {
    values.refuse(
      '--init',
      'takes a URL: there is a profile already',
      `wsurge check --init ${settings.init} ws://127.0.0.1:9001/`,
    );
  }
  const bare: ProfileSource = { kind: 'flags', value: { name: 'check' } };
  const source = hasProfile ? readProfileFile(named, readText, values) : bare;
  if (source === null || values.problems.length > 0) throw profileError(values.problems);
  const { parseWithFlags } = await import('./parse-with-flags.js');
  const changed = { overrides, sets: values.list('set'), changes };
  const parsed = parseWithFlags(source, changed, { env, readText, load: NO_LOAD });
  return { parsed, settings, withLoad: null };
}

function gatherSettings(values: FlagValues<CheckFlagName>, hasProfile: boolean): CheckSettings {
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
    withLoad: values.isOn('with-load'),
    only: words('only'),
    skip: words('skip'),
    allowTargets: values.list('allow-target').map(({ value }) => value),
    init: values.text('init')?.value ?? null,
    hasProfile,
  };
}
