/** What the package, the image and the action need is there, as far as that can be seen without their makers' tools. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { commandNamed } from '../../src/cli/flags/commands.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Package {
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly engines: { readonly node: string };
  readonly repository: { readonly url: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
}

describe('package.json', () => {
  const facts = JSON.parse(read('package.json')) as Package;

  it('says where the project lives, and which Node it runs on', () => {
    for (const url of [facts.repository.url, facts.homepage, facts.bugs.url])
      assert.match(url, /https:\/\/github\.com\//);
    assert.equal(facts.engines.node, '^20.19 || ^22.12 || >=24');
  });

  it('ships what it names', () => {
    for (const file of [...facts.files, ...Object.values(facts.bin)]) assert.ok(existsSync(join(root, file)), file);
    assert.equal(facts.exports['./schemas/*'], './schemas/*');
  });

  it('has doors that open: the library, and what tests of scripts need', () => {
    // Within the package its own name leads to what it exports.
    const code = `
      const { defineScript, run } = await import('wsurge');
      const { rehearse } = await import('wsurge/testing');
      const chat = rehearse(defineScript({ requests: { ask: { build: (chat, m) => ({ id: m.sequence }) } } }));
      console.log(typeof run, JSON.stringify(chat.message('ask', 1)));
      await import('wsurge/script').catch(({ code }) => console.log(code));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.equal(stdout, 'function {"id":1000000001}\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
    for (const [door, { types, default: file }] of Object.entries(facts.exports) as [
      string,
      Record<string, string>,
    ][]) {
      if (types !== undefined) assert.equal(types, file!.replace(/\.js$/, '.d.ts'), door);
    }
  });
});

describe('bin/wsurge.mjs', () => {
  const { bin } = JSON.parse(read('package.json')) as Package;
  const command = join(root, bin['wsurge']!);

  it('may be executed, and is the built command line', () => {
    const { status, stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /\d+\.\d+\.\d+/);
    const { status: wrong } = spawnSync(command, ['rn'], { encoding: 'utf8' });
    assert.equal(wrong, 104);
  });

  it('says in a fresh clone what to do first', () => {
    const clone = mkdtempSync(join(tmpdir(), 'wsurge-clone-'));
    try {
      mkdirSync(join(clone, 'bin'));
      copyFileSync(command, join(clone, 'bin/wsurge.mjs'));
      const { status, stdout, stderr } = spawnSync(join(clone, 'bin/wsurge.mjs'), ['run', 'smoke'], {
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout], [104, '']);
      assert.match(stderr, /^wsurge: this clone is not built yet\n {2}try: npm start/);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('copies what is there, and all that the package is made of', () => {
    const copied = of('COPY').filter((line) => !line.startsWith('--from'));
    const sources = copied.flatMap((line) => line.split(/\s+/).slice(0, -1));
    for (const source of sources) assert.ok(existsSync(join(root, source)), source);
    const { files } = JSON.parse(read('package.json')) as Package;
    const made = files.filter((file) => !file.startsWith('dist/'));
    assert.deepEqual(
      [
        ...made,
        'src',
        'workers',
        'page',
        'scripts',
        'package-lock.json',
        'tsconfig.json',
        'tsconfig.build.json',
      ].filter((each) => !sources.includes(each)),
      [],
    );
  });

  it('runs wsurge, and not as root', () => {
    assert.deepEqual(JSON.parse(of('ENTRYPOINT')[0]!), ['wsurge']);
    assert.deepEqual(of('USER'), ['node']);
    assert.ok(
      lines.findIndex((line) => line.startsWith('USER')) > lines.findLastIndex((line) => line.startsWith('RUN')),
    );
    assert.match(read('Dockerfile'), /--init --ulimit nofile=/);
  });
});

describe('action.yml', () => {
  interface Action {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
    readonly runs: { readonly using: string; readonly steps: readonly Step[] };
  }
  interface Step {
    readonly shell: string;
    readonly run: string;
    readonly env: Readonly<Record<string, string>>;
  }
  const action = parse(read('action.yml')) as Action;
  const [step] = action.runs.steps;

  it('is a composite action whose inputs reach the script as variables alone', () => {
    assert.equal(action.runs.using, 'composite');
    assert.doesNotMatch(step!.run, /\$\{\{/);
    for (const value of Object.values(step!.env)) {
      const [, name = ''] = /^\$\{\{ inputs\.([a-z]+) \}\}$/.exec(value) ?? [];
      assert.ok(Object.hasOwn(action.inputs, name), value);
    }
  });

  /** Plays the step with an npx that says what it was given and ends with `code`. */
  const play = (run: string, code: number, invalid = 'warn') => {
    const folder = mkdtempSync(join(tmpdir(), 'wsurge-action-'));
    try {
      writeFileSync(join(folder, 'npx'), `#!/bin/sh\nprintf '[%s]' "$@"\nexit ${code}\n`);
      chmodSync(join(folder, 'npx'), 0o755);
      const output = join(folder, 'output');
      const env = {
        ...{ PATH: `${folder}:${process.env['PATH']}`, GITHUB_OUTPUT: output },
        ...{ INPUT_RUN: run, INPUT_VERSION: '1.2.3', INPUT_INVALID: invalid },
      };
      const { status, stdout } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', step!.run], {
        env,
        encoding: 'utf8',
      });
      return { status, stdout, output: readFileSync(output, 'utf8') };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it('gives wsurge its words, quotes taken off and nothing expanded', () => {
    const { stdout, status } = play(`run my.yaml -H 'A: b c' --label x=$HOME`, 0);
    assert.equal(stdout, '[--yes][wsurge@1.2.3][run][my.yaml][-H][A: b c][--label][x=$HOME]');
    assert.equal(status, 0);
    assert.ok(commandNamed('run') !== null);
  });

  it('ends as wsurge does, but for a machine that was too busy', () => {
    assert.deepEqual([play('run x', 99).status, play('run x', 99).output], [99, 'exit-code=99\n']);
    const busy = play('run x', 98);
    assert.deepEqual([busy.status, busy.output], [0, 'exit-code=98\n']);
    assert.match(busy.stdout, /::warning::wsurge: this machine was too busy/);
    assert.equal(play('run x', 98, 'fail').status, 98);
  });
});

describe('the release steps', () => {
  it('make a list of contents of what the lockfile says', () => {
    const lines = [...read('docs/releasing.md').matchAll(/^ *(npm sbom .*) > \S+$/gm)].map((match) => match[1]!);
    assert.equal(lines.length, 2);
    for (const line of lines) {
      const { stdout, status, stderr } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /"ws"|"wsurge/);
    }
  });
});
