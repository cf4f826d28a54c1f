/** A saved run, written to disk by hand, and the command line played in this process: for tests of what reads folders. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { main } from '../../src/cli/main.js';
import type { ExitCode } from '../../src/errors.js';
import { jsonReporter } from '../../src/report/run/json.js';
import { intervalLine, serverLine } from '../../src/store/interval-log.js';
import { documentOf } from '../report/document-fixture.js';
import { linesOf, serverSecondsOf } from '../report/run/saved-fixture.js';

/** The result of the saved run. */
export const DOCUMENT = documentOf();

/** Its result.json. */
export const RESULT = jsonReporter.render(DOCUMENT);

/** Its run.json. */
export const RUN = {
  ...{ schemaVersion: 1, runId: DOCUMENT.runId, status: 'complete', startedAt: DOCUMENT.startedAt, labels: {} },
  tool: { name: 'wsurge', version: '0.1.0' },
  ...{ environment: { generators: [] }, target: {}, profile: {}, planHash: 'c0ffee', seed: 1, workers: 2 },
};

/** The text of its intervals.ndjson. */
export const INTERVALS = DOCUMENT.cells
  .flatMap((cell) => [...linesOf(cell).map(intervalLine), ...serverSecondsOf(cell).map(serverLine)])
  .join('');

type FileTexts = Readonly<Record<string, string>>;

/** A temporary folder that is removed after the tests of a file. */
export function temporaryRoot(name: string): string {
  const root = mkdtempSync(path.join(os.tmpdir(), `wsurge-${name}-`));
  after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** A new folder below `root` with these files. */
export function folderOf(root: string, files: FileTexts): string {
  const folder = mkdtempSync(path.join(root, 'run-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

/** A new folder below `root` with the three files of the saved run; `some` adds to them or replaces them. */
export function runFolderIn(root: string, some: FileTexts = {}): string {
  const files = {
    'run.json': JSON.stringify(RUN),
    'result.json': RESULT,
    'intervals.ndjson': INTERVALS,
  };
  return folderOf(root, { ...files, ...some });
}

export interface Played {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Plays a command line in the folder `cwd`, with nothing but `env` in its environment. */
export async function play(args: readonly string[], cwd: string, env: FileTexts = {}): Promise<Played> {
  const text = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof text) => ({
    write: (part: string) => {
      text[name] += part;
    },
    isTTY: false,
    columns: 80,
  });
  const signal = new AbortController().signal;
  const code = await main(args, { stdout: sink('stdout'), stderr: sink('stderr'), env, cwd, signal });
  return { code, ...text };
}
