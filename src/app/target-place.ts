import type { Endpoint } from '../plan/cell.js';
import type { Profile } from '../profile/profile.js';

/** Does the target share this machine's cores? True for `localhost`, loopback addresses and Unix sockets. */
export function isLocal({ target }: Profile): boolean {
  if (target.kind !== 'url') return true;
  return /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(target.url) || target.url.startsWith('ws+unix:');
}

/** Host and port as people read them, with the address, or how many there are, and the proxy before them. */
export function placeOf(url: string, { address, addresses = [], proxy }: Endpoint): string {
  if (url.startsWith('ws+unix:')) return 'unix socket';
  const { host } = new URL(url.replace(/\{\{[^}]*\}\}/g, 'x'));
  if (proxy !== undefined) return `${host} through the proxy ${proxy.host}:${proxy.port}`;
  const where = addresses.length > 1 ? `${addresses.join(', ')} in turn` : address;
  return where === null || host.includes(where) ? host : `${host} (${where})`;
}
