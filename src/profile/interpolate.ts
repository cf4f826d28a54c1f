import { messageOf } from '../errors.js';
import type { Path } from './document.js';
import type { ProblemList } from './problem-list.js';
import { quoted } from './problem-list.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Sources {
  readonly env: Env;
  /** Reads the file named at a path of the profile. Throws if it cannot. */
  readonly read: (file: string, at: Path) => string;
}

/** The value of a variable without one line end: `$(cat file)` removes it, but many secret stores keep it. */
export function envValue(env: Env, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name]?.replace(/\r?\n$/, '') : undefined;
}

/** Values that must never be printed. */
export interface Secrets {
  /** Secret because of their use: header values, user-info, path and query of a URL, payloads, keys. */
  readonly used: Set<string>;
  /** Secret because the user said so: `${secret:X}`, at any place. */
  readonly named: Set<string>;
}

const SECRET_KEYS: ReadonlySet<unknown> = new Set(['headers', 'subprotocols', 'tls', 'command']);

/** Whether a value at this path is secret because of its use. `before`: the text in front of it. */
function isSecretPlace(path: Path, before: string): boolean {
  const last = path[path.length - 1];
  if (last === 'template' || isSaid(path)) return true;
  if (path[0] !== 'target') return false;
  if (SECRET_KEYS.has(path[1])) return true;
  // A user-info is recognised by the @ after it, which may be part of the value. So the whole URL is examined again
  // later.
  return last === 'url' && /[/?]/.test(before.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ''));
}

const TALK_KEYS: ReadonlySet<unknown> = new Set(['session', 'requests', 'when']);
/** Keys of steps, rules and requests that are names and times. */
const PLAIN_KEYS: ReadonlySet<unknown> = new Set(['name', 'count', 'weight', 'wait', 'repeat', 'timeout']);

/** What goes over the wire as a message, or is looked for in one; and the options of a protocol. */
function isSaid(path: Path): boolean {
  if (path[0] === 'protocol') return path.length > 1 && path[1] !== 'name' && path[1] !== 'beat';
  const inLoad = path[0] === 'load' && typeof path[1] === 'number' ? path.slice(2) : path;
  const [word, , key] = inLoad;
  return TALK_KEYS.has(word) && !PLAIN_KEYS.has(key);
}

const REFERENCE = /\$\{([A-Za-z]+):([^{}]*)\}/g;

/**
 * Copies a raw profile and fills in every `${env:X}`, `${secret:X}` and `${file:path}`. If one is missing, this is a
 * problem, and the text stays as it was.
 */
export function interpolate(raw: unknown, sources: Sources, problems: ProblemList, secrets: Secrets): unknown {
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return value.includes('${') ? fill(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };

  const fill = (text: string, path: Path): string =>
    text.replace(REFERENCE, (whole, source: string, name: string, at: number) => {
      const found = lookUp(source, name, path);
      if (typeof found === 'string') {
        if (source === 'secret') secrets.named.add(found);
        else if (isSecretPlace(path, text.slice(0, at))) secrets.used.add(found);
        return found;
      }
      problems.add({ path, at: 'key', ...found });
      problems.markBroken(path);
      return whole;
    });

  const lookUp = (source: string, name: string, path: Path): string | { message: string; hint?: string } => {
    if (source === 'env' || source === 'secret') {
      const value = envValue(sources.env, name);
      return (
        value ?? {
          message: `the environment variable ${quoted(name)} is not set`,
          hint: `set ${name} or remove \${${source}:${name}}`,
        }
      );
    }
    if (source !== 'file')
      return { message: `\${${source}:...} is not known`, hint: `use \${env:NAME}, \${secret:NAME} or \${file:path}` };
    try {
      return sources.read(name, path).replace(/\r?\n$/, '');
    } catch (error) {
      return { message: `cannot read ${quoted(name)}`, hint: messageOf(error) };
    }
  };

  return walk(raw, []);
}
