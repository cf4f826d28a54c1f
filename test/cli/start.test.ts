/** The first steps: profiles by name, init, schema, completion. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { shippedNames } from '../../src/app/shipped-profiles.js';
import { completions, FILES } from '../../src/cli/completion.js';
import { RUN } from '../../src/cli/flags/run.js';
import { toProfile } from '../../src/cli/options/run-options.js';
import { splitArguments } from '../../src/cli/options/split-arguments.js';
import { parseProfile } from '../../src/profile/parse.js';
import { runCli } from '../e2e/run-cli.js';
import { skipWithout } from '../needs.js';
import { type Played, play as playCli } from './saved-run-fixture.js';

const root = new URL('../../../', import.meta.url);
const [withoutZsh, withoutFish] = [await skipWithout('zsh'), await skipWithout('fish')];
const bin = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const QUICK = ['-d', '200ms', '-W', '100ms', '--no-default-gates'];

/** Runs `words` one after the other in one folder, which is removed. */
async function inFolder(
  play: (wsurge: (words: readonly string[]) => Promise<Played>, folder: string) => Promise<void>,
) {
  const cwd = mkdtempSync(join(tmpdir(), 'wsurge-start-'));
  try {
    await play((words) => playCli(words, cwd), cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

describe('profiles that ship', () => {
  it('are listed with a line each, and printed by name', async () => {
    const { stdout } = await runCli(['profiles']);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      shippedNames(),
    );
    for (const line of lines) assert.match(line, /^\S+ +\S.{20,}[.?]$/);
    assert.equal(
      (await runCli(['profiles', 'smoke'])).stdout,
      readFileSync(new URL('profiles/smoke.yaml', root), 'utf8'),
    );
  });

  it('each run by name, from an empty folder', async () => {
    for (const name of shippedNames().filter((each) => each !== 'capacity')) {
      const { code, stderr } = await runCli(['run', name, '--dry-run']);
      assert.equal(code, 0, stderr);
    }
    const { result } = await runCli(['run', 'smoke', ...QUICK]);
    assert.ok(result !== null && result.cells[0]!.load === 'smoke');
  });

  it('come after a file of that name, which is said', async () => {
    const own = 'name: own\nload: [{ name: mine, connections: 1, rate: 1 }]\ntarget: { embedded: auto }\n';
    const { stdout, stderr, code } = await runCli(['run', 'smoke', '--dry-run'], { files: { smoke: own } });
    assert.equal(code, 0);
    assert.match(stdout, /mine/);
    assert.match(stderr, /^wsurge: smoke is the file in this folder, not the profile of that name/m);
  });
});

describe('wsurge init', () => {
  it('writes a profile that parses and runs as it is', async () => {
    await inFolder(async (wsurge) => {
      const said = await wsurge(['init']);
      assert.deepEqual([said.code, said.stdout.split('\n')[0]], [0, 'wrote wsurge.yaml']);
      assert.equal((await wsurge(['run', 'wsurge.yaml', '--dry-run'])).code, 0);
      const run = await wsurge(['run', 'wsurge.yaml', '--only', 'throughput/c50-r100', ...QUICK, '--json']);
      const { cells } = JSON.parse(run.stdout) as { cells: { flows: { messages: { answered: number } }[] }[] };
      assert.ok(cells[0]!.flows[0]!.messages.answered > 0, run.stderr);
    });
  });

  it('aims at the URL, with a CI file that calls the profile', async () => {
    for (const [ci, file] of [
      ['github', '.github/workflows/wsurge.yml'],
      ['gitlab', '.gitlab-ci.yml'],
    ] as const) {
      await inFolder(async (wsurge, folder) => {
        const said = await wsurge(['init', 'ws://127.0.0.1:9/x', '--ci', ci, '-o', 'load/my.yaml']);
        assert.equal(said.code, 0);
        assert.ok(said.stdout.includes(`before you commit ${file}: set BUILD and START`), said.stdout);
        const text = readFileSync(join(folder, 'load/my.yaml'), 'utf8');
        const { profile } = parseProfile({ kind: 'file', path: 'my.yaml', text }, { env: {}, readText: () => '' });
        assert.ok(profile.target.kind === 'url' && profile.target.url === 'ws://127.0.0.1:9/x');
        const written = readFileSync(join(folder, file), 'utf8');
        const { env, wsurge: job } = parse(written) as Record<string, Record<string, unknown> | undefined>;
        const set = (env ?? job?.['variables']) as Record<string, string>;
        assert.deepEqual(set, { BUILD: 'npm ci', START: 'node server.js' });
        assert.match(written, /# EDIT THESE TWO LINES.*\n *BUILD:.*\n *START:/);
        assert.match(written, /(run:|-) \$BUILD$/m);
        const [, line = ''] = /npx --yes wsurge@\S+ (run .*?)(?: \|\| .*)?$/m.exec(written) ?? [];
        const words = line.split(' ').map((word) => word.replace('"$START"', set['START']!));
        const { parsed } = await toProfile(splitArguments(words.slice(1), RUN), {}, (name) =>
          readFileSync(join(folder, name)),
        );
        const { target } = parsed.profile;
        assert.ok(target.kind === 'command' && target.command === 'node server.js', line);
      });
    }
  });

  it('leaves out how the server is started where the job need not: it runs elsewhere, or wsurge brings it', async () => {
    for (const url of [['wss://staging.example.com/ws'], []]) {
      await inFolder(async (wsurge) => {
        for (const ci of ['github', 'gitlab']) {
          const { stdout } = await wsurge(['init', ...url, '--ci', ci, '--print']);
          assert.doesNotMatch(stdout, /EDIT|\$START|\$BUILD/);
        }
        assert.doesNotMatch((await wsurge(['init', ...url, '--ci', 'github'])).stdout, /before you commit/);
      });
    }
  });

  it('never overwrites: where one file is there, none is written', async () => {
    await inFolder(async (wsurge, folder) => {
      writeFileSync(join(folder, '.gitlab-ci.yml'), 'mine');
      const { code, stderr } = await wsurge(['init', '--ci', 'gitlab']);
      assert.equal(code, 104);
      assert.match(stderr, /\.gitlab-ci\.yml exists already; nothing was written\n {2}try: wsurge init --output/);
      assert.equal(readFileSync(join(folder, '.gitlab-ci.yml'), 'utf8'), 'mine');
      assert.throws(() => readFileSync(join(folder, 'wsurge.yaml')), /ENOENT/);
      const printed = await wsurge(['init', '--ci', 'gitlab', '--print']);
      assert.match(printed.stdout, /^# wsurge\.yaml\n[\s\S]*^# \.gitlab-ci\.yml\n/m);
    });
  });

  it('says that a URL may hold a secret', async () => {
    await inFolder(async (wsurge) => {
      assert.match(
        (await wsurge(['init', 'wss://h/?token=abc'])).stderr,
        /may hold a secret; write it as \$\{env:NAME\}/,
      );
    });
  });
});

describe('schemas', () => {
  for (const name of ['profile', 'result', 'capacity', 'check', 'comparison']) {
    it(`${name}: has an $id, is printed, and is exported by the package`, async () => {
      const { stdout } = await runCli(['schema', name]);
      const { $id } = JSON.parse(stdout) as { $id: string };
      assert.equal($id, `https://github.com/wsurge/wsurge/raw/main/schemas/${name}.schema.json`);
      const file = fileURLToPath(import.meta.resolve(`wsurge/schemas/${name}.schema.json`));
      assert.equal(readFileSync(file, 'utf8'), stdout);
    });
  }
});

describe('completion', () => {
  it('offers commands, flags, words and profiles', () => {
    assert.deepEqual(completions(['ca']), ['capacity', 'calibrate']);
    assert.deepEqual(completions(['run', '--rep']), ['--reply-timeout']);
    assert.deepEqual(completions(['run', '--no-p']), ['--no-progress']);
    assert.deepEqual(completions(['run', '--model', '']), ['open', 'closed', 'listen']);
    assert.deepEqual(completions(['run', 's']), ['smoke', 'storm', FILES]);
    assert.deepEqual(completions(['history', 'a']), ['add', FILES]);
    assert.deepEqual(completions(['run', '--cacert', '']), [FILES]);
    assert.deepEqual(completions(['run', '--duration', '']), []);
    assert.deepEqual(completions(['capacity', '--dash']), []);
  });

  const offered = (shell: string, script: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-complete-'));
    try {
      symlinkSync(bin, join(folder, 'wsurge'));
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
      const { stdout, stderr, status } = spawnSync(shell, ['-c', script], { env, cwd: folder, encoding: 'utf8' });
      assert.equal(stderr, '');
      assert.equal(status, 0);
      return stdout;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it('works in bash', () => {
    const script = `source <(wsurge completion bash)
COMP_WORDS=(wsurge run --pac); COMP_CWORD=2; _wsurge; echo "\${COMPREPLY[@]}"
COMP_WORDS=(wsurge ""); COMP_CWORD=1; _wsurge; echo "\${COMPREPLY[@]:0:2}"`;
    assert.equal(offered('bash', script), '--pacing\nrun check\n');
  });

  it('is read by zsh', { skip: withoutZsh }, () => {
    const script = `autoload -U compinit; compinit -u -D; source <(wsurge completion zsh)
compadd() { shift; print -- "$@" }; words=(wsurge run --pac); CURRENT=3; _wsurge`;
    assert.equal(offered('zsh', script), '--pacing\n');
  });
  it('works in fish', { skip: withoutFish }, () => {
    assert.match(offered('fish', `wsurge completion fish | source; complete -C 'wsurge run --pac'`), /^--pacing$/m);
  });
});
