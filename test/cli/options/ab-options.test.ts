import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { toAbRequest } from '../../../src/cli/options/ab-options.js';
import { WsurgeError } from '../../../src/errors.js';
import { TempScripts } from '../../target/scripts-fixture.js';

const PROFILE = `name: p
target: { embedded: auto }
load: [{ connections: 1, rate: 10/s }]
`;
const scripts = new TempScripts();
after(() => scripts.remove());
const URL_TARGET = { target: 'ws://127.0.0.1:9/' };

function request(argv: Readonly<Record<string, unknown>>, profile = PROFILE) {
  const sink = { write: () => {}, isTTY: false, columns: 80 };
  const io = { stdout: sink, stderr: sink, env: {}, cwd: scripts.folder, signal: new AbortController().signal };
  return toAbRequest({ profile: 'p.yaml', ...argv }, io, () => profile);
}

/** Every problem as `where: message`. */
async function problems(argv: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    await request(argv);
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    assert.equal(error.exitCode, 104);
    return error.problems.map(({ where, message, hint }) => `${where}: ${message}; ${hint ?? ''}`).join('\n');
  }
  return '';
}

describe('what wsurge ab is asked', () => {
  it('takes two commands, and a target that says where they listen', async () => {
    const { builds, looks, metrics } = await request({ a: 'node a.js', b: 'node b.js', ready: 'up!', ...URL_TARGET });
    const { target } = builds.b.parsed.profile;
    assert.deepEqual([target.kind, looks, metrics.filter(({ gate }) => gate).length], ['command', [5, 8, 12, 20], 6]);
    assert.ok(target.kind === 'command');
    assert.deepEqual(
      [target.command, target.url, target.ready],
      ['node b.js', URL_TARGET.target, { by: 'log', line: 'up!' }],
    );
    assert.deepEqual(builds.a.parsed.profile.load, builds.b.parsed.profile.load);
  });

  it('without a profile or --target, says that this is missing, and no more', async () => {
    const argv = { a: 'node a.js', b: 'node b.js', profile: undefined, connections: '5', rate: '10' };
    assert.equal(
      await problems(argv),
      'wsurge ab: needs to know where the builds listen; e.g. --target ws://127.0.0.1:9001/, or a profile with target.url',
    );
  });

  it('with a profile, a flag of a bare run is told the settings of its loads', async () => {
    const named = PROFILE.replace('{ connections', '{ name: steady, connections');
    await assert.rejects(
      () => request({ a: 'node a.js', b: 'node b.js', ...URL_TARGET, connections: '5' }, named),
      (error: WsurgeError) => {
        const hints = error.problems.map(({ where, hint }) => `${where}: ${hint}`);
        return hints.join() === '--connections: set the load you mean: --set load.steady.connections=5';
      },
    );
  });

  it('refuses flags of run that would make turns differ in length, or double them for nothing', async () => {
    const useless = { 'until-ci': 'p99:5%', 'max-duration': '1m', 'null-twin': true };
    const found = await problems({ a: 'node a.js', b: 'node b.js', ...URL_TARGET, ...useless });
    for (const name of Object.keys(useless)) assert.match(found, new RegExp(`^--${name}: does not go with ab`, 'm'));
  });

  it('refuses thresholds that would end a turn early', async () => {
    const thresholds = 'thresholds: { ws_service_time: [{ threshold: p(95)<5, abortOnFail: true }, p(50)<2] }\n';
    await assert.rejects(
      () => request({ a: 'node a.js', b: 'node b.js', ...URL_TARGET }, PROFILE + thresholds),
      (error: WsurgeError) => {
        assert.deepEqual(
          error.problems.map(({ where, message }) => `${where}: ${message}`),
          [
            'ws_service_time: abortOnFail does not go with ab: every turn of both builds is the same cells for the same time',
          ],
        );
        return error.exitCode === 104;
      },
    );
  });

  it('takes flags in place of a profile', async () => {
    const bare = { profile: undefined, connections: '3' };
    const commands = await request({ ...bare, a: 'node a.js', b: 'node b.js', ...URL_TARGET });
    assert.equal(commands.builds.a.parsed.profile.load[0]!.connections[0]!.to, 3);
    const urls = await request({ ...bare, a: 'ws://127.0.0.1:8/', b: 'ws://127.0.0.1:9/' });
    assert.deepEqual(
      [urls.builds.a, urls.builds.b].map(
        ({ parsed }) => parsed.profile.target.kind === 'url' && parsed.profile.target.url,
      ),
      ['ws://127.0.0.1:8/', 'ws://127.0.0.1:9/'],
    );
  });

  it('takes two folders with one command, each started in its own', async () => {
    scripts.write('x', '');
    const { builds } = await request({ a: '.', b: '..', start: 'node server.js', ...URL_TARGET });
    assert.equal(builds.a.folder, scripts.folder);
    assert.notEqual(builds.b.folder, builds.a.folder);
    const { target } = builds.b.parsed.profile;
    assert.equal(target.kind === 'command' && target.command, 'node server.js');
  });

  it('takes other margins, gates and fewer rounds', async () => {
    const { metrics, looks } = await request({
      aa: true,
      a: 'x',
      gate: ['p99'],
      margin: 'p99=3%',
      rounds: '8',
      ...URL_TARGET,
    });
    assert.deepEqual(
      metrics.filter(({ gate }) => gate).map(({ key, margin }) => [key, margin]),
      [['p99', 0.03]],
    );
    assert.deepEqual(looks, [5, 8]);
  });

  for (const [what, argv, said] of [
    ['equal commands, unless --aa', { a: 'node x.js', b: 'node  x.js' }, /--b: is the same as --a.*add --aa/],
    ['one server, spelled in two ways', { a: 'ws://LOCALHOST:9', b: 'ws://localhost:9/' }, /--b: is the same as --a/],
    ['another B beside --aa', { aa: true, a: 'x', b: 'y' }, /--aa: compares a build with itself/],
    ['no A', { b: 'y' }, /--a: names no build/],
    ['no B', { a: 'x' }, /--b: names no build/],
    ['a command against a running server', { a: 'x', b: 'ws://127.0.0.1:9/' }, /--b: is not of the same kind/],
    ['--start for running servers', { a: 'ws://h/', b: 'ws://g/', start: 'x' }, /--start: starts nothing/],
    ['a folder without --start', { a: '.', b: 'x' }, /"\.": is a folder; say how .* --start/],
    ['--start without folders', { a: 'nowhere', b: 'neither', start: 'x' }, /"nowhere": is no folder/],
    ['a look that is none', { a: 'x', b: 'y', rounds: '7' }, /--rounds: "7" is no number of rounds.*5, 8, 12, 20/],
    [
      'a metric that is none',
      { a: 'x', b: 'y', gate: 'p95', margin: 'p50=0%' },
      /--margin p50: "0%" is no share above 0 %.*--gate: "p95" names no metric/s,
    ],
    ['an unknown flag', { a: 'x', b: 'y', gaet: 'p50' }, /--gaet: is not a flag of ab; .*--gate/],
    ['builds that listen nowhere', { a: 'x', b: 'y', target: undefined }, /needs url/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      assert.match(await problems({ ...URL_TARGET, ...argv }), said);
    });
  }
});
