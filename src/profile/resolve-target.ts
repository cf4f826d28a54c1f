import type { Path } from './document.js';
import type { Readiness, Target, TlsOptions } from './profile.js';
import { type Resolution, resolveTokens } from './resolution.js';
import type { TargetInput } from './schema.js';
import { fillWith } from './tokens.js';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that belong to the handshake itself, and where to ask for them instead. */
const OWN_HEADERS: Readonly<Record<string, string>> = {
  connection: 'it belongs to the handshake',
  upgrade: 'it belongs to the handshake',
  'sec-websocket-key': 'it belongs to the handshake',
  'sec-websocket-version': 'it belongs to the handshake',
  'sec-websocket-extensions': 'compression is never asked for',
  'sec-websocket-protocol': 'use subprotocols',
};
/** Keys that say how `command` is started and ended. */
export const OF_COMMAND = ['ready', 'readyTimeout', 'stopTimeout'] as const;
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5000;
const DEFAULT_TARGET: TargetInput = { embedded: 'auto' };

/** The server under test; embedded where the profile names none. */
export function resolveTarget(written: TargetInput | undefined, resolution: Resolution): Target {
  const input = written ?? DEFAULT_TARGET;
  const common = {
    headers: resolveHeaders(input.headers ?? {}, resolution),
    subprotocols: resolveSubprotocols(input.subprotocols ?? [], resolution),
    tls: resolveTls(input.tls, resolution),
    pid: input.pid ?? ('auto' as const),
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

/** Stands for a token while a URL is checked. */
const MARK = 'wsurge-token';

function resolveUrl(written: string, resolution: Resolution): string {
  const path = ['target', 'url'];
  const { text } = resolveTokens(written, path, resolution, false);
  const wrong = urlTrouble(fillWith(text, () => MARK));
  if (wrong !== null) resolution.problems.rule({ path, ...wrong });
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
  if (/[\s]/.test(url)) return { message: 'holds a space', hint: 'write %20' };
  if (parsed.hash !== '')
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
    const { text } = resolveTokens(value, path, resolution, false);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) wrong('has a value with characters that a header cannot hold');
    headers[name] = text.trim();
  }
  return headers;
}

function resolveSubprotocols(written: readonly string[], resolution: Resolution): string[] {
  return written.map((protocol, index) => {
    const path = ['target', 'subprotocols', index];
    const { text } = resolveTokens(protocol, path, resolution, false);
    if (!HEADER_NAME.test(fillWith(text, () => 'x'))) {
      resolution.problems.rule({
        path,
        message: 'is not a sub-protocol name',
        hint: 'one word without spaces or commas',
      });
    }
    if (written.indexOf(protocol) !== index) resolution.problems.rule({ path, message: 'appears twice' });
    return text;
  });
}

function resolveTls(input: TargetInput['tls'], resolution: Resolution): TlsOptions {
  const pem = (key: 'ca' | 'cert' | 'key'): string | null => {
    const written = input?.[key];
    if (written === undefined) return null;
    const path = ['target', 'tls', key];
    const text = written.startsWith('-----BEGIN') ? written : resolution.readFile(written, path);
    if (text !== null && !text.includes('-----BEGIN')) {
      resolution.problems.rule({
        path,
        at: 'key',
        message: 'is not a PEM file',
        hint: 'a PEM file has a line -----BEGIN ...-----',
      });
    }
    return text;
  };
  const lacking = (has: 'cert' | 'key', lacks: 'cert' | 'key') => {
    if (input?.[has] === undefined || input[lacks] !== undefined) return;
    const finding = {
      path: ['target', 'tls', has],
      at: 'key' as const,
      message: `needs ${lacks}`,
      hint: 'a client certificate is both',
    };
    resolution.problems.rule(finding, [['target', 'tls', lacks]]);
  };
  lacking('cert', 'key');
  lacking('key', 'cert');
  return {
    ca: pem('ca'),
    cert: pem('cert'),
    key: pem('key'),
    insecure: input?.insecure ?? false,
    servername: input?.servername ?? null,
  };
}
