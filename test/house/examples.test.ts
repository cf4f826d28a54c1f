/** Every example of the documents does what it says: profiles parse, command lines are understood. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { protocolProfileText } from '../../src/cli/init/protocol-profile.js';
import type { CliIo } from '../../src/cli/io.js';
import { main } from '../../src/cli/main.js';
import { EXIT } from '../../src/errors.js';
import { parseProfile } from '../../src/profile/parse.js';
import { blocksOf, commandLinesOf, pagesOf, wordsOf } from './pages.js';
import { projectFiles } from './project.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What users read; bench and the lab have their own. */
const pages = new Map(
  [...pagesOf(projectFiles())].filter(([path]) => path === 'README.md' || /^docs\/(guide|ci|reference)\//.test(path)),
);
const ENV = { TOKEN: 'a-token', NATS_URL: 'tls://bus.example.com:4222' };
/** Files that profiles of the documents name. */
const FILES: Readonly<Record<string, string>> = { 'users.csv': 'name,secret\nann,s\n', 'chat.ts': '' };
/** Commands whose `--dry-run` goes as far as the first thing that would be sent. */
const DRY = new Set(['run', 'ab', 'capacity']);

describe('the profiles in the documents', () => {
  const blocks = blocksOf(pages, 'yaml');

  it('are there', () => assert.ok(blocks.length >= 6, `${blocks.length} blocks`));

  for (const { place, text } of blocks) {
    it(`parse: ${place}`, () => {
      const readText = (file: string) => FILES[basename(file)] ?? assert.fail(`${file} is named`);
      const context = { env: ENV, readText };
      // Thresholds alone say nothing of a load.
      const whole = /^load:/m.test(text)
        ? text
        : `load: [{ name: throughput, connections: 100, rate: 500/s }]\n${text}`;
      const { profile } = parseProfile({ kind: 'file', path: place, text: whole }, context);
      assert.ok(profile.load.length > 0);
    });
  }
});

describe('the command lines in the documents', () => {
  const lines = commandLinesOf(pages);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wsurge-docs-'));
    cpSync(join(root, 'profiles'), join(folder, 'profiles'), { recursive: true });
    const [checkout] = blocksOf(pages, 'yaml').filter(({ text }) => text.includes('name: checkout'));
    for (const name of ['checkout', 'my', 'profile']) writeFileSync(join(folder, `${name}.yaml`), checkout?.text ?? '');
    writeFileSync(join(folder, 'wsurge.yaml'), protocolProfileText('socket.io', null, 'wsurge.yaml'));
    for (const name of ['old', 'new', 'build-a', 'build-b']) mkdirSync(join(folder, name));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are there, of every command', () => {
    const commands = new Set(lines.map(({ text }) => wordsOf(text)[1]));
    for (const command of ['run', 'ab', 'capacity', 'check', 'compare', 'history', 'report', 'serve']) {
      assert.ok(commands.has(command), `no example of wsurge ${command}`);
    }
  });

  for (const { place, text } of lines) {
    const [, command = '', ...args] = wordsOf(text);
    it(`have flags that are there: ${place}: ${text}`, async () => {
      const known = await flagsOf(command, folder);
      const unknown = args
        .filter((arg) => /^--?[a-z]/i.test(arg))
        .map((arg) => arg.replace(/^--?(no-)?/, '').split('=')[0]!)
        .filter((flag) => !known.has(flag));
      assert.deepEqual(unknown, []);
    });
    if (!DRY.has(command)) continue;
    it(`are understood: ${place}: ${text}`, async () => {
      const { code, output } = await wsurge([command, ...args, '--dry-run'], folder);
      assert.equal(code, EXIT.passed, output);
    });
  }
});

describe('the reader of shell lines', () => {
  it('takes quotes off and leaves comments out', () => {
    assert.deepEqual(wordsOf(`wsurge ab --a 'node a.js' -H "A: b" --set x='y z'   # why`), [
      'wsurge',
      'ab',
      '--a',
      'node a.js',
      '-H',
      'A: b',
      '--set',
      'x=y z',
    ]);
    assert.deepEqual(wordsOf('wsurge run x.yaml || code=$?'), ['wsurge', 'run', 'x.yaml']);
  });
});

const knownFlags = new Map<string, ReadonlySet<string>>();

/** Long and short names of a command's flags, as its help shows them. */
async function flagsOf(command: string, folder: string): Promise<ReadonlySet<string>> {
  const before = knownFlags.get(command);
  if (before !== undefined) return before;
  const { output } = await wsurge([command, '--help'], folder);
  const flags = new Set([...output.matchAll(/(?<![\w-])--?([a-z][a-z-]*)/gi)].map((match) => match[1]!));
  assert.ok(flags.size > 3, output);
  knownFlags.set(command, flags);
  return flags;
}

async function wsurge(args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  let output = '';
  const sink = {
    write: (part: string) => {
      output += part;
    },
    isTTY: false,
    columns: 80,
  };
  const io: CliIo = { stdout: sink, stderr: sink, env: ENV, cwd, signal: new AbortController().signal };
  return { code: await main(args, io), output };
}
