/** What a run leaves behind, however it ends: the promises that `withRunFolder` makes for every command. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { measureRun, type RunWatch } from '../../src/app/run.js';
import { planRun } from '../../src/app/run-plan.js';
import type { RunTask } from '../../src/app/tasks.js';
import { type RunFacts, withRunFolder } from '../../src/app/with-run-folder.js';
import { parseProfile } from '../../src/profile/parse.js';
import { createRunFolder } from '../../src/store/run-folder.js';
import type { RunRecord } from '../../src/store/run-record.js';

const SECRET = 'hunter2hunter2';

const FACTS: RunFacts = {
  ...{ labels: {}, tool: { name: 'wsurge', version: '0' }, environment: { generators: [] }, target: {}, profile: {} },
  ...{ planHash: '', seed: 1, workers: 0 },
};

function emptyRoot(t: TestContext): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-folder-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** The folders of runs below `root`, and run.json of the only one. */
function leftIn(root: string): { readonly folders: readonly string[]; readonly record: RunRecord | null } {
  const folders = readdirSync(root);
  const [folder] = folders;
  if (folder === undefined) return { folders, record: null };
  return { folders, record: JSON.parse(readFileSync(path.join(root, folder, 'run.json'), 'utf8')) as RunRecord };
}

/** A target that remembers whether it was closed. */
function target() {
  const state = { isClosed: false };
  const close = async () => {
    state.isClosed = true;
  };
  return { state, open: async () => ({ close }) };
}

const made = (root: string) => ({ make: (now: Date) => createRunFolder(root, 'x', now), secrets: [SECRET] });

describe('what a run leaves behind', () => {
  it('is no folder where the target does not come up', async (t) => {
    const root = emptyRoot(t);
    const open = () => Promise.reject(new Error('refused'));
    await assert.rejects(
      withRunFolder({ ...made(root), open }, async () => assert.fail('there is no target to work with')),
      /refused/,
    );
    assert.deepEqual(leftIn(root).folders, []);
  });

  it('is no folder where it never began, and the target is closed', async (t) => {
    const root = emptyRoot(t);
    const { state, open } = target();
    await assert.rejects(
      withRunFolder({ ...made(root), open }, () => Promise.reject(new Error('no canary came back'))),
      /no canary/,
    );
    assert.deepEqual(leftIn(root).folders, []);
    assert.ok(state.isClosed);
  });

  it('is run.json with the error where it threw, secrets struck out, and the target is closed', async (t) => {
    const root = emptyRoot(t);
    const { state, open } = target();
    const failing = withRunFolder({ ...made(root), open }, async (run) => {
      await run.begin(() => FACTS);
      assert.equal(leftIn(root).record!.status, 'running');
      throw new Error(`it said ${SECRET}`);
    });
    await assert.rejects(failing, /it said hunter2/);
    const { record } = leftIn(root);
    assert.deepEqual([record!.status, record!.error], ['crashed', 'it said ***']);
    assert.ok(state.isClosed);
  });

  it('is the results and their status where it came to its end', async (t) => {
    const root = emptyRoot(t);
    const { state, open } = target();
    const folder = await withRunFolder({ ...made(root), open }, async (run) => {
      await run.begin(() => FACTS);
      await run.end('interrupted', [['result.json', '{}']], []);
      assert.ok(!state.isClosed);
      return run.folder.path;
    });
    assert.equal(leftIn(root).record!.status, 'interrupted');
    assert.equal(readFileSync(path.join(folder, 'result.json'), 'utf8'), '{}');
    assert.ok(state.isClosed);
  });

  it('stays where it is older than this run, although nothing began', async (t) => {
    const root = emptyRoot(t);
    const begunAt = new Date(0);
    const spec = { ...made(root), open: target().open, begunAt };
    await assert.rejects(
      withRunFolder(spec, async (run) => {
        await run.prepare(() => FACTS);
        throw new Error('stopped');
      }),
      /stopped/,
    );
    const { record } = leftIn(root);
    assert.deepEqual([record!.status, record!.startedAt], ['running', begunAt.toISOString()]);
  });
});

describe('a run on a server of its own', () => {
  const profile = {
    ...{ target: { embedded: 'ws' }, load: [{ name: 'x', connections: 2, rate: '50/s' }] },
    ...{ warmup: '0s', duration: '1h', instrumentCheck: false },
  };

  /** Runs it in `root`; `watch` may stop it. */
  async function play(root: string, signal: AbortSignal, watch: Partial<RunWatch>) {
    const task: RunTask = {
      parsed: parseProfile({ kind: 'flags', value: profile }, { env: {}, readText: () => '' }),
      settings: {
        ...{ outputDir: root, formats: ['md'], strict: false, defaultGates: true, only: [] },
        ...{ untilPrecise: null, nullTwin: false, allowTargets: [], fleet: null },
      },
    };
    const nothing = () => undefined;
    const silent = { warn: nothing, redirected: nothing, tell: nothing, begins: nothing };
    return await measureRun(task, planRun(task), { env: {}, cwd: root, signal }, { ...silent, ...watch });
  }

  it('that crashes in the load stops the server and says so', async (t) => {
    const root = emptyRoot(t);
    let pid = 0;
    const crashing = play(root, new AbortController().signal, {
      begins: ({ target }) => {
        pid = target.pid!;
        process.kill(pid, 0);
      },
      tell: (event) => {
        if (event.type === 'cell-start') throw new Error('out of order');
      },
    });
    await assert.rejects(crashing, /out of order/);
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
    assert.equal(leftIn(root).record!.status, 'crashed');
  });

  it('that is interrupted has a whole result and its report', async (t) => {
    const root = emptyRoot(t);
    const interrupt = new AbortController();
    const { exitCode, result, folder, reports } = await play(root, interrupt.signal, {
      tell: (event) => {
        if (event.type === 'line' && event.line.stage === 'measure') interrupt.abort();
      },
    });
    assert.deepEqual([exitCode, result.status, result.cells.length], [105, 'interrupted', 1]);
    assert.deepEqual(result.cells[0]!.laws, []);
    assert.equal(leftIn(root).record!.status, 'interrupted');
    assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')), result);
    assert.deepEqual(
      reports.map(({ name }) => name),
      ['report.md'],
    );
  });
});
