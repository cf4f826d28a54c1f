import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { main } from '../../src/cli/main.js';
import type { ResultDocument } from '../../src/documents/result-document.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { isClientNoise } from '../verdict/client-noise.js';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** result.json of the run, or null where there is none. */
  readonly result: ResultDocument | null;
  /** Every file of the run folder, by name; empty where there is no folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly folders: number;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told what is written to stdout, as it is. */
  readonly onStdout?: (text: string) => void;
  /** Told what is written to stderr, as it is. */
  readonly onStderr?: (text: string) => void;
  /** Files to write into the working folder before the run. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * A run of which nothing is timed: without the check of the instrument, which takes seconds, and without the thread that
 * wakes workers more exactly than a timer, which takes longer to start than the short run of a test to count.
 */
export const COUNTED_RUN = ['run', '--no-instrument-check', '--pacing', 'timer'] as const;

/** Runs the command line in this process, in a folder of its own that is removed afterwards. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-test-'));
  let stdout = '';
  let stderr = '';
  try {
    for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(path.join(cwd, name), text);
    const code = await main(args, {
      stdout: {
        write: (text) => {
          stdout += text;
          options.onStdout?.(text);
        },
        isTTY: false,
        columns: 80,
      },
      stderr: {
        write: (text) => {
          stderr += text;
          options.onStderr?.(text);
        },
        isTTY: false,
        columns: 80,
      },
      env: options.env ?? {},
      cwd,
      signal: options.signal ?? new AbortController().signal,
    });
    const { files, folders } = await resultsOf(path.join(cwd, 'results'));
    const result = files['result.json'] === undefined ? null : (JSON.parse(files['result.json']) as ResultDocument);
    return { code, stdout, stderr, result, files, folders };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Gates that ask for something to have been done in the measured time. */
const STARVED: readonly string[] = ['held', 'opened', 'answered', 'received', 'recovered'];

/**
 * The run ended with this exit code. A busy machine may rightly make the measurement invalid, for which 98 wins; nothing
 * else may come between, and a run that should pass has no gate that failed: but for those that a generator fails which
 * hardly got a processor.
 */
export function assertExit(run: CliRun, wanted: 0 | 99): void {
  assert.ok(run.result !== null, run.stderr);
  const { validity, reasons, gates } = run.result.verdict;
  const found = JSON.stringify({ reasons, gates: gates.filter(({ passed }) => !passed) }, null, 1);
  const doubts = reasons.filter(({ side, severity }) => side === 'client' && severity === 'invalid');
  assert.ok(doubts.every(isClientNoise), found);
  // A threshold that is decided stands, although the figures are wide.
  assert.ok(run.code === wanted || (validity === 'invalid' && run.code === 98), `${run.code}: ${found}`);
  const excused = validity === 'invalid' ? STARVED : [];
  if (wanted === 0)
    assert.ok(
      gates.every(({ gate, passed }) => passed || excused.includes(gate)),
      found,
    );
}

/**
 * Every message of the cell was answered. A generator that hardly got a processor may not have sent all that was planned:
 * what it sent was answered.
 */
export function assertAnswered(cell: CellResult, planned: number): void {
  const { messages } = cell.flows[0]!;
  assert.deepEqual([messages.planned, messages.answered, messages.lost], [planned, messages.sent, 0], cell.id);
  assert.ok(messages.answered > 0, `${cell.id}: nothing was answered`);
}

async function resultsOf(root: string): Promise<{ files: Record<string, string>; folders: number }> {
  const folders = await readdir(root).catch(() => []);
  const files: Record<string, string> = {};
  const last = folders[folders.length - 1];
  if (last !== undefined) {
    for (const entry of await readdir(path.join(root, last), { withFileTypes: true })) {
      if (entry.isFile()) files[entry.name] = await readFile(path.join(root, last, entry.name), 'utf8');
    }
  }
  return { files, folders: folders.length };
}
