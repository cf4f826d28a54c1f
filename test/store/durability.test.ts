import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { WsurgeError } from '../../src/errors.js';
import { Durability } from '../../src/store/durability.js';
import { createRunFolder, INTERVALS_FILE } from '../../src/store/run-folder.js';
import { intervalOf } from '../report/run/saved-fixture.js';

/** A disk whose fsync fails with this code, and what it tells. */
function failing(code: string): { disk: Durability; told: string[]; tries: () => number } {
  let tries = 0;
  const told: string[] = [];
  const disk = new Durability(() => {
    tries++;
    return Promise.reject(Object.assign(new Error(`${code}: fsync`), { code }));
  });
  disk.onUnable = (text) => told.push(text);
  return { disk, told, tries: () => tries };
}

async function temporary(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'wsurge-durability-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

describe('a file system that cannot fsync', () => {
  for (const code of ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']) {
    it(`(${code}) takes a whole run, and that is told once`, async (t) => {
      const { disk, told, tries } = failing(code);
      const root = await temporary(t);
      const folder = await createRunFolder(root, 'run', new Date(0), disk);
      folder.appendInterval(intervalOf());
      await folder.writeReport('report.md', 'text');
      await folder.close();
      assert.deepEqual((await readdir(folder.path)).toSorted(), [INTERVALS_FILE, 'report.md']);
      assert.equal(await readFile(path.join(folder.path, 'report.md'), 'utf8'), 'text');
      assert.ok(tries() >= 4, `${tries()} tries: folders, report and intervals`);
      assert.equal(told.length, 1);
      assert.match(told[0]!, /results are written all the same/);
    });
  }
});

it('a disk that fails is a failure', async (t) => {
  const { disk, told } = failing('EIO');
  const root = await temporary(t);
  await assert.rejects(createRunFolder(root, 'run', new Date(0), disk), (error: WsurgeError) => error.exitCode === 104);
  assert.deepEqual(told, []);
});
