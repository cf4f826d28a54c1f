import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IS_WHOLE } from '../share.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_MS = 110_000;

/** Both files are played, each for one of its two jobs; in the whole pass for both. */
const PLAYS = IS_WHOLE ? ['copied'] : ['copied to GitHub: a change', 'copied to GitLab: a night'];

it('the files of docs/ci do their work in an empty project of somebody else', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ci-kit.mjs'), ...PLAYS], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.equal(stdout.match(/^==== copied to .*: \d+ s$/gm)?.length, IS_WHOLE ? 4 : 2, stdout);
});
