import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles, typeScriptIn } from './project.js';

const files = projectFiles();

/** Built from pieces, so that this file does not hold the words it looks for. */
const word = (...pieces: string[]) => pieces.join('');

const MACHINE_PATHS = [
  word('/wo', 'rk/'),
  word('/ro', 'ot/'),
  word('/ho', 'me/'),
  word('/Us', 'ers/'),
  word('C:', '\\Us', 'ers'),
];
const REGISTRIES = [
  word('registry', '.npm', 'js.org'),
  word('registry', '.yarn', 'pkg.com'),
  word('npm', '.pkg.git', 'hub.com'),
];
const UNSHIPPED_PAGES = [word('DES', 'IGN.md'), word('MEAS', 'URING.md'), word('STY', 'LE.md')];
const CONSOLE = new RegExp(word('\\bcon', 'sole\\s*\\.'));

/** `path:line` of every line in `texts` that `holds` says yes to. */
function places(texts: ReadonlyMap<string, string>, holds: (line: string) => boolean): string[] {
  return [...texts].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, index) => (holds(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

function anyOf(words: readonly string[]): (line: string) => boolean {
  return (line) => words.some((one) => line.includes(one));
}

describe('the project text', () => {
  it('is found', () => {
    for (const path of ['package.json', 'package-lock.json', '.ci/run', 'src/errors.ts', 'scripts/ready.mjs']) {
      assert.ok(files.has(path), `${path} is missing`);
    }
  });

  it('names no folder of one machine', () => {
    assert.deepEqual(places(files, anyOf(MACHINE_PATHS)), []);
  });

  it('names no registry host, so that any mirror serves', () => {
    assert.deepEqual(places(files, anyOf(REGISTRIES)), []);
  });

  it('points to no page that is not part of it', () => {
    assert.deepEqual(places(files, anyOf(UNSHIPPED_PAGES)), []);
  });

  it('writes to the console nowhere in the library', () => {
    assert.deepEqual(
      places(typeScriptIn(files, 'src', 'workers'), (line) => CONSOLE.test(line)),
      [],
    );
  });
});

describe('the search', () => {
  it('finds what it looks for', () => {
    const text = new Map([['a.ts', `fine\nsee ${MACHINE_PATHS[0]}main\n`]]);
    assert.deepEqual(places(text, anyOf(MACHINE_PATHS)), [`a.ts:2: see ${MACHINE_PATHS[0]}main`]);
    assert.match(`${word('con', 'sole')}.log(1)`, CONSOLE);
  });
});
