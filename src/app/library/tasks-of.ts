/** What the application is to do for a request that was checked. Throws WsurgeError (104) as `profileOf` does. */
import type { PrecisionGoal } from '../../campaign/until-precise.js';
import type { Problem } from '../../errors.js';
import type { ParsedProfile } from '../../profile/profile.js';
import { USUAL_FORMATS } from '../../report/format-names.js';
import { parseDurationMs } from '../../units.js';
import { evenNoise } from '../../verdict/compare/noise.js';
import { levelOf, OWN_PROFILE, sloFor, sloOf, startOf } from '../capacity-start.js';
import { looksLikeUrl } from '../profile-source.js';
import { NO_LOAD, sayingAs, shortLoad } from '../short-load.js';
import type { Surroundings } from '../surroundings.js';
import type { CapacityTask, CheckTask, CompareTask, MeasureSettings, RunTask, Shares } from '../tasks.js';
import { profileOf } from './profile-of.js';
import { requestError } from './read-request.js';
import type { CapacityRequest, CheckRequest, CompareRequest, LoadRequest, RunRequest, Settings } from './requests.js';

const OUTPUT = 'results';
const MAX_DURATION = '5m';

/** The settings of a measurement that no key of the request changes. */
export function plainSettings({ output, only, allowTargets }: Omit<LoadRequest, 'target'>): MeasureSettings {
  return {
    outputDir: output ?? OUTPUT,
    formats: USUAL_FORMATS,
    ...{ strict: false, defaultGates: true, untilPrecise: null, nullTwin: false },
    only: only ?? [],
    allowTargets: allowTargets ?? [],
    fleet: null,
  };
}

export function runTask(request: RunRequest, around: Surroundings): RunTask {
  const { strict = false, defaultGates = true, nullTwin = false, formats = [] } = request;
  const settings: MeasureSettings = {
    ...plainSettings(request),
    ...{ strict, defaultGates, nullTwin },
    formats: [...new Set([...USUAL_FORMATS, ...formats])],
    untilPrecise: goalOf(request),
  };
  return { parsed: profileOf('run', request, around), settings };
}

function goalOf({ untilPrecise: goal }: RunRequest): PrecisionGoal | null {
  if (goal === undefined) return null;
  const maxDurationMs = parseDurationMs(goal.maxDuration ?? MAX_DURATION);
  if (maxDurationMs === null || maxDurationMs <= 0) {
    const hint = 'write it like 2m';
    throw requestError('run', [{ where: 'untilPrecise.maxDuration', message: 'is no duration', hint }]);
  }
  return { quantile: goal.quantile, share: goal.share, maxDurationMs };
}

export function capacityTask(request: CapacityRequest, around: Surroundings): CapacityTask {
  const { axis = 'connections', target = OWN_PROFILE } = request;
  const problems: Problem[] = [];
  const level = (name: 'max' | 'require') => {
    const value = request[name];
    return value === undefined ? null : levelOf(String(value), axis, name, problems);
  };
  const [max, require] = [level('max'), level('require')];
  const sloText = request.slo ?? null;
  const asked = sloOf(sloText, 'slo', problems);
  if (asked === null || problems.length > 0) throw requestError('capacity', problems);
  const isUrl = typeof target === 'string' && looksLikeUrl(target);
  const set = isUrl ? { ...startOf(axis, (key) => says(request.set ?? {}, key)), ...request.set } : request.set;
  const parsed = profileOf('capacity', { ...request, target, ...(set === undefined ? {} : { set }) }, around);
  return {
    ...{ parsed, axis, max, require },
    ...sloFor(parsed.profile, axis, sloText, asked),
    settings: plainSettings(request),
  };
}

/** Whether the settings say a key of the load, by its name or by its path. */
function says(set: Settings, key: string): boolean {
  return Object.keys(set).some(
    (name) => name === key || /^load\.(?:0|load)\.(?:sweep\.)?(\w+)$/.exec(name)?.[1] === key,
  );
}

export function checkTask(request: CheckRequest, around: Surroundings): CheckTask {
  const { target, quick = false, gentle = false, withLoad = false, output = OUTPUT, allowTargets = [] } = request;
  const { only = [], skip = [], set } = request;
  const isUrl = typeof target === 'string' && looksLikeUrl(target);
  const source = target === undefined || isUrl ? { name: 'check' } : target;
  const settings = { ...(isUrl ? { url: target } : {}), ...set };
  const read = (changes: ReturnType<typeof shortLoad>): ParsedProfile =>
    profileOf('check', { target: source, set: settings, load: NO_LOAD, changes }, around);
  const parsed = read([]);
  return {
    parsed,
    settings: {
      ...{ outputDir: output, quick, gentle, allowTargets },
      ...{ only: only.map(String), skip: skip.map(String) },
      hasProfile: target !== undefined && !isUrl,
    },
    withLoad: withLoad ? sayingAs(read(shortLoad(quick, 'withLoad')), parsed.profile) : null,
  };
}

export function compareTask(request: CompareRequest): CompareTask {
  const { margins = {}, noise = {}, history = null, output = null, force = false } = request;
  const [a, b] = [[request.a].flat(), [request.b].flat()];
  const problems: Problem[] = [];
  if (request.noise !== undefined && history !== null) {
    problems.push({ where: 'noise', message: 'and history both say what the noise is', hint: 'give one of them' });
  }
  for (const key of ['noise', 'history'] as const) {
    if (request[key] === undefined || a.length + b.length === 2) continue;
    const message = 'is for one run a side: several show themselves how far they lie apart';
    problems.push({ where: key, message, hint: 'leave it out' });
  }
  if (problems.length > 0) throw requestError('compare', problems);
  const shares: Shares = typeof noise === 'number' ? evenNoise(noise) : noise;
  return { ...{ a, b, margins, history, output, force }, noise: shares };
}
