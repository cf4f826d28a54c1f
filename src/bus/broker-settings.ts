/** Where the broker is and how to be let in: a URL and the variables that the `nats` tool uses, too. */
import { readFile } from 'node:fs/promises';
import { codeOf, usageError, type WsurgeError } from '../errors.js';

export interface BrokerSettings {
  /** `host:port` each, without user or password: safe to print. */
  readonly servers: readonly string[];
  /** Hosts of these, IPv6 without brackets. */
  readonly hosts: readonly string[];
  readonly login: Login;
  /** Null: encrypted only if the broker asks for it. */
  readonly tls: TlsFiles | null;
}

export type Login =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'user'; readonly user: string; readonly password: string }
  /** `creds`: what the file says. */
  | { readonly kind: 'creds'; readonly creds: Uint8Array; readonly file: string };

/** PEM texts. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = '4222';
const HOW_TO_WRITE =
  'write nats://HOST:4222, or tls://HOST:4222 where the broker has a certificate; several with commas';

/** Whether nobody but this machine, or nobody without the key, can read what goes to the broker. */
export function isPrivateBroker({ hosts, tls }: BrokerSettings): boolean {
  return tls !== null || hosts.every(isLoopback);
}

/** `url` wins over NATS_URL. Throws a WsurgeError (104) that shows no secret. */
export async function readBrokerSettings(url: string | undefined, env: Env): Promise<BrokerSettings> {
  const written = url ?? env['NATS_URL'] ?? '';
  if (written.trim() === '') {
    throw usageError('broker_missing', 'no broker is named', 'give --nats nats://HOST:4222, or set NATS_URL');
  }
  const urls = written.split(',').map((one) => brokerUrl(one.trim()));
  const isEncrypted = urls.some(({ protocol }) => protocol === 'tls:');
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`),
    hosts: urls.map(({ hostname }) => hostname.replace(/^\[|\]$/g, '')),
    login: (await loginOf(env)) ?? loginIn(urls[0]!),
    tls: await tlsOf(env, isEncrypted),
  };
}

function brokerUrl(written: string): URL {
  let url: URL | null = null;
  try {
    url = new URL(written.includes('://') ? written : `nats://${written}`);
  } catch {
    // Said below. The text is not shown: it may hold a password.
  }
  if (url === null || url.hostname === '')
    throw usageError('broker_url', 'the URL of the broker is none', HOW_TO_WRITE);
  if (url.protocol === 'nats:' || url.protocol === 'tls:') return url;
  throw usageError('broker_url', `the broker is not reached with ${url.protocol}//`, HOW_TO_WRITE);
}

/** What the URL says before the `@`. */
function loginIn({ username, password }: URL): Login {
  if (username === '') return { kind: 'none' };
  const user = decoded(username);
  return password === '' ? { kind: 'token', token: user } : { kind: 'user', user, password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const message = 'the URL of the broker has a user name or password that is not percent-encoded';
    throw usageError('broker_url', message, 'write % as %25, or set NATS_USER and NATS_PASSWORD');
  }
}

/** What the variables say, or null where they say nothing. */
async function loginOf(env: Env): Promise<Login | null> {
  const { NATS_CREDS: file, NATS_USER: user, NATS_PASSWORD: password } = env;
  if (file) return { kind: 'creds', creds: await read('NATS_CREDS', file), file };
  if (user) return { kind: 'user', user, password: password ?? '' };
  if (!password) return null;
  throw usageError('broker_login', 'NATS_PASSWORD is set, but NATS_USER is not', 'set both of them, or neither');
}

async function tlsOf(env: Env, isEncrypted: boolean): Promise<TlsFiles | null> {
  const { NATS_CA: ca, NATS_CERT: cert, NATS_KEY: key } = env;
  if (Boolean(cert) !== Boolean(key)) {
    const [there, missing] = cert ? ['NATS_CERT', 'NATS_KEY'] : ['NATS_KEY', 'NATS_CERT'];
    throw usageError('broker_tls', `${there} is set, but ${missing} is not`, 'set both of them, or neither');
  }
  if (!(isEncrypted || ca || cert)) return null;
  return {
    ...(ca && { ca: await pem('NATS_CA', ca) }),
    ...(cert && { cert: await pem('NATS_CERT', cert) }),
    ...(key && { key: await pem('NATS_KEY', key) }),
  };
}

async function pem(variable: string, file: string): Promise<string> {
  const text = (await read(variable, file)).toString('latin1');
  if (text.includes('-----BEGIN ')) return text;
  throw fileError(variable, file, 'is no PEM file');
}

async function read(variable: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fileError(variable, file, `cannot be read (${codeOf(error) ?? 'unknown'})`);
  }
}

function fileError(variable: string, file: string, why: string): WsurgeError {
  return usageError('broker_file', `${file} ${why}`, `set ${variable} to the right file`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
