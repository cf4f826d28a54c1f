import { main } from '../../src/cli/main.js';
import type { CapacityDocument } from '../../src/documents/capacity-document.js';
import { parseCapacity } from '../../src/documents/capacity-schema.js';

export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a command of `wsurge` in this folder, as from a shell without a terminal. */
export async function runCommand(folder: string, args: readonly string[]): Promise<CommandEnd> {
  let stdout = '';
  const silent = { write: () => {}, isTTY: false, columns: 80 };
  const code = await main([...args], {
    stdout: {
      ...silent,
      write: (text) => {
        stdout += text;
      },
    },
    stderr: silent,
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
  });
  return { code, stdout };
}

/** Runs `wsurge capacity --json`. */
export async function searchIn(folder: string, args: readonly string[]): Promise<Search> {
  const { code, stdout } = await runCommand(folder, ['capacity', ...args, '--json', '--quiet']);
  return { code, document: parseCapacity(JSON.parse(stdout)) };
}

export interface Search {
  readonly code: number;
  readonly document: CapacityDocument;
}
