/** The scripts of a profile: loaded once before the plan is made, so that their requests are part of it. */
import { type Problem, profileError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { MODEL_KEYS } from '../profile/models.js';
import { quoted } from '../profile/problem-list.js';
import type { JsonValue, Load, ParsedProfile, Profile, RequestSpec, TalkSpec } from '../profile/profile.js';
import { reachProblems } from '../profile/reach.js';
import { deliveredBy, SAY_WHOM } from '../profile/resolve-fanout.js';
import { envTokens } from '../profile/tokens.js';
import { REQUESTS_MAX } from '../script/check.js';
import type { ScriptFacts } from '../script/facts.js';
import type { AnyScript } from '../script/life.js';
import type { Surroundings } from './surroundings.js';
import type { AbTask, CheckTask } from './tasks.js';

/** Learns what a script has; its path is relative to the working folder. */
type Loader = (script: NonNullable<TalkSpec['script']>) => Promise<ScriptFacts>;

/**
 * The task with the requests of its scripts among those of its profile. A profile without a script is left as it is.
 * Throws WsurgeError (104) where a script does not load, or does not go with the profile.
 */
export async function withScripts<Task extends { readonly parsed: ParsedProfile }>(
  task: Task,
  { cwd }: Pick<Surroundings, 'cwd'>,
): Promise<Task> {
  const { profile } = task.parsed;
  if (!hasScript(profile)) return task;
  refuseProtocol(profile);
  const load = await loader(cwd);
  const loads = await Promise.all(profile.load.map((each) => withScript(each, load)));
  refuseUnknownRequests(profile, loads);
  return { ...task, parsed: { ...task.parsed, profile: { ...profile, load: loads } } };
}

/** The same for both builds of a comparison. */
export async function withScriptsOfBuilds<Task extends Pick<AbTask, 'builds'>>(
  task: Task,
  around: Pick<Surroundings, 'cwd'>,
): Promise<Task> {
  const { a, b } = task.builds;
  return { ...task, builds: { a: await withScripts(a, around), b: await withScripts(b, around) } };
}

/** The same for the load of a check. */
export async function withScriptsOfLoad<Task extends Pick<CheckTask, 'withLoad'>>(
  task: Task,
  around: Pick<Surroundings, 'cwd'>,
): Promise<Task> {
  if (task.withLoad === null) return task;
  const { parsed } = await withScripts({ parsed: task.withLoad }, around);
  return { ...task, withLoad: parsed };
}

export function hasScript({ load }: Profile): boolean {
  return load.some(({ talk }) => scriptOf(talk) !== null);
}

/** The path of the script that the connections of a check follow; null for none. */
export function scriptPathOf(profile: Profile): string | null {
  return scriptOfFirst(profile)?.path ?? null;
}

/** The script that the connections of a check follow; absent for none. */
export async function scriptOfChecks(profile: Profile, cwd: string): Promise<AnyScript | undefined> {
  const source = scriptOfFirst(profile);
  if (source === null) return undefined;
  const { loadScript } = await import('../script/load.js');
  return await loadScript({ ...source, folder: cwd });
}

/** What connections may read as `{{env.X}}` and `chat.env.X`: a script may ask for any variable. */
export function envOfLoad(profile: Profile, env: Surroundings['env']): Record<string, string> {
  if (!hasScript(profile)) return envTokens(profile, env);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The script of the first load that says anything. */
function scriptOfFirst({ load }: Profile): TalkSpec['script'] {
  return scriptOf(load.find(({ talk }) => talk !== null)?.talk ?? null);
}

function scriptOf(talk: TalkSpec | null): TalkSpec['script'] {
  return talk?.script ?? null;
}

/** The code that loads scripts is itself loaded only where there is one. */
async function loader(folder: string): Promise<Loader> {
  const { scriptFacts } = await import('../coordinator/script-thread.js');
  return (script) => scriptFacts({ ...script, folder });
}

/** A script makes whole messages: no protocol could put an envelope around them, or be sure to know their replies. */
function refuseProtocol({ protocol: { name } }: Profile): void {
  if (name === 'none') return;
  const hint =
    'say session, when and requests in the profile; or remove protocol, and let the script make whole messages';
  throw profileError([{ where: 'script', message: `does not go with protocol: ${name}`, hint }]);
}

async function withScript(load: Load, loaded: Loader): Promise<Load> {
  const { talk } = load;
  const source = scriptOf(talk);
  if (talk === null || source === null) return load;
  const script = await loaded(source);
  // A load that only listens keeps the script for its connections.
  const built = MODEL_KEYS[load.model].noMessage === null ? requestsOf(script) : [];
  const requests = [...talk.requests, ...built];
  const problems = [
    ...problemsWith(load, source.path, script, talk.requests),
    ...unusable(load, source.path, requests),
    ...withoutReply(load, source.path, built),
    ...reaching(load, source.path, requests, built),
  ];
  if (problems.length > 0) throw profileError(problems);
  const { deliver, ...others } = talk;
  const isDelivered = deliver !== undefined && requests.some(({ reaches }) => reaches !== undefined);
  return {
    ...load,
    reply: repliesOf(load, requests),
    talk: { ...others, requests, ...(isDelivered ? { deliver } : {}) },
  };
}

/** If no request has a reply, none is matched. */
function repliesOf({ reply }: Load, requests: readonly RequestSpec[]): Load['reply'] {
  const isSilent = requests.length > 0 && requests.every(({ silent }) => silent === true);
  return isSilent ? { ...reply, match: 'none' } : reply;
}

/** A closed load waits for replies. */
function withoutReply({ model }: Load, path: string, built: readonly RequestSpec[]): Problem[] {
  if (!MODEL_KEYS[model].inFlight) return [];
  const silent = built.filter((request) => request.silent === true);
  return silent.map(({ name }) => ({
    where: `${path}: requests.${name}.reply`,
    message: `says none, but model: ${model} waits for replies`,
    hint: 'use model: open with a rate',
  }));
}

/** What may be wrong with requests of the script that reach others, and with rules about deliveries. */
function reaching(
  { name: load, model, reply: { match }, connections, talk }: Load,
  path: string,
  requests: readonly RequestSpec[],
  built: readonly RequestSpec[],
): Problem[] {
  const { when, rooms } = talk!;
  const delivered = deliveredBy(when);
  const peaks = connections.map(({ from, to }) => Math.max(from, to));
  const [most, fewest] = [Math.max(...peaks), Math.min(...peaks)];
  const use = { protocol: 'none', model, most, fewest, rooms, match, delivered } as const;
  const wrong = built.flatMap((request) =>
    reachProblems(request, use).map(({ message, hint }) => ({
      where: `${path}: requests.${request.name}.reaches`,
      ...{ message, hint },
    })),
  );
  const known = requests.filter(({ reaches }) => reaches !== undefined).map(({ name }) => name);
  const unknown = delivered.filter((name) => !known.includes(name));
  return [
    ...wrong,
    ...unknown.map((name) => ({
      where: `when: delivers: ${name}`,
      message: `names no request of the load ${quoted(load)} that reaches others`,
      hint: known.length === 0 ? SAY_WHOM : suggest(name, known),
    })),
  ];
}

function requestsOf({ requests }: ScriptFacts): RequestSpec[] {
  return requests.map(({ name, weight, fresh, expect, reaches, reply }) => ({
    ...{ name, weight, send: '', capture: {}, words: {}, built: { fresh } },
    ...(expect === undefined ? {} : { expect: expect as JsonValue }),
    ...(reaches === undefined ? {} : { reaches }),
    ...(reply === undefined ? {} : { silent: true as const }),
  }));
}

function problemsWith(load: Load, path: string, { requests }: ScriptFacts, written: readonly RequestSpec[]): Problem[] {
  const where = `${path}: requests`;
  const names = requests.map(({ name }) => name);
  if (names.length > 0 && load.message.template !== null) {
    const message = `stand beside the message of the load ${quoted(load.name)}`;
    return [{ where, message, hint: 'keep one of them' }];
  }
  const twice = written.filter(({ name }) => names.includes(name));
  return twice.map(({ name }) => ({
    where: `${where}.${name}`,
    message: `stands in the load ${quoted(load.name)} of the profile too`,
    hint: 'rename one of them',
  }));
}

function unusable(
  { name, model, rates, message: { template } }: Load,
  path: string,
  requests: readonly RequestSpec[],
): Problem[] {
  const where = `${path}: requests`;
  if (requests.length > REQUESTS_MAX) {
    const message = `with those of the load ${quoted(name)} there are ${requests.length}, ${REQUESTS_MAX} are allowed`;
    return [{ where, message, hint: 'leave some out' }];
  }
  const sends = MODEL_KEYS[model].noMessage === null && !(rates.length > 0 && rates.every(({ to }) => to === 0));
  if (requests.length > 0 || !sends || template !== null) return [];
  const hint = 'write them in the script or in the profile; rate: 0 only holds connections';
  return [{ where, message: `are missing, and the load ${quoted(name)} sends`, hint }];
}

/** The names of a script's requests are known only now. */
function refuseUnknownRequests({ thresholds }: Profile, loads: readonly Load[]): void {
  const names = [...new Set(loads.flatMap(({ talk }) => talk?.requests.map(({ name }) => name) ?? []))];
  const problems = thresholds.flatMap(({ metric, selector }): Problem[] => {
    const wanted = selector['request'];
    if (wanted === undefined || names.includes(wanted)) return [];
    const where = `thresholds.${metric}{request:${wanted}}`;
    return [{ where, message: `there is no request ${quoted(wanted)}`, hint: suggest(wanted, names) }];
  });
  if (problems.length > 0) throw profileError(problems);
}
