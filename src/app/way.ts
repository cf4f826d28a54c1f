/** How the connections of a command get to the target: settled before any load, or before any check. */
import type { MachineCanary } from '../coordinator/canary.js';
import { followed, type Hop, type Redirect } from '../coordinator/redirect.js';
import type { Route } from '../coordinator/route.js';
import { toolVersion } from '../machine/tool-version.js';
import type { Endpoint } from '../plan/cell.js';
import type { Profile } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import type { RunningTarget } from '../target/running-target.js';

export interface Way {
  readonly endpoint: Endpoint;
  readonly route: Route;
}

/** A way on which each machine that makes the load has flown its canary. */
export interface CheckedWay extends Way {
  readonly canaries: readonly MachineCanary[];
}

/** What a user should know of the ways to the targets, each thing once. */
export function notesOf(routes: readonly Route[]): string[] {
  return [...new Set(routes.flatMap(({ notes }) => notes))];
}

/** Where the connections of a command go. */
export function endpointFor(profile: Profile, running: Pick<RunningTarget, 'url'>, route: Route): Endpoint {
  const { headers, subprotocols, tls } = profile.target;
  return {
    url: running.url,
    ...facts(route),
    headers,
    subprotocols,
    tls,
    localAddresses: profile.localAddresses,
    receive: profile.receive,
    userAgent: `wsurge/${toolVersion()}`,
  };
}

/**
 * The way that a redirect leads to. `onRedirect` is told of it. `asked`: the URLs asked so far; the new one is added. `permit` judges
 * the new host as the first one was. Throws WsurgeError 103 if the redirect is not to be followed.
 */
export async function followRedirect(
  redirect: Redirect,
  { endpoint: from, asked }: { readonly endpoint: Endpoint; readonly asked: string[] },
  permit: (target: Profile['target']) => Promise<Route>,
  { profile, onRedirect }: { readonly profile: Profile; readonly onRedirect: (notes: readonly string[]) => void },
): Promise<Way> {
  const hop = followed(redirect, from, asked);
  const { url } = hop.endpoint;
  const route = await permit({ ...profile.target, kind: 'url', url } as Profile['target']);
  onRedirect([redirectNote(hop), ...notesOf([route])]);
  return { endpoint: { ...hop.endpoint, ...facts(route) }, route };
}

/** Where a redirect led, and what is not sent there. */
export function redirectNote({ endpoint: { url }, dropped }: Extract<Hop, { kind: 'to' }>): string {
  const kept = dropped.length === 0 ? '' : `, without ${dropped.join(', ')}: it is another origin`;
  return `follows a redirect to ${redactUrl(url)}${kept}`;
}

/** The part of an endpoint that the route settles. */
function facts({ addresses, proxy }: Route): Pick<Endpoint, 'address' | 'addresses' | 'proxy'> {
  return {
    address: addresses[0] ?? null,
    ...(addresses.length > 1 ? { addresses } : {}),
    ...(proxy === null ? {} : { proxy }),
  };
}
