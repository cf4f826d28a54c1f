/** One hostile or unlucky situation, and how it came out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendantsOf, isAlive } from '../../e2e/spawn-cli.js';

export const CLI = fileURLToPath(new URL('../../../bundle/cli/bin.js', import.meta.url));

/** Null: as it should be. Otherwise what was wrong, or why it could not be tried. */
export type Finding = null | { readonly wrong: string } | { readonly skipped: string };

export interface Case {
  readonly group: string;
  readonly name: string;
  run(): Promise<Finding>;
}

/** Slower than this is a hang. */
const MOST_MS = 60_000;
/** How long processes may take to be gone after wsurge is. */
const GONE_MS = 10_000;

export interface Trial {
  readonly args: readonly string[];
  /** Exit codes that are right; null: ended by the signal. */
  readonly codes: readonly (number | null)[];
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** A shell command that runs it, `"$@"` in its place: `ulimit -n 64; exec "$@"`. */
  readonly shell?: string;
  /** Called once it has started. */
  readonly meanwhile?: (child: ChildProcess, output: () => string) => Promise<void>;
  /** What stdout and stderr must hold. */
  readonly says?: RegExp;
}

/** Runs the command line as a process in a folder of its own, and says what was wrong with its end. */
export async function trial({ args, codes, files = {}, shell, meanwhile, says }: Trial): Promise<Finding> {
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-hostile-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
    const words = [process.execPath, CLI, ...args];
    const [file, ...rest] = shell === undefined ? words : ['/bin/sh', '-c', shell, 'sh', ...words];
    const child = spawn(file!, rest, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
    const started = new Set<number>();
    const watch = setInterval(() => {
      for (const pid of descendantsOf(child.pid!)) started.add(pid);
    }, 50);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const late = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
    await meanwhile?.(child, () => output);
    const code = await ended;
    clearInterval(watch);
    clearTimeout(late);
    const left = await stillThere([...started]);
    const problems = [
      ...(codes.includes(code) ? [] : [`exit code ${code}, not ${codes.join(' or ')}`]),
      ...(/internal error/.test(output) ? ['an internal error'] : []),
      ...(says === undefined || says.test(output) ? [] : [`does not say ${says}`]),
      ...(left.length === 0 ? [] : [`left ${left.length} processes`]),
      ...(await temporaryFiles(cwd)),
    ];
    for (const pid of left) process.kill(pid, 'SIGKILL');
    return problems.length === 0 ? null : { wrong: `${problems.join('; ')}: ${output.trim().slice(-200)}` };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function stillThere(pids: readonly number[]): Promise<number[]> {
  for (let waitedMs = 0; waitedMs < GONE_MS && pids.some(isAlive); waitedMs += 50) await pause(50);
  return pids.filter(isAlive);
}

async function temporaryFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.tmp')).map((name) => `left ${name}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
