import type { Resolution } from './resolution.js';
import type { TargetInput } from './schema.js';

const EXAMPLE = 'write it like http://user:password@proxy.example.com:3128';

/** The proxy of the target as a URL. Null if there is none, or after reporting a problem. */
export function resolveProxy(input: TargetInput, { problems }: Resolution): string | null {
  const written = input.proxy;
  if (written === undefined) return null;
  const path = ['target', 'proxy'];
  const wrong = proxyTrouble(written);
  if (wrong !== null) problems.rule({ path, at: 'key', ...wrong });
  else if (input.url === undefined) {
    problems.rule({
      path,
      at: 'key',
      message: 'has no target to lead to',
      hint: 'wsurge reaches its own server directly: remove it',
    });
  } else if (input.url.startsWith('ws+unix:')) {
    problems.rule({ path, at: 'key', message: 'cannot lead to a unix socket', hint: 'remove it' });
  }
  return wrong === null ? written : null;
}

/** Why a text is no proxy that connections can go through; null if it is one. */
export function proxyTrouble(written: string): { message: string; hint: string } | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(written)) return { message: 'is not the URL of a proxy', hint: EXAMPLE };
  if (scheme !== 'http') {
    return {
      message: `is a ${scheme} proxy, which wsurge does not speak`,
      hint: `give one that takes CONNECT over plain http: ${EXAMPLE}`,
    };
  }
  const { hostname, port, pathname, search, username, password } = new URL(written);
  if (hostname === '') return { message: 'has no host', hint: EXAMPLE };
  if (port === '0') return { message: 'has port 0', hint: 'name the port the proxy listens on' };
  if (pathname !== '/' || search !== '' || written.includes('#'))
    return { message: 'has something behind host and port', hint: EXAMPLE };
  if (!canDecode(username) || !canDecode(password))
    return { message: 'has a user name or password that is not percent-encoded', hint: 'write % as %25' };
  return null;
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
