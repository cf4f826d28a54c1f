import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.js';

/** How much of a failed child's stderr is shown. */
const SHOWN_CHARACTERS = 2000;

/** The compiled file of a process of the bench, by its name from `bench/`. */
export function entry(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

export interface Command {
  readonly command: readonly string[];
  readonly core: number | null;
  /** After this time the child is killed, and the round has failed. */
  readonly deadlineMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and resolves with its stdout. Rejects with its stderr if it fails. */
export function runCommand({ command, core, deadlineMs, env = {} }: Command): Promise<string> {
  const [file, ...args] = pinned(core, command);
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    let isLate = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-SHOWN_CHARACTERS);
    });
    const deadline = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, deadlineMs);
    child.on('error', (error) => {
      clearTimeout(deadline);
      reject(new Error(`${command[0]} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      if (code === 0) return resolve(stdout);
      const why = isLate ? `did not end within ${deadlineMs / 1000} s` : `ended with ${signal ?? `exit code ${code}`}`;
      reject(new Error(`${command.join(' ').slice(0, 200)} ${why}\n${stderr || stdout.slice(-SHOWN_CHARACTERS)}`));
    });
  });
}

/** A round may take this much longer than its window: start, connects, settling, closing. */
const ALLOWANCE_MS = 60_000;

/**
 * Runs one of the bench's own processes with a job and resolves with its answer. Both are JSON: the job is the only
 * argument, and the answer is what the process prints.
 */
export async function runJob<Job, Answer>(
  name: string,
  job: Job,
  options: { readonly core: number | null; readonly seconds: number; readonly flags?: readonly string[] },
): Promise<Answer> {
  const { core, seconds, flags = [] } = options;
  const command = [process.execPath, ...flags, entry(name), JSON.stringify(job)];
  return JSON.parse(await runCommand({ command, core, deadlineMs: seconds * 1000 + ALLOWANCE_MS })) as Answer;
}

/** In such a process: the job it was given. */
export function takeJob<Job>(): Job {
  return JSON.parse(process.argv[2] ?? '') as Job;
}

/** In such a process: prints the answer and ends, whatever is still open. */
export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0));
}
