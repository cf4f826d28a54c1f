import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT, EXIT_MEANINGS } from '../../src/errors.js';
import { installLine } from '../../src/server/load-uws.js';
import { REASONS } from '../../src/verdict/reasons.js';
import { anchorsOf, linksOf, pagesOf, withoutFences } from './pages.js';
import { projectFiles, typeScriptIn } from './project.js';

const WIDTH = 120;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const files = projectFiles();
const pages = pagesOf(files);
const textOf = (path: string) => files.get(path) ?? assert.fail(`${path} is missing`);

/** Lines of prose and code that are too long. Rows of tables cannot be broken: only README and ARCHITECTURE keep theirs short. */
function longLines(path: string): string[] {
  const mayBeLong = (line: string) => line.startsWith('|') && path.startsWith('docs/');
  return textOf(path)
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && !mayBeLong(line) ? [`${path}:${index + 1}: ${line.length}`] : [],
    );
}

describe('the documents', () => {
  it('are short where people begin', () => {
    const lines = (path: string) => textOf(path).trimEnd().split('\n').length;
    assert.ok(lines('README.md') <= 200, `README.md has ${lines('README.md')} lines`);
    assert.ok(lines('ARCHITECTURE.md') <= 150, `ARCHITECTURE.md has ${lines('ARCHITECTURE.md')} lines`);
    assert.deepEqual([...longLines('README.md'), ...longLines('ARCHITECTURE.md')], []);
  });

  it('have no line that a reader must scroll for', () => {
    const guides = [...pages.keys()].filter((path) => path.startsWith('docs/'));
    assert.ok(guides.length > 15);
    assert.deepEqual(guides.flatMap(longLines), []);
  });

  it('point to pages and headings that are there', () => {
    const broken = [...pages].flatMap(([path, text]) =>
      linksOf(text)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const [file = '', anchor] = link.split('#');
          const target = file === '' ? path : join(dirname(path), file);
          const isThere = files.has(target) || [...files.keys()].some((each) => each.startsWith(`${target}/`));
          return !isThere || (anchor !== undefined && !anchorsOf(files.get(target) ?? '').includes(anchor));
        })
        .map((link) => `${path}: ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  it('can each be reached from README', () => {
    const seen = new Set(['README.md']);
    for (const path of seen) {
      for (const link of linksOf(files.get(path) ?? '')) {
        const target = join(dirname(path), link.split('#')[0]!);
        if (pages.has(target)) seen.add(target);
      }
    }
    const lonely = [...pages.keys()].filter((path) => path.startsWith('docs/') && !seen.has(path));
    assert.deepEqual(lonely, []);
  });
});

describe('docs/reference', () => {
  it('is what the code says: flags, profile keys, metrics, counters, limits, faults and exit codes', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });
});

describe('README.md', () => {
  it('lists the exit codes in the order in which they win', () => {
    const rows = [...textOf('README.md').matchAll(/^\| `(\d+)` \|/gm)].map((match) => Number(match[1]));
    assert.deepEqual(rows, Object.values(EXIT));
    assert.deepEqual(Object.keys(EXIT_MEANINGS), Object.keys(EXIT));
  });

  it('has a heading for each of the three first questions', () => {
    const headings = [...textOf('README.md').matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    for (const heading of ['Test your own server', 'Exit codes', 'Compare two builds']) {
      assert.ok(headings.includes(heading), heading);
    }
    assert.match(textOf('README.md'), /^\| `98` \| \*\*nothing is proven/m);
  });

  it('says what every word of the status column means', () => {
    const text = textOf('README.md');
    for (const word of ['VALID', 'DEGRADED', 'INVALID', 'OVERLOAD', 'DOWN', 'FAIL'])
      assert.ok(text.includes(`\`${word}\``), word);
  });
});

describe('the guide', () => {
  it('says what to do about every reason', () => {
    const headings = [...textOf('docs/guide/troubleshooting.md').matchAll(/^### ([a-z_]+)$/gm)].map(
      (match) => match[1]!,
    );
    assert.deepEqual(headings.toSorted(), Object.keys(REASONS).toSorted());
  });

  it('knows every reason that the verdict gives', () => {
    const code = [...typeScriptIn(files, 'src/verdict').values()].join('\n');
    const given = [...code.matchAll(/'((?:client|cpu|target|clock|gc|worker|instrument)_[a-z_]+)'/g)].map(
      (match) => match[1]!,
    );
    const known = new Set(Object.keys(REASONS));
    assert.ok(given.length > 15);
    assert.deepEqual(
      given.filter((code) => !known.has(code)),
      [],
    );
  });

  it('names every profile that ships', () => {
    const profiles = [...files.keys()].filter((path) => /^profiles\/.*\.(yaml|json)$/.test(path));
    assert.ok(profiles.length > 0);
    const text = textOf('docs/guide/run.md');
    assert.deepEqual(
      profiles.filter((path) => !text.includes(`\`${path}\``)),
      [],
    );
  });

  it('gives the install lines of the fast engine that the server gives', () => {
    const lines = [
      ...withoutFences(textOf('docs/guide/reference-server.md')).matchAll(/^ {4}(npm install \S.*?\S)(?: {2,}#.*)?$/gm),
    ];
    assert.equal(lines.length, 2);
    for (const [, line] of lines) assert.ok(installLine(20).includes(line!), line);
  });
});

describe('the search for links', () => {
  it('finds them, and the headings they point to', () => {
    assert.deepEqual(linksOf('see [a](b.md#c) and [d\ne](f/g.md)\n```sh\n[no](link)\n```\n`[nor](this)`'), [
      'b.md#c',
      'f/g.md',
    ]);
    assert.deepEqual(anchorsOf('# A b: c_d, `e`?\n\n## A b\n\n## A b\n'), ['a-b-c_d-e', 'a-b', 'a-b-1']);
  });
});
