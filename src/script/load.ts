import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, messageOf, usageError, type WsurgeError } from '../errors.js';
import { checkScript } from './check.js';
import type { AnyScript } from './life.js';
import { placeOf, shown } from './problem.js';

/** A script that does not load within this time, ms, waits for something that will not come. */
const LOAD_MS = 10_000;
const TYPED = /\.[mc]?ts$/i;

/** Which script, and where relative paths begin. `sha256`: of its text when the plan was made; null to take any. */
export interface ScriptSource {
  readonly path: string;
  readonly folder: string;
  readonly sha256: string | null;
}

export interface LoadOptions {
  /** How long a script may take to load; shorter in tests. */
  readonly timeoutMs?: number;
  /** False: a thread with nothing left to do ends before that time. */
  readonly holdsThread?: boolean;
}

/**
 * Imports a script in this thread and checks its shape. Each thread imports it once, whatever it has connections. Throws
 * WsurgeError (104) with file and line where the script has them.
 */
export async function loadScript(source: ScriptSource, options: LoadOptions = {}): Promise<AnyScript> {
  const file = path.resolve(source.folder, source.path);
  const text = textOf(source, file);
  refuseTypes(source, file);
  // With its hash in the address a script that has changed is another module, not the one that was imported before.
  const url = `${pathToFileURL(file).href}?sha256=${sha256Of(text)}`;
  const script = await imported(source, file, url, options);
  return checkScript(source.path, script);
}

export function sha256Of(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function textOf({ path: name, sha256 }: ScriptSource, file: string): Buffer {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    const reason = codeOf(error) ?? messageOf(error);
    throw usageError(
      'script_unreadable',
      `the script ${name} cannot be read (${reason})`,
      `${shown(file)} must be there`,
    );
  }
  if (sha256 !== null && sha256Of(text) !== sha256) {
    throw usageError('script_changed', `the script ${name} has changed since the plan was made`, 'run it again');
  }
  return text;
}

/** Node strips types from 22.18 on. Before, a script in TypeScript has to be compiled. */
function refuseTypes({ path: name }: ScriptSource, file: string): void {
  if (!TYPED.test(file) || (process.features as { typescript?: unknown }).typescript) return;
  const made = shown(file).replace(TYPED, '.mjs');
  throw usageError(
    'script_typescript',
    `the script ${name} is TypeScript, which Node ${process.versions.node} does not run`,
    `use Node 22.18 or later; or compile it, and name the .mjs file in the profile: npx esbuild ${shown(file)} --format=esm --outfile=${made}`,
  );
}

async function imported(
  source: ScriptSource,
  file: string,
  url: string,
  { timeoutMs = LOAD_MS, holdsThread = true }: LoadOptions,
): Promise<unknown> {
  const late = Symbol('late');
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, late);
    if (!holdsThread) timer.unref();
  });
  try {
    const module = await Promise.race([import(url) as Promise<{ readonly default?: unknown }>, deadline]);
    if (module === late) throw neverLoaded(source, timeoutMs);
    return (module as { readonly default?: unknown }).default;
  } catch (error) {
    throw codeOf(error) === 'script_stuck' ? error : notLoaded(source, file, error);
  } finally {
    clearTimeout(timer);
  }
}

function neverLoaded({ path: name }: ScriptSource, timeoutMs: number): WsurgeError {
  return usageError(
    'script_stuck',
    `the script ${name} did not load within ${timeoutMs / 1000} s: an await outside of its functions does not end`,
    'await in open, which has a deadline for each connection',
  );
}

function notLoaded({ path: name }: ScriptSource, file: string, error: unknown): WsurgeError {
  const place = error instanceof SyntaxError ? placeOfSyntax(file) : placeOf(error);
  const where = place === null ? '' : ` (${place})`;
  return usageError('script_broken', `the script ${name} does not load${where}: ${messageOf(error)}`, fixOf(error));
}

function fixOf(error: unknown): string | undefined {
  if (codeOf(error) === 'ERR_MODULE_NOT_FOUND' && /'wsurge'/.test(messageOf(error))) {
    return 'install wsurge beside the script (npm install --save-dev wsurge), or leave out the import: `export default { ... }` does the same as defineScript';
  }
  if (error instanceof SyntaxError && /'wsurge' does not provide/.test(messageOf(error))) {
    return 'import nothing but defineScript from wsurge: a script runs in the threads of the load';
  }
  return undefined;
}

/** An error of syntax does not tell its place to the program; Node prints it when it checks the file. */
function placeOfSyntax(file: string): string | null {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: LOAD_MS });
  const line = /^(?:file:\/\/)?(.+):(\d+)$/m.exec(stderr ?? '')?.[2];
  return line === undefined ? null : `${shown(file)}:${line}`;
}
