/** Inside src/report: a folder for each kind of result, a file for each format. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { projectFiles, typeScriptIn } from './project.js';

const ROOT = 'src/report/';
/** What every kind may use, and what uses every kind. */
const SHARED = 'shared';
const TOP = '';
/** Files that a kind of result may have by these names alone: they hold one format each. */
const FORMATS = ['csv', 'junit', 'markdown', 'page', 'page-data'];

/**
 * Imports from one folder of src/report into another that is neither shared nor its own. A check may hold a run
 * (`--with-load`), so that a format of it may use the same format of a run.
 */
function crossings(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, text]) => {
    const from = folderOf(path);
    return [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].flatMap(([, specifier]) => {
      const target = posix.join(posix.dirname(path), specifier!).replace(/\.js$/, '.ts');
      if (!target.startsWith(ROOT) || from === TOP) return [];
      const to = folderOf(target);
      const isSameFormat = from === 'check' && to === 'run' && posix.basename(path) === posix.basename(target);
      if (to === from || (to === SHARED && from !== SHARED) || isSameFormat) return [];
      return [`${path} imports ${target}: a kind may use its own files and shared/`];
    });
  });
}

function folderOf(path: string): string {
  const dirname = posix.dirname(path.slice(ROOT.length));
  return dirname === '.' ? TOP : dirname;
}

const sources = new Map([...typeScriptIn(projectFiles(), 'src')].filter(([path]) => path.startsWith(ROOT)));

describe('the kinds of report', () => {
  it('use their own files and shared/, never another kind', () => {
    assert.ok(sources.size > 50, `only ${sources.size} files found`);
    assert.deepEqual(crossings(sources), []);
  });

  it('have their formats in files of the same names', () => {
    for (const kind of ['run', 'capacity', 'comparison', 'check']) {
      const missing = FORMATS.filter((format) => !sources.has(`${ROOT}${kind}/${format}.ts`));
      assert.deepEqual(missing, [], kind);
    }
  });
});

describe('the rule for them', () => {
  const found = (path: string, specifier: string) =>
    crossings(new Map([[`${ROOT}${path}`, `import type { X } from '${specifier}';`]])).length;

  for (const [path, specifier] of [
    ['capacity/curve.ts', '../run/curves.js'],
    ['history/terminal.ts', '../comparison/model.js'],
    ['shared/html.ts', '../run/page.js'],
    ['shared/html.ts', '../formats.js'],
    ['check/causes.ts', '../run/tables.js'],
    ['check/markdown.ts', '../run/tables.js'],
    ['run/csv.ts', '../check/csv.js'],
  ] as const) {
    it(`refuses ${path} -> ${specifier}`, () => assert.equal(found(path, specifier), 1));
  }

  for (const [path, specifier] of [
    ['capacity/curve.ts', './heat.js'],
    ['capacity/curve.ts', '../shared/tone.js'],
    ['capacity/curve.ts', '../../text/width.js'],
    ['check/csv.ts', '../run/csv.js'],
    ['formats.ts', './run/csv.js'],
  ] as const) {
    it(`accepts ${path} -> ${specifier}`, () => assert.equal(found(path, specifier), 0));
  }
});
