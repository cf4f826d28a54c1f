/** What a profile may not ask of agents, each with a sentence. Judged before any agent is asked. */
import type { Bus } from '../bus/bus.js';
import { type Problem, problemsError, usageError } from '../errors.js';
import type { Profile, Target } from '../profile/profile.js';
import { urlSecrets } from '../profile/redact.js';
import { envNames } from '../profile/tokens.js';
import { refusedKind } from './consent.js';

export interface FleetPlan {
  readonly nullTwin: boolean;
  /** Values of the profile that are secret, as it was parsed. */
  readonly secrets?: readonly string[];
  /** Of `--target-host`: an address of this machine. Absent for none. */
  readonly targetHost?: string | null;
  /** Absent before there is a connection: then secrets are not judged. */
  readonly bus?: Pick<Bus, 'isPrivate'>;
}

/** Throws WsurgeError (104) with all reasons why agents cannot run this profile. */
export function refuseOverFleet(profile: Profile, plan: FleetPlan): void {
  const problems = fleetProblems(profile, plan);
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length > 1) throw problemsError('not_for_agents', problems, ONE_MACHINE);
  throw usageError('not_for_agents', `${first.where}: ${first.message}`, first.hint);
}

const ONE_MACHINE = 'leave out --agents to run it on this machine';

/** All reasons why agents cannot run this profile; empty if they can. */
export function fleetProblems(
  profile: Profile,
  { nullTwin, secrets = [], bus, targetHost = null }: FleetPlan,
): Problem[] {
  return [
    ...targetProblems(profile, targetHost),
    ...fanoutProblems(profile),
    ...scriptProblems(profile),
    ...addressProblems(profile),
    ...(nullTwin ? [NULL_TWIN] : []),
    ...(bus === undefined || bus.isPrivate ? [] : secretProblems(profile, secrets)),
  ];
}

const NULL_TWIN: Problem = {
  where: '--null-twin',
  message: 'measures the floor of one machine, and agents are other machines',
  hint: 'leave out --null-twin, or --agents',
};

/** A server that the coordinator starts is to agents a server like any other: one at an address. */
function targetProblems({ target }: Profile, targetHost: string | null): Problem[] {
  if (target.kind === 'embedded') return targetHost === null ? [EMBEDDED] : [];
  const refused = refusedKind(atAddress(target, target.url));
  return [
    ...(refused === null ? [] : [{ where: 'target', message: refused.message, hint: refused.next! }]),
    ...(targetHost === null ? [] : [NOT_EMBEDDED]),
  ];
}

/** A target as agents are told of it: no command, and no server that they would start. */
export function atAddress(target: Target, url: string): Target {
  const { headers, subprotocols, tls, pid, resolve, proxy, followRedirects } = target;
  return { kind: 'url', url, headers, subprotocols, tls, pid, resolve, proxy, followRedirects };
}

const EMBEDDED: Problem = {
  where: 'target',
  message: 'the embedded server listens on the loopback of this machine, where agents do not reach it',
  hint: 'say where it shall listen: --target-host ADDRESS, an address of this machine; or name a server: --target ws://HOST:PORT/',
};

const NOT_EMBEDDED: Problem = {
  where: '--target-host',
  message: 'says where the embedded server listens, and this target is another server',
  hint: 'leave it out: the URL of the target says where it listens',
};

/** A time between two machines is only as good as their clocks agree. */
function fanoutProblems({ load }: Profile): Problem[] {
  const reaching = load.flatMap(({ name, talk }) =>
    (talk?.requests ?? []).filter(({ reaches }) => reaches !== undefined).map((request) => `${name}/${request.name}`),
  );
  return reaching.slice(0, 1).map((request) => ({
    where: `reaches (${request})`,
    message: 'a delivery is timed from one connection to others, and those of two machines have no common clock',
    hint: ONE_MACHINE,
  }));
}

function scriptProblems({ load }: Profile): Problem[] {
  const scripts = new Set(load.flatMap(({ talk }) => talk?.script?.path ?? []));
  return [...scripts].map((script) => ({
    where: 'script',
    message: `${script} is code of yours, and an agent runs none: it does only what its own command line allows`,
    hint: `say session, when and requests in the profile, or ${ONE_MACHINE}`,
  }));
}

function addressProblems({ localAddresses }: Profile): Problem[] {
  if (localAddresses.length === 0) return [];
  const message = 'addresses belong to one machine, and each agent has its own';
  return [{ where: 'localAddresses', message, hint: 'give them to each agent: wsurge agent --local-addresses A-B' }];
}

/** Everything an agent needs crosses the bus, where others may read it. */
function secretProblems(profile: Profile, secrets: readonly string[]): Problem[] {
  const held = secretsIn(profile, secrets);
  if (held.length === 0) return [];
  return [
    {
      where: '--nats',
      message: `the bus is not encrypted, and this profile has what others must not read: ${held.join(', ')}`,
      hint: 'use tls://BROKER:4222 (NATS_CA names the authority), or a broker on this machine',
    },
  ];
}

/** Where a profile holds values that may be secret; no value itself. */
export function secretsIn(profile: Profile, secrets: readonly string[]): string[] {
  const { target, data } = profile;
  const urls = [target.kind === 'embedded' ? null : target.url, target.proxy].filter((url) => url !== null);
  const held = [
    [Object.keys(target.headers).length > 0, 'headers'],
    [target.tls.key !== null, 'a TLS key'],
    [urls.flatMap(urlSecrets).some((part) => part !== ''), 'a password or query in a URL'],
    [envNames(profile).length > 0, 'values of {{env}}'],
    [data.length > 0, 'rows of data'],
  ] as const;
  const named = held.flatMap(([holds, name]) => (holds ? [name] : []));
  return named.length === 0 && secrets.length > 0 ? ['values of the environment or of files'] : named;
}
