import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTruthLog } from '../../src/server/faults/read-truth-log.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));

export interface TruthOptions {
  /** How it misbehaves, as `--faults` takes it; a plain echo where absent. */
  readonly faults?: string;
  /** Memory held beside serving. */
  readonly ballastBytes?: number;
}

export interface TruthServer {
  readonly url: string;
  /** Without a word to anyone. */
  kill(): void;
  /** Messages it has received so far. */
  received(): Promise<number>;
  /** Ends it where it still runs, and gives its truth log; what a killed one had not yet written is not in it. */
  stop(): Promise<TruthEntry[]>;
}

/** Starts the reference server as a process of its own, with a truth log. Stop it in a `finally` or an `after` hook. */
export async function truthServer({ faults = 'null', ballastBytes = 0 }: TruthOptions = {}): Promise<TruthServer> {
  const folder = await mkdtemp(join(tmpdir(), 'wsurge-truth-'));
  const file = join(folder, 'truth.ndjson');
  const ballast = `data:text/javascript,globalThis.ballast = Buffer.alloc(${ballastBytes}, 1)`;
  const serve = [CLI, 'serve', '--engine', 'ws', '--json', '--faults', faults, '--truth-log', file];
  // The channel ends the server where this process does, however that comes about.
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, ['--import', ballast, ...serve], { stdio: [...stdio] });
  const gone = once(child, 'exit');
  const { url, port } = JSON.parse(await firstLineOf(child)) as { url: string; port: number };
  return {
    url,
    kill: () => void child.kill('SIGKILL'),
    received: async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^wsurge_server_messages_received_total (\d+)$/m.exec(text)![1]);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      const entries = await readTruthLog(file);
      await rm(folder, { recursive: true, force: true });
      return entries;
    },
  };
}

async function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  return assert.fail(`the server ended before it listened: ${text}`);
}
