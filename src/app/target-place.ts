import type { Endpoint } from '../plan/cell.js';
import type { Profile, Target } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';

/** Does the target share this machine's cores? True for `localhost`, loopback addresses (or none at all: `0.0.0.0`) and Unix sockets. */
export function isLocal({ target }: Profile): boolean {
  return target.kind !== 'url' || isLocalUrl(target.url);
}

/** The same for a URL alone. Not the coordinator's `isLoopback`: a host may be a name or hold placeholders. */
export function isLocalUrl(url: string): boolean {
  if (/^ws\+unix:/i.test(url)) return true;
  const plain = url.replace(/\{\{[^}]*\}\}/g, '0');
  return URL.canParse(plain) && /^(localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/i.test(new URL(plain).hostname);
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
