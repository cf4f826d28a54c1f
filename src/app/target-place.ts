import type { Endpoint } from '../plan/cell.js';
import type { Profile, Target } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';

/** Does the target share this machine's cores? True for `localhost`, loopback addresses and Unix sockets. */
export function isLocal({ target }: Profile): boolean {
  if (target.kind !== 'url') return true;
  return /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(target.url) || target.url.startsWith('ws+unix:');
}

/** What will be loaded, before it runs: a URL, or a server that is still to be started. */
export function targetName(target: Target): string {
  return target.kind === 'embedded' ? `embedded server (${target.engine})` : redactUrl(target.url);
}

/** Host and port as people read them, with the address, or how many there are, and the proxy before them. */
export function placeOf(url: string, { address, addresses = [], proxy }: Endpoint): string {
  if (url.startsWith('ws+unix:')) return 'unix socket';
  const { host } = new URL(url.replace(/\{\{[^}]*\}\}/g, 'x'));
  if (proxy !== undefined) return `${host} through the proxy ${proxy.host}:${proxy.port}`;
  const where = addresses.length > 1 ? `${addresses.join(', ')} in turn` : address;
  return where === null || host.includes(where) ? host : `${host} (${where})`;
}
