/** Whether a server may be checked, and how checks get to it. */
import { Talk } from '../check/session/talk.js';
import { preflight, refuseIfAny } from '../coordinator/preflight.js';
import { type Route, routeOfChecks } from '../coordinator/route.js';
import { Redactor } from '../documents/redaction/redact.js';
import { usageError } from '../errors.js';
import { readLimits } from '../machine/limits.js';
import type { Profile } from '../profile/profile.js';
import { literalSecrets } from '../profile/redact.js';
import type { AnyScript } from '../script/life.js';
import type { Reachable } from './check-look.js';
import { CheckTarget } from './check-target.js';
import { envOfLoad } from './scripts.js';
import type { Surroundings } from './surroundings.js';
import { consentFacts } from './target-session.js';
import type { CheckTask } from './tasks.js';
import type { Watch } from './watch.js';
import { notesOf } from './way.js';

/** The most connections that any check opens at once. */
const PEAK_CONNECTIONS = 100;
const PEAK_MESSAGES_PER_SECOND = 1000;

/** The way to the target. Throws 104 if the target may not be checked, 103 if its name is unknown. */
export async function permittedToCheck(
  profile: Profile,
  allowedTargets: readonly string[],
  env: Surroundings['env'],
): Promise<Route> {
  if (profile.target.proxy !== null) {
    throw usageError(
      'proxy_not_for_checks',
      'wsurge check goes to the target directly: a proxy would be checked with it',
      'check without target.proxy, from a machine that reaches the target',
    );
  }
  const route = await routeOfChecks(profile.target, env);
  const limited = profile.check.security.connectionLimit?.connections ?? 0;
  const facts = {
    peakConnections: Math.max(PEAK_CONNECTIONS, limited + 1),
    peakMessagesPerSecond: PEAK_MESSAGES_PER_SECOND,
    workers: 0,
    ...consentFacts(route),
    localAddresses: profile.localAddresses,
    allowedTargets,
  };
  refuseIfAny(preflight(facts, readLimits()));
  return route;
}

/** A server that is up, for the look and the checks. */
export function reachableBy(
  at: Pick<Reachable, 'task' | 'around' | 'route' | 'target'> & {
    readonly watch: Watch;
    /** Of the first load that has one, loaded. */
    readonly script?: AnyScript | undefined;
  },
): Reachable {
  const { task, around, watch } = at;
  const { profile, secrets } = task.parsed;
  return {
    ...{ task, around, route: at.route, target: at.target, led: null },
    talk: Talk.of(profile, envOfLoad(profile, around.env), at.script),
    redactor: new Redactor(secrets),
    foreign: new Redactor([...secrets, ...literalSecrets(profile)]),
    permit: (other) => permittedToCheck({ ...profile, target: other }, task.settings.allowTargets, around.env),
    onRedirect: (notes) => watch.redirected(notes),
  };
}

/**
 * Hands the server of a task to `work`, without a folder, and closes it whatever happens. Throws 104 where the server
 * may not be checked, 103 where its name is unknown.
 */
export async function withReachable<Result>(
  task: CheckTask,
  around: Surroundings,
  watch: Watch,
  work: (at: Reachable) => Promise<Result>,
): Promise<Result> {
  const { parsed, settings } = task;
  const route = await permittedToCheck(parsed.profile, settings.allowTargets, around.env);
  watch.warn(notesOf([route]));
  const { target: spec } = parsed.profile;
  const target = await CheckTarget.start(spec, settings.quick, route.addresses[0] ?? null, around.signal);
  try {
    return await work(reachableBy({ task, around, route, target, watch }));
  } finally {
    await target.close();
  }
}
