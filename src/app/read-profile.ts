import type { Override } from '../profile/overrides.js';
import { type ParseContext, type ProfileSource, parseProfile } from '../profile/parse.js';
import type { ParsedProfile } from '../profile/profile.js';
import type { BareUrl } from './profile-source.js';

/** Reads a profile with its changes. Throws one `profileError` with everything that is wrong with either. */
export function readProfile(
  source: ProfileSource | BareUrl,
  context: ParseContext & { readonly overrides: readonly Override[] },
): ParsedProfile {
  if (source.kind !== 'url') return parseProfile(source, context);
  const target: Override = { kind: 'target', value: source.url, origin: 'URL' };
  return parseProfile(bareRun(context.overrides), { ...context, overrides: [target, ...context.overrides] });
}

/** A URL without a profile: 10 connections, 100 messages per second in total, unless the changes say otherwise. */
function bareRun(overrides: readonly Override[]): ProfileSource {
  const given = (key: string) =>
    overrides.find((override) => {
      if (override.kind !== 'set') return false;
      const [list, entry, ...rest] = override.path;
      return list === 'load' && (entry === '0' || entry === 'load') && rest.join('.') === key;
    })?.value;
  const says = (axis: string) => given(axis) !== undefined || given(`sweep.${axis}`) !== undefined;
  const model = given('model') ?? 'open';
  const paced = says('rate') || says('ratePerConnection') || model === 'closed' || model === 'listen';
  const load = {
    name: 'load',
    ...(says('connections') ? {} : { connections: 10 }),
    ...(paced ? {} : { rate: '100/s' }),
  };
  return { kind: 'flags', value: { load: [load] } };
}
