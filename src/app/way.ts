/** How the connections of a command get to the target: settled before any load, or before any check. */
import { hopTo } from '../coordinator/redirect.js';
import type { Route } from '../coordinator/route.js';
import { unreachableError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import type { Endpoint } from '../plan/cell.js';
import type { Profile } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import type { RunningTarget } from '../target/running-target.js';

export interface Way {
  readonly endpoint: Endpoint;
  readonly route: Route;
}

/** A handshake that was answered with a redirect. `message` and `next`: the refusal as it is told where nobody follows it. */
export interface Redirect {
  readonly location: string;
  readonly message: string;
  readonly next: string | null;
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
  { location, message, next }: Redirect,
  { endpoint: from, asked }: { readonly endpoint: Endpoint; readonly asked: string[] },
  permit: (target: Profile['target']) => Promise<Route>,
  { profile, onRedirect }: { readonly profile: Profile; readonly onRedirect: (notes: readonly string[]) => void },
): Promise<Way> {
  const hop = hopTo(location, from, asked);
  if (hop.kind === 'refused') {
    throw unreachableError('redirect_refused', `${message}, which is not followed: ${hop.why}`, next ?? '');
  }
  const { url } = hop.endpoint;
  asked.push(url);
  const route = await permit({ ...profile.target, kind: 'url', url } as Profile['target']);
  const kept = hop.dropped.length === 0 ? '' : `, without ${hop.dropped.join(', ')}: it is another origin`;
  onRedirect([`follows a redirect to ${redactUrl(url)}${kept}`, ...notesOf([route])]);
  return { endpoint: { ...hop.endpoint, ...facts(route) }, route };
}

/** The part of an endpoint that the route settles. */
function facts({ addresses, proxy }: Route): Pick<Endpoint, 'address' | 'addresses' | 'proxy'> {
  return {
    address: addresses[0] ?? null,
    ...(addresses.length > 1 ? { addresses } : {}),
    ...(proxy === null ? {} : { proxy }),
  };
}
