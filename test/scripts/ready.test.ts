import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { further } from '../share.js';
import { Checkout, type Outcome } from './checkout.js';

const READY: Outcome = { code: 0, said: '' };

let made: Promise<Checkout> | null = null;
/** One that is installed and built, for the tests that begin with that. */
function template(): Promise<Checkout> {
  made ??= (async () => {
    const checkout = new Checkout();
    assert.equal((await checkout.run('ready.mjs')).code, 0);
    return checkout;
  })();
  return made;
}
after(async () => (await made)?.delete());

describe('ready.mjs', () => {
  let checkout: Checkout;
  const ready = (env?: Record<string, string>, nodeArgs?: string[]) => checkout.run('ready.mjs', env, nodeArgs);
  beforeEach(() => {
    checkout = new Checkout();
  });
  const installed = async () => checkout.become(await template());
  afterEach(() => checkout.delete());

  it('installs and builds a fresh checkout, one line a step, and is silent after', async () => {
    assert.deepEqual(await ready(), { code: 0, said: 'set-up: installing packages (npm ci)\nset-up: building\n' });
    assert.match(checkout.calls('npm')[0] ?? '', /^ci .*--ignore-scripts/);
    assert.ok(checkout.has('dist/src/a.js'));
    assert.equal(statSync(checkout.path('dist/src/cli/bin.js')).mode & 0o111, 0o111);
    assert.deepEqual(await ready(), READY);
    assert.deepEqual([checkout.calls('npm').length, checkout.calls('strip').length], [1, 1]);
    assert.deepEqual(checkout.calls('tsc'), [], 'types are for npm run typecheck');
  });

  it('leaves packages beyond the lockfile alone while the lockfile stays', async () => {
    await installed();
    checkout.write('node_modules/uWebSockets.js/package.json', '{}');
    assert.deepEqual(await ready(), READY);
    assert.ok(checkout.has('node_modules/uWebSockets.js'));
  });

  it('installs again when the lockfile changed, and says what that took away', async () => {
    await installed();
    checkout.write('node_modules/uWebSockets.js/package.json', '{}');
    checkout.lock({ '': {}, 'node_modules/ws': { version: '8.0.1' } });
    const { said } = await ready();
    assert.match(said, /installing packages[\s\S]*removed the optional uWebSockets\.js[\s\S]*building/);
    assert.equal(checkout.calls('npm').length, 2);
  });

  it('installs again when a package or the record of an install is missing', async () => {
    await installed();
    checkout.remove('node_modules/ws');
    assert.match((await ready()).said, /installing/);
    checkout.remove('node_modules/.package-lock.json');
    assert.match((await ready()).said, /installing/);
    assert.deepEqual(await ready(), READY);
  });

  it('accepts a package that only other platforms have', async () => {
    await installed();
    checkout.remove('node_modules/elsewhere');
    checkout.write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/ws': { version: '8.0.0' } } }),
    );
    assert.deepEqual(await ready(), READY);
  });

  it('builds again when a source changed, appeared or went, and leaves no output of the latter', async () => {
    await installed();
    checkout.write('src/a.ts', 'y');
    checkout.write('src/b.ts', 'y');
    assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
    assert.ok(checkout.has('dist/src/b.js'));
    checkout.remove('src/b.ts');
    assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
    assert.ok(!checkout.has('dist/src/b.js'));
    assert.ok(checkout.has('dist/src/a.js'));
  });

  it('builds again when an output went missing', async () => {
    await installed();
    checkout.remove('dist/src/a.js');
    assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
    assert.ok(checkout.has('dist/src/a.js'));
  });

  it('bundles the pages again when one of their files changed, or an output went missing', async () => {
    await installed();
    for (const change of [
      () => checkout.write('page/run/page.js', 'y'),
      () => checkout.remove('dist/page/style.css'),
    ]) {
      change();
      assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
      assert.ok(checkout.has('dist/page/style.css'));
      assert.deepEqual(await ready(), READY);
    }
  });

  for (const [text, says] of [
    ['BROKEN', /page\/run\/page\.js: does not parse/],
    ['DOUBTFUL', /page\/run\/page\.js: is doubtful/],
  ] as const) {
    it(
      `shows a page that is ${text.toLowerCase()}, and tries again the next time`,
      text === 'BROKEN' ? {} : further,
      async () => {
        await installed();
        checkout.write('page/run/page.js', text);
        for (const _ of [1, 2]) {
          const { code, said } = await ready();
          assert.equal(code, 1);
          assert.match(said, says);
        }
        checkout.write('page/run/page.js', 'x');
        assert.equal((await ready()).code, 0);
      },
    );
  }

  it('bundles the threads again when one of their files changed, or an output went missing', further, async () => {
    await installed();
    for (const change of [
      () => checkout.write('workers/truth-echo.ts', 'y'),
      () => checkout.remove('dist/threads/load-worker.js'),
    ]) {
      change();
      assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
      for (const name of ['load-worker', 'truth-echo']) assert.ok(checkout.has(`dist/threads/${name}.js`));
      assert.deepEqual(await ready(), READY);
    }
  });

  it('bundles the command line again when one of its files changed, or an output went missing', further, async () => {
    await installed();
    for (const change of [
      () => checkout.write('workers/truth-echo.ts', 'y'),
      () => checkout.remove('dist/bundle/cli/bin.js'),
    ]) {
      change();
      assert.deepEqual(await ready(), { code: 0, said: 'set-up: building\n' });
      for (const name of ['bin', 'watchdog-process']) assert.ok(checkout.has(`dist/bundle/cli/${name}.js`));
      assert.deepEqual(await ready(), READY);
    }
  });

  it('shows what is no TypeScript, and tries again the next time', async () => {
    await installed();
    checkout.write('src/a.ts', 'BROKEN');
    for (const _ of [1, 2]) {
      const { code, said } = await ready();
      assert.equal(code, 1);
      assert.match(said, /src\/a\.ts: no TypeScript/);
    }
    checkout.write('src/a.ts', 'x');
    assert.equal((await ready()).code, 0);
  });

  it('does the work once when started twice at once', async () => {
    const outcomes = await Promise.all([ready(), ready(), ready()]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0, 0],
    );
    assert.deepEqual([checkout.calls('npm').length, checkout.calls('strip').length], [1, 1]);
    assert.ok(!checkout.has('dist/.lock'));
  });

  it('takes over the lock of a process that is gone', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    checkout.write('dist/.lock', String(gone));
    assert.equal((await ready()).code, 0);
    assert.ok(!checkout.has('dist/.lock'));
  });

  for (const [npmSays, answer] of [
    ['npm error code ENOTFOUND\nnpm error network x\n', /registry is out of reach; check the network or proxy/],
    [
      'npm error code EUSAGE\nnpm error Missing: x@1 from lock file\n',
      /run `npm install` and commit both\n.*\n.*Missing: x@1/,
    ],
    ['npm error code ENOSPC\n', /the disk is full/],
    ['npm error code EACCES\n', /cannot be written/],
    ['npm error code E418\n', /npm says why below\nnpm error code E418/],
  ] as const) {
    const options = npmSays.includes('ENOTFOUND') ? {} : further;
    it(`says what to do when npm says ${npmSays.split('\n')[0]}`, options, async () => {
      const { code, said } = await ready({ NPM_SAYS: npmSays });
      assert.equal(code, 1);
      assert.match(said, answer);
      assert.ok(!checkout.has('dist/.lock'));
    });
  }

  it('says so when there is no npm', async () => {
    const { code, said } = await ready({ npm_execpath: '' });
    assert.equal(code, 1);
    assert.match(said, /npm could not be started.*install npm/);
  });

  it('says which Node is needed when this one is too old', async () => {
    checkout.write('old-node.cjs', "Object.defineProperty(process.versions, 'node', { value: '20.9.1' })");
    const { code, said } = await ready({}, ['--require', checkout.path('old-node.cjs')]);
    assert.equal(code, 1);
    assert.match(said, /this is Node 20\.9\.1, wsurge needs Node >=20\.19/);
    assert.deepEqual(checkout.calls('npm'), []);
  });
});

