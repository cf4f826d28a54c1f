import { checkValues, MARK } from './check-values.js';
import type { Path } from './document.js';
import { envValue } from './interpolate.js';
import type { Readiness, Target } from './profile.js';
import { type Resolution, resolveTokens } from './resolution.js';
import { resolveProxy } from './resolve-proxy.js';
import { resolveTls } from './resolve-tls.js';
import type { TargetInput } from './schema.js';
import { fillWith, withEncodedTokens } from './tokens.js';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that belong to the handshake. The text says what to use instead. */
const OWN_HEADERS: Readonly<Record<string, string>> = {
  connection: 'it belongs to the handshake',
  upgrade: 'it belongs to the handshake',
  'sec-websocket-key': 'it belongs to the handshake',
  'sec-websocket-version': 'it belongs to the handshake',
  'sec-websocket-extensions': 'compression is never asked for',
  'sec-websocket-protocol': 'use subprotocols',
};
/** Keys that control how `command` is started and stopped. */
export const OF_COMMAND = ['ready', 'readyTimeout', 'stopTimeout'] as const;
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5000;
const DEFAULT_TARGET: TargetInput = { embedded: 'auto' };

/** The server under test; the embedded one if the profile names none. */
export function resolveTarget(written: TargetInput | undefined, resolution: Resolution): Target {
  const input = written ?? DEFAULT_TARGET;
  const common = {
    headers: resolveHeaders(input.headers ?? {}, resolution),
    subprotocols: resolveSubprotocols(input.subprotocols ?? [], resolution),
    tls: resolveTls(input.tls, resolution),
    pid: input.pid ?? ('auto' as const),
    resolve: input.resolve ?? ('all' as const),
    proxy: resolveProxy(input, resolution),
    followRedirects: resolveFollow(input, resolution),
  };
  checkOneKind(input, resolution);
  const url = input.url === undefined ? '' : resolveUrl(input.url, resolution);
  if (input.command !== undefined) {
    return {
      kind: 'command',
      command: input.command,
      url,
      ready: resolveReady(input.ready, resolution),
      readyTimeoutMs: input.readyTimeout ?? READY_TIMEOUT_MS,
      stopTimeoutMs: input.stopTimeout ?? STOP_TIMEOUT_MS,
      ...common,
    };
  }
  if (input.url !== undefined) return { kind: 'url', url, ...common };
  return { kind: 'embedded', engine: input.embedded ?? 'auto', ...common };
}

