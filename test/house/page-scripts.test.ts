/** The modules of page/ run in a browser: of src/ they may use only what is pure and small. Types cost nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles } from './project.js';

const scripts = [...projectFiles()].filter(([path]) => /^page\/.*\.js$/.test(path));

/** Imports of page/ that no page may have, one line each. */
function foreignImports(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)';/gm)].map((match) => match[1]!);
  return specifiers
    .filter((specifier) => !/^\.\.?\/(\.\.\/)?[\w-]+(\/[\w-]+)?\.js$/.test(specifier))
    .filter((specifier) => !/^\.\.\/\.\.\/src\/(units|text\/[\w-]+)\.ts$/.test(specifier) && specifier !== 'uplot')
    .map((specifier) => `${path} imports ${specifier}`);
}

describe('the modules of page/', () => {
  it('import each other, the texts of src/, and the charts', () => {
    assert.ok(scripts.length > 15, `${scripts.length} scripts`);
    assert.deepEqual(
      scripts.flatMap(([path, text]) => foreignImports(path, text)),
      [],
    );
  });

  it('leave the figures of numbers to src/text; ticks and dates are in one file', () => {
    const makers = scripts.filter(([, text]) => /\.to(Fixed|Precision|LocaleString)\(|\bIntl\./.test(text));
    assert.deepEqual(
      makers.map(([path]) => path),
      ['page/shared/numbers.js'],
    );
  });

  it('would be caught otherwise', () => {
    const text = [
      "import { a } from '../../src/report/run/tables.ts';",
      "import {\n  b,\n} from '../../src/metrics/histogram.ts';",
      "export { c } from 'zod';",
      "import { d } from './dom.js';",
      "import { e } from '../shared/dom.js';",
      "import { f } from '../../src/units.ts';",
    ].join('\n');
    assert.equal(foreignImports('page/run/a.js', text).length, 3);
  });
});
