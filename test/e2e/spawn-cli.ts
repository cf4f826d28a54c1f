import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));

export interface SpawnedCli {
  readonly process: ChildProcess;
  /** Its working folder. */
  readonly cwd: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when stdout or stderr holds the text; rejects when the process ends before. */
  printed(text: string): Promise<void>;
  /** The exit code, once it is gone and its output read. */
  readonly exit: Promise<number | null>;
  /** Every file below its working folder and its folder for temporary files, by path. */
  leftovers(): Promise<Record<string, string>>;
}

/**
 * Runs the command line as a process, in a folder of its own with a TMPDIR of its own; the test takes both away. `before`:
 * the words that come before it, as `ip netns exec NAME`.
 */
export async function spawnCli(
  t: TestContext,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): Promise<SpawnedCli> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'wsurge-spawn-'));
  const [cwd, temporary] = [path.join(root, 'cwd'), path.join(root, 'tmp')];
  for (const folder of [cwd, temporary]) await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, TMPDIR: temporary };
  const [file, ...words] = [...before, process.execPath, CLI, ...args];
  const child = spawn(file!, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
    await rm(root, { recursive: true, force: true });
  });
  return {
    process: child,
    cwd,
    stdout: () => stdout,
    stderr: () => stderr,
    exit,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text) || stderr.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.once('close', () => reject(new Error(`ended without printing ${text}:\n${stderr}${stdout}`)));
        look();
      }),
    leftovers: () => filesBelow(root),
  };
}

async function filesBelow(root: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.relative(root, file)] = await readFile(file, 'utf8');
    else if (!entry.isDirectory()) files[path.relative(root, file)] = '<neither file nor folder>';
  }
  return files;
}

/** Pids of all processes that come from this one, by /proc; empty where there is no such thing. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry)) parents.set(Number(entry), parentOf(Number(entry)));
  }
  const isBelow = (child: number): boolean => {
    const parent = parents.get(child);
    return parent !== undefined && parent > 0 && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** True while the process runs; one that only waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && !/\) [ZX] /.test(stat);
}

function parentOf(pid: number): number {
  return Number(/\) \S (\d+) /.exec(statOf(pid) ?? '')?.[1] ?? 0);
}

function statOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null; // it has ended
  }
}
