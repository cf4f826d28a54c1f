import { suggest } from './did-you-mean.js';
import { FORBIDDEN_KEYS, type Path } from './document.js';
import { type ProblemList, pathText, quoted, startsWith, valueAt } from './problem-list.js';
import { OF_COMMAND } from './resolve-target.js';

/**
 * A change to a profile from the command line or the environment. `origin` is its name for the user (`--duration`,
 * `WSURGE_DURATION`); problems with the value are reported under that name.
 */
export type Override = { readonly origin: string; readonly value: unknown } & (
  | /** Exactly this path; `load.NAME` finds an entry by its name. */ {
      readonly kind: 'set';
      readonly path: readonly string[];
    }
  /**
   * A key of the only load of a run without profile. With a profile it could mean any load, so it is refused with their
   * names.
   */
  | { readonly kind: 'unnamedLoad'; readonly key: string }
  /**
   * A top-level default that also overrides the values in load entries. `clears`: neighbouring keys that it replaces.
   */
  | { readonly kind: 'default'; readonly path: readonly string[]; readonly clears?: readonly string[] }
  /** Another target address. Headers, TLS and sub-protocols are kept. */
  | { readonly kind: 'target' }
  /** The command that starts the server. The profile still says where the server listens. */
  | { readonly kind: 'command' }
  /** One request header. Upper and lower case of its name are the same. */
  | { readonly kind: 'header'; readonly name: string }
  /** Replaces the profile's threshold for the same metric and selector. */
  | { readonly kind: 'threshold'; readonly metric: string }
);

export interface Overridden {
  readonly path: Path;
  readonly origin: string;
}

type Tree = Record<string | number, unknown>;

/** Applies overrides to a raw profile in place. Returns which path came from which flag. */
export function applyOverrides(root: Tree, overrides: readonly Override[], problems: ProblemList): Overridden[] {
  const done: Overridden[] = [];
  for (const override of overrides) {
    const { origin, value } = override;
    const refuse = (message: string, hint: string): null => {
      // A separate path, so that the problem is reported at the flag.
      const path = ['(override)', String(done.length)];
      done.push({ path, origin });
      problems.add({ path, at: 'key', message, hint });
      return null;
    };
    const put = (path: Path) => {
      if (assign(root, path, value)) done.push({ path, origin });
      else refuse(`${pathText(path)} cannot be set`, 'what stands there is neither a mapping nor long enough a list');
    };
    switch (override.kind) {
      case 'set': {
        const path = resolvePath(root, override.path, refuse);
        if (path !== null) put(path);
        break;
      }
      case 'unnamedLoad':
        refuse(
          'says what a run without a profile does; with a profile it could mean any load',
          `set the load you mean: ${settingsOf(loadNames(root), override.key, String(value))}`,
        );
        break;
      case 'default':
        clear(root, override.path, override.clears ?? []);
        put(override.path);
        break;
      case 'target':
        for (const key of ['embedded', 'command', ...OF_COMMAND]) remove(root, ['target', key]);
        put(['target', 'url']);
        break;
      case 'command':
        remove(root, ['target', 'embedded']);
        put(['target', 'command']);
        break;
      case 'header': {
        const headers = valueAt(root, ['target', 'headers']);
        for (const name of Object.keys(typeof headers === 'object' && headers !== null ? headers : {})) {
          const ours = done.some(({ path }) => path.length === 3 && path[1] === 'headers' && path[2] === name);
          if (!ours && name.toLowerCase() === override.name.toLowerCase()) remove(root, ['target', 'headers', name]);
        }
        put(['target', 'headers', override.name]);
        break;
      }
      case 'threshold': {
        const path = ['thresholds', override.metric];
        const ours = done.some((entry) => startsWith(entry.path, path));
        const before = ours ? valueAt(root, path) : [];
        if (!ours && assign(root, path, [])) done.push({ path, origin });
        put([...path, Array.isArray(before) ? before.length : 0]);
        break;
      }
    }
  }
  return done;
}

