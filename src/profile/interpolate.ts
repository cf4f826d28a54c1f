import { messageOf } from '../errors.js';
import type { Path } from './document.js';
import type { ProblemList } from './problem-list.js';
import { quoted } from './problem-list.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Sources {
  readonly env: Env;
  /** Reads the file named at a path of the profile; throws where it cannot. */
  readonly read: (file: string, at: Path) => string;
}

/** A variable's value without one line end, which `$(cat file)` keeps out but many a secret store does not. */
export function envValue(env: Env, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name]?.replace(/\r?\n$/, '') : undefined;
}

/** What must never be printed. */
export interface Secrets {
  /** By what they are used for: header values, user-info, path and query of a URL, payloads, keys. */
  readonly used: Set<string>;
  /** Because the user said so: `${secret:X}`, wherever it stands. */
  readonly named: Set<string>;
}

const SECRET_KEYS: ReadonlySet<unknown> = new Set(['headers', 'subprotocols', 'tls', 'command']);

/** Whether what stands at a path is secret by its use. `before`: the text in front of it. */
function isSecretPlace(path: Path, before: string): boolean {
  const last = path[path.length - 1];
  if (last === 'template') return true;
  if (path[0] !== 'target') return false;
  if (SECRET_KEYS.has(path[1])) return true;
  // A user-info is known by the @ behind it, which may be part of the value: the whole URL is looked at once more.
  return last === 'url' && /[/?]/.test(before.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ''));
}

const REFERENCE = /\$\{([A-Za-z]+):([^{}]*)\}/g;

/**
 * A copy of a raw profile with every `${env:X}`, `${secret:X}` and `${file:path}` filled in. What is missing is a problem,
 * and the text is left as it was.
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
