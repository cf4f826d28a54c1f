import type { Profile } from '../profile/profile.js';

/** Does the target share this machine's cores? True for `localhost`, loopback addresses and Unix sockets. */
export function isLocal({ target }: Profile): boolean {
  if (target.kind !== 'url') return true;
  return /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(target.url) || target.url.startsWith('ws+unix:');
}

/** Host and port as people read them. */
export function placeOf(url: string, address: string | null): string {
  if (url.startsWith('ws+unix:')) return 'unix socket';
  const { host } = new URL(url.replace(/\{\{[^}]*\}\}/g, 'x'));
  return address === null || host.includes(address) ? host : `${host} (${address})`;
}