/** A path with load names replaced by positions. If it leads nowhere, reports a problem and returns null. */
function resolvePath(root: Tree, path: readonly string[], fail: (message: string, hint: string) => null): Path | null {
  if (path.length === 0 || path.some((segment) => segment === ''))
    return fail('names no key', 'write it like load.NAME.rate=500/s');
  const forbidden = path.find((segment) => FORBIDDEN_KEYS.has(segment));
  if (forbidden !== undefined) return fail(`the key "${forbidden}" is not allowed`, 'name a key of the profile');
  if (path[0] !== 'load' || path.length === 1) return namedEntries(root, path, fail);
  const names = loadNames(root);
  const byName = names.indexOf(path[1]!);
  const index = byName >= 0 ? byName : /^\d+$/.test(path[1]!) ? Number(path[1]) : -1;
  if (index < 0 || index >= names.length) return fail(`there is no load ${quoted(path[1]!)}`, suggest(path[1]!, names));
  return namedEntries(root, ['load', index, ...path.slice(2)], fail);
}

/** Lists whose entries have names, by which they may be called as by their place. */
const NAMED: ReadonlySet<unknown> = new Set(['requests', 'session', 'when']);

/** Replaces the names of requests, steps and rules by their place, and texts that are places by numbers. */
function namedEntries(root: Tree, path: Path, fail: (message: string, hint: string) => null): Path | null {
  const placed = listIndices(root, path);
  const at = placed[0] === 'load' ? 2 : 0;
  const [list, name] = placed.slice(at);
  if (!NAMED.has(list) || typeof name !== 'string') return placed;
  const entries = valueAt(root, placed.slice(0, at + 1));
  if (!Array.isArray(entries)) return placed;
  const names = entries.map((entry, index) => String(valueAt(entry, ['name']) ?? index));
  const index = names.indexOf(name);
  if (index < 0) return fail(`${String(list)} has no ${quoted(name)}`, suggest(name, names));
  return [...placed.slice(0, at + 1), index, ...placed.slice(at + 2)];
}

/** The names of the loads on a command line: the name, or else the position. */
function loadNames(root: Tree): string[] {
  const loads = Array.isArray(root['load']) ? (root['load'] as unknown[]) : [];
  return loads.map((load, index) => String(valueAt(load, ['name']) ?? index));
}

const SHOWN_LOADS = 3;
const SHOWN_CHARACTERS = 40;

/** `--set load.a.rate=5 or load.b.rate=5` */
function settingsOf(names: readonly string[], key: string, value: string): string {
  const shown = names.length === 0 ? ['NAME'] : names.slice(0, SHOWN_LOADS);
  const more = names.length > shown.length ? ', ...' : '';
  return `--set ${shown.map((name) => `load.${name}.${key}=${value.slice(0, SHOWN_CHARACTERS)}`).join(' or ')}${more}`;
}

/** Replaces path segments that index a list by numbers. */
function listIndices(root: Tree, path: Path): Path {
  return path.map((segment, depth) =>
    typeof segment === 'string' && /^\d+$/.test(segment) && Array.isArray(valueAt(root, path.slice(0, depth)))
      ? Number(segment)
      : segment,
  );
}

/** Sets a value and creates mappings on the way. False if another kind of value is in the way. */
function assign(root: Tree, path: Path, value: unknown): boolean {
  let holder: Tree = root;
  for (const segment of path.slice(0, -1)) {
    const next = Object.hasOwn(holder, segment) ? holder[segment] : undefined;
    if (next === undefined || next === null) holder[segment] = {};
    else if (typeof next !== 'object') return false;
    holder = holder[segment] as Tree;
  }
  const last = path[path.length - 1]!;
  if (Array.isArray(holder) && (typeof last !== 'number' || last > holder.length)) return false;
  holder[last] = value;
  return true;
}

/** Removes a default from the load entries, and the neighbours that the new value replaces. */
function clear(root: Tree, path: readonly string[], neighbours: readonly string[]): void {
  const parent = path.slice(0, -1);
  const loads = Array.isArray(root['load']) ? root['load'].length : 0;
  for (let index = 0; index < loads; index++) {
    for (const key of [path[path.length - 1]!, ...neighbours]) remove(root, ['load', index, ...parent, key]);
  }
  for (const key of neighbours) remove(root, [...parent, key]);
}

function remove(root: Tree, path: Path): void {
  const holder = valueAt(root, path.slice(0, -1));
  if (typeof holder === 'object' && holder !== null) delete (holder as Tree)[path[path.length - 1]!];
}
