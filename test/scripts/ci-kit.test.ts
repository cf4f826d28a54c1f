import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_MS = 110_000;

it('the files of docs/ci do their work in an empty project of somebody else', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ci-kit.mjs'), 'copied'], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.equal(stdout.match(/^==== copied to .*: \d+ s$/gm)?.length, 4, stdout);
});