describe('build.mjs', () => {
  let checkout: Checkout;
  const build = () => checkout.run('build.mjs');
  beforeEach(async () => {
    checkout = new Checkout();
    checkout.become(await template());
  });
  afterEach(() => checkout.delete());

  it('writes declarations too; what was only stripped needs no second build, and what changed leaves none behind', async () => {
    assert.deepEqual(await build(), READY);
    for (const ending of ['js', 'js.map', 'd.ts']) assert.ok(checkout.has(`dist/src/a.${ending}`), ending);
    assert.deepEqual(await checkout.run('ready.mjs'), READY);
    checkout.write('src/a.ts', 'y');
    assert.equal((await checkout.run('ready.mjs')).code, 0);
    for (const ending of ['js.map', 'd.ts']) assert.ok(!checkout.has(`dist/src/a.${ending}`), ending);
  });

  it('builds in full when an output went missing', async () => {
    await build();
    checkout.remove('dist/src/a.d.ts');
    await build();
    // The incremental compiler does not see what is missing.
    assert.deepEqual(checkout.calls('tsc'), ['full', 'incremental', 'full']);
    assert.ok(checkout.has('dist/src/a.d.ts'));
  });

  it('shows what does not compile, and leaves nothing that passes for built', async () => {
    checkout.write('src/a.ts', 'BROKEN');
    const { code, said } = await build();
    assert.equal(code, 1);
    assert.match(said, /do not compile:\nsrc\/a\.ts: broken/);
    checkout.write('src/a.ts', 'x');
    assert.deepEqual(await checkout.run('ready.mjs'), { code: 0, said: 'set-up: building\n' });
  });
});
