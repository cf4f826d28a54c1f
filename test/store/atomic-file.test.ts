import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { writeAtomic } from '../../src/store/atomic-file.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-atomic-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Runs `during` with every file opened for `work`, just before it is opened. */
async function watchingOpens(beforeOpen: (file: string) => void, work: () => Promise<void>): Promise<void> {
  const { open } = fs;
  fs.open = (async (...args: Parameters<typeof open>) => {
    beforeOpen(String(args[0]));
    return await open(...args);
  }) as typeof open;
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.open = open;
    syncBuiltinESMExports();
  }
}

describe('writeAtomic in a folder that others may write to', () => {
  const plant = (link: (temporary: string, victim: string) => void) => async () => {
    const folder = mkdtempSync(path.join(root, 'f-'));
    const victim = path.join(folder, 'victim');
    writeFileSync(victim, 'precious');
    const names: string[] = [];
    const beforeOpen = (file: string) => {
      if (!file.endsWith('.tmp')) return;
      names.push(file);
      link(file, victim);
    };
    await watchingOpens(beforeOpen, async () => {
      await assert.rejects(writeAtomic(path.join(folder, 'result.json'), 'text'), { code: 'results_write_failed' });
    });
    assert.equal(names.length, 1);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  };

  it(
    'writes through no link of the temporary name',
    plant((temporary, victim) => symlinkSync(victim, temporary)),
  );
  it(
    'nor through one that leads nowhere',
    plant((temporary) => symlinkSync('/nowhere/at/all', temporary)),
  );
  it(
    'nor into a file that was there first',
    plant((temporary) => writeFileSync(temporary, 'theirs')),
  );

  it("replaces a link of the file's own name, and leaves alone what that led to", async () => {
    const folder = mkdtempSync(path.join(root, 'f-'));
    const victim = path.join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, path.join(folder, 'result.json'));
    await writeAtomic(path.join(folder, 'result.json'), 'text');
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.equal(readFileSync(path.join(folder, 'result.json'), 'utf8'), 'text');
    assert.deepEqual(readdirSync(folder).sort(), ['result.json', 'victim']);
  });

  it('takes another temporary name each time', async () => {
    const names = new Set<string>();
    const file = path.join(root, 'again.json');
    await watchingOpens(
      (name) => {
        if (name.endsWith('.tmp')) names.add(name);
      },
      async () => {
        for (let i = 0; i < 5; i++) await writeAtomic(file, 'text');
      },
    );
    assert.equal(names.size, 5);
  });
});