/** The test connection follows redirects once for all connections, so tokens in the URL would be lost. */
function resolveFollow(input: TargetInput, { problems }: Resolution): boolean {
  const follows = input.followRedirects ?? false;
  if (follows && /\{\{/.test(input.url ?? '')) {
    const message =
      'does not go with tokens in the URL, which a redirect would replace by those of the test connection';
    const hint = 'give the address that it redirects to, with the tokens';
    problems.rule({ path: ['target', 'followRedirects'], at: 'key', message, hint });
  }
  return follows;
}

function checkOneKind(input: TargetInput, { problems }: Resolution): void {
  const kinds: Path[] = [
    ['target', 'url'],
    ['target', 'embedded'],
    ['target', 'command'],
  ];
  const rule = (path: Path, message: string, hint: string) => problems.rule({ path, at: 'key', message, hint }, kinds);
  const one = 'give one of { url }, { embedded: auto } or { command, url }';
  if (input.url === undefined && input.embedded === undefined && input.command === undefined) {
    rule(['target'], 'names no server', one);
  }
  if (input.embedded !== undefined && (input.url !== undefined || input.command !== undefined)) {
    rule(['target', 'embedded'], `stands beside ${input.command === undefined ? 'url' : 'command'}`, one);
  }
  if (input.command !== undefined && input.url === undefined && input.embedded === undefined) {
    rule(['target', 'command'], 'needs url', 'say where the started server listens, e.g. url: ws://127.0.0.1:9001/');
  }
  for (const key of OF_COMMAND) {
    if (input[key] === undefined || input.command !== undefined) continue;
    rule(['target', key], 'belongs to command', 'remove it, or give the command that starts the server');
  }
}

function resolveUrl(written: string, resolution: Resolution): string {
  const path = ['target', 'url'];
  const { text: plain } = resolveTokens(written, path, resolution, { perMessage: false, isUrl: true });
  const text = withEncodedTokens(plain);
  const wrong = urlTrouble(fillWith(text, () => MARK));
  if (wrong !== null) resolution.problems.rule({ path, ...wrong });
  else checkValues({ path, text, trouble: urlTrouble }, resolution);
  return text;
}

function urlTrouble(url: string): { message: string; hint: string } | null {
  const example = 'write it like ws://127.0.0.1:9001/path';
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') {
    return {
      message: 'is not a WebSocket URL',
      hint: `use ${scheme === 'http' ? 'ws' : 'wss'}:// instead of ${scheme}://`,
    };
  }
  if (scheme !== 'ws' && scheme !== 'wss' && scheme !== 'ws+unix')
    return { message: 'is not a ws, wss or ws+unix URL', hint: example };
  if (!URL.canParse(url)) return { message: 'is not a valid URL', hint: example };
  const parsed = new URL(url);
  if (/\s/.test(url)) return { message: 'holds a space or a line end', hint: 'write %20, or %0A' };
  // A URL parser would turn it into a slash.
  if (url.includes('\\')) return { message: 'holds a backslash', hint: 'write %5C' };
  if (url.includes('#'))
    return { message: 'has a fragment (#), which WebSocket URLs may not have', hint: 'remove it, or write %23' };
  if (scheme === 'ws+unix') {
    const socket = parsed.pathname.split(':')[0]!;
    return socket === '' || socket === '/'
      ? { message: 'names no socket', hint: 'write it like ws+unix:/run/app.sock:/path' }
      : null;
  }
  if (parsed.hostname === '') return { message: 'has no host', hint: example };
  if (parsed.host.toLowerCase().includes(MARK))
    return { message: 'has a token in its host', hint: 'tokens may stand after the host only' };
  return parsed.port === '0' ? { message: 'has port 0', hint: 'name the port the server listens on' } : null;
}

function resolveReady(ready: TargetInput['ready'], { problems }: Resolution): Readiness {
  if (ready === undefined || ready === 'port') return { by: 'port' };
  const path = ['target', 'ready'];
  if ((ready.url === undefined) === (ready.log === undefined)) {
    problems.rule({ path, at: 'key', message: 'needs exactly one of url and log' }, [
      [...path, 'url'],
      [...path, 'log'],
    ]);
  }
  if (ready.log !== undefined) return { by: 'log', line: ready.log };
  const url = ready.url ?? '';
  if (ready.url !== undefined && (!URL.canParse(url) || !/^https?:/i.test(url))) {
    problems.rule({
      path: [...path, 'url'],
      message: 'is not an http or https URL',
      hint: 'write it like http://127.0.0.1:9001/healthz',
    });
  }
  return { by: 'url', url };
}

function resolveHeaders(written: Readonly<Record<string, string>>, resolution: Resolution): Record<string, string> {
  const seen = new Set<string>();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    const path = ['target', 'headers', name];
    const wrong = (message: string, hint?: string) => resolution.problems.rule({ path, at: 'key', message, hint });
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) wrong('is not a header name');
    if (Object.hasOwn(OWN_HEADERS, lower)) wrong('cannot be set', OWN_HEADERS[lower]);
    if (seen.has(lower)) wrong('appears twice', 'keep one of them');
    seen.add(lower);
    const { text } = resolveTokens(value, path, resolution, { perMessage: false });
    const own = headerTrouble(text);
    if (own !== null) wrong(own.message, own.hint);
    else checkValues({ path, text, trouble: headerTrouble }, resolution);
    headers[name] = text.trim();
  }
  return headers;
}

function headerTrouble(value: string): { message: string; hint?: string } | null {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return null;
  const message = 'has a value with characters that a header cannot hold';
  return /[\r\n]/.test(value) ? { message, hint: 'a header is one line: remove the line end' } : { message };
}

function subprotocolTrouble(name: string): { message: string; hint: string } | null {
  if (HEADER_NAME.test(name)) return null;
  return { message: 'is not a sub-protocol name', hint: 'one word without spaces or commas' };
}

function resolveSubprotocols(written: readonly string[], resolution: Resolution): string[] {
  const resolved = written.map((protocol, index) => {
    const path = ['target', 'subprotocols', index];
    const { text } = resolveTokens(protocol, path, resolution, { perMessage: false });
    const wrong = subprotocolTrouble(fillWith(text, () => MARK));
    if (wrong !== null) resolution.problems.rule({ path, ...wrong });
    else checkValues({ path, text, trouble: subprotocolTrouble }, resolution);
    if (written.indexOf(protocol) !== index) resolution.problems.rule({ path, message: 'appears twice' });
    return text;
  });
  checkOfferedOnce(resolved, resolution);
  return resolved;
}

/** A handshake that offers a sub-protocol twice is invalid. */
function checkOfferedOnce(offered: readonly string[], { env, rows, problems }: Resolution): void {
  if (!offered.some((protocol) => protocol.includes('{{'))) return;
  for (const [index, row] of (rows.length === 0 ? [{}] : rows).entries()) {
    const filledWith = (name: string) =>
      name === 'connection'
        ? '0'
        : name.startsWith('env.')
          ? envValue(env, name.slice(4))
          : (row as Readonly<Record<string, string>>)[name.slice(5)];
    const filled = offered.map((protocol) => fillWith(protocol, (name) => filledWith(name) ?? ''));
    if (new Set(filled).size === filled.length) continue;
    const message = `with row ${index + 1} of the data, or the environment, one of them appears twice`;
    return problems.rule({ path: ['target', 'subprotocols'], at: 'key', message, hint: 'offer each once' });
  }
}
