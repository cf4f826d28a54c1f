/** A full disk under stdout (`wsurge run ... > log`) ends no run: it is told at the end, and the exit code says so. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { wsServer } from './local-server.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));

test('a run whose stdout takes nothing more writes its files, and exits with 1', { timeout: 120_000 }, async (t) => {
  const server = await wsServer();
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-full-'));
  const full = openSync('/dev/full', 'w');
  t.after(async () => {
    closeSync(full);
    await server.stop();
    await rm(cwd, { recursive: true, force: true });
  });
  const load = ['-c', '1', '-R', '20', '-d', '1s', '-W', '0s'];
  const child = spawn(process.execPath, [CLI, 'run', server.url, ...load, '--no-instrument-check'], {
    cwd,
    stdio: ['ignore', full, 'pipe'],
  });
  let stderr = '';
  child.stderr!.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 1, stderr);
  assert.match(stderr, /not everything could be written to stdout: the disk is full \(ENOSPC\)\n$/);
  const [run] = await readdir(path.join(cwd, 'results'));
  const files = await readdir(path.join(cwd, 'results', run!));
  for (const file of ['result.json', 'report.md', 'report.html']) assert.ok(files.includes(file), files.join(', '));
});
