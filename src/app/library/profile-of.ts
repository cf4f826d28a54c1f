/** The profile that a request asks for: its target, with its settings and thresholds as changes. */
import type { Problem } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import type { Override } from '../../profile/overrides.js';
import type { ParseContext, ProfileSource } from '../../profile/parse.js';
import type { ParsedProfile } from '../../profile/profile.js';
import { LOAD_KEYS, type LoadKey, ofOnlyLoad, pathSegments, SETTINGS } from '../../profile/settings.js';
import { type BareUrl, looksLikeUrl, profileSource } from '../profile-source.js';
import { readProfile } from '../read-profile.js';
import { type Surroundings, textReader } from '../surroundings.js';
import { type CallName, requestError } from './read-request.js';
import type { LoadRequest, Settings } from './requests.js';

/** What of a request makes its profile. */
export interface ProfileRequest extends Pick<LoadRequest, 'set' | 'thresholds' | 'only'> {
  readonly target: string | object;
  /** Changes that the call itself makes, after all others. */
  readonly changes?: readonly Override[];
  /** The loads to use if the profile has none. */
  readonly load?: ParseContext['load'];
}

/**
 * Throws WsurgeError (104): `request_invalid` where a setting is none, or the profile cannot be found; else
 * `profile_invalid` with everything that is wrong with the profile, a value of the request under its own key.
 */
export function profileOf(
  call: CallName,
  { target, set = {}, thresholds = {}, only = [], changes = [], load }: ProfileRequest,
  around: Pick<Surroundings, 'env' | 'cwd'>,
): ParsedProfile {
  const readText = textReader(around);
  const problems: Problem[] = [];
  const source = sourceOf(target, readText, problems);
  const settings = settingChanges(set, source?.kind === 'url', problems);
  if (source === null || problems.length > 0) throw requestError(call, problems);
  return readProfile(source, {
    ...{ env: around.env, readText },
    ...(load === undefined ? {} : { load }),
    overrides: [...settings, ...thresholdChanges(thresholds), ...changes],
    mentions: only.map((name) => ({ name, origin: 'only' })),
  });
}

/** Null after noting a problem. */
function sourceOf(
  target: ProfileRequest['target'],
  readText: ParseContext['readText'],
  problems: Problem[],
): ProfileSource | BareUrl | null {
  if (typeof target !== 'string') return { kind: 'flags', value: { ...target }, where: 'target' };
  if (looksLikeUrl(target)) return { kind: 'url', url: target };
  const found = profileSource(target, readText);
  if ('kind' in found) return found;
  problems.push({ ...found, where: 'target', message: `${found.where} ${found.message}` });
  return null;
}

/** The settings as changes of the profile, named as the request names them. */
function settingChanges(set: Settings, isBare: boolean, problems: Problem[]): Override[] {
  return Object.entries(set).flatMap(([name, value]): Override[] => {
    const origin = `set.${name}`;
    if (value === undefined) return [];
    if (name === 'headers') return headerChanges(value as NonNullable<Settings['headers']>);
    if (name === 'labels') return labelChanges(value as NonNullable<Settings['labels']>);
    if (isLoadKey(name)) {
      return [isBare ? ofOnlyLoad(name)(value, origin) : { kind: 'unnamedLoad', key: name, value, origin }];
    }
    if (Object.hasOwn(SETTINGS, name)) return [SETTINGS[name as keyof typeof SETTINGS](value, origin)];
    if (name.includes('.')) return [{ kind: 'set', path: pathSegments(name), value, origin }];
    const known = [...LOAD_KEYS, ...Object.keys(SETTINGS), 'headers', 'labels'];
    problems.push({ where: origin, message: 'is no setting', hint: suggest(name, known) });
    return [];
  });
}

function isLoadKey(name: string): name is LoadKey {
  return (LOAD_KEYS as readonly string[]).includes(name);
}

function headerChanges(headers: Readonly<Record<string, unknown>>): Override[] {
  return Object.entries(headers).map(([name, value]) => ({
    ...{ kind: 'header', name, value },
    origin: `set.headers.${name}`,
  }));
}

function labelChanges(labels: Readonly<Record<string, unknown>>): Override[] {
  return Object.entries(labels).map(([name, value]) => ({
    ...{ kind: 'set', path: ['labels', name], value },
    origin: `set.labels.${name}`,
  }));
}

function thresholdChanges(thresholds: NonNullable<LoadRequest['thresholds']>): Override[] {
  return Object.entries(thresholds).flatMap(([metric, value]) =>
    [value].flat().map((one) => ({
      ...{ kind: 'threshold' as const, metric, value: one },
      origin: `thresholds.${metric}`,
    })),
  );
}
