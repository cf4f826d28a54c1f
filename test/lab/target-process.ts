import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readTruthLog } from '../../src/server/faults/read-truth-log.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));

/** A `wsurge serve` with faults, in a process and a folder of its own. */
export class TargetProcess {
  readonly url: string;
  readonly folder: string;
  /** Its certificate, PEM. */
  readonly certificate = CERTIFICATE;
  readonly #child: ChildProcess;
  readonly #truthFile: string;

  private constructor(url: string, folder: string, child: ChildProcess, truthFile: string) {
    this.url = url;
    this.folder = folder;
    this.#child = child;
    this.#truthFile = truthFile;
  }

  static async start(faults: string, options: { readonly tls?: boolean } = {}): Promise<TargetProcess> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-lab-'));
    const file = (name: string) => path.join(folder, name);
    const files = { cert: file('cert.pem'), key: file('key.pem'), truth: file('truth.ndjson') };
    await writeFile(files.cert, CERTIFICATE);
    await writeFile(files.key, KEY);
    const tls = options.tls === true ? ['--cert', files.cert, '--key', files.key] : [];
    const args = ['serve', '--engine', 'ws', '--json', '--faults', faults, '--truth-log', files.truth, ...tls];
    // It ends with the lab: its IPC channel closes then.
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    return new TargetProcess(await listeningUrl(child), folder, child, files.truth);
  }

  /** Stops it; returns what it wrote down. */
  async stop(): Promise<TruthEntry[]> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
    try {
      return await readTruthLog(this.#truthFile);
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

async function listeningUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return (JSON.parse(line) as { url: string }).url;
  throw new Error('the server ended before it listened');
}
