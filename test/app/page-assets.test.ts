/** What the build made of page/: each script stands alone, and is safe inside a page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { readPageAssets } from '../../src/app/page-assets.js';

const { style, scripts } = await readPageAssets();

/** What a script would load, static or not. */
function loadsOf(text: string): string[] {
  const file = ts.createSourceFile('page.js', text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isStatic = ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier);
    const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (isStatic || isDynamic) found.push(node.getText().slice(0, 80));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('the script of a page', () => {
  for (const [kind, script] of Object.entries(scripts)) {
    it(`${kind}: loads nothing, and cannot end its own element`, () => {
      assert.ok(script.length > 10_000, `${script.length} characters`);
      assert.deepEqual(loadsOf(script), []);
      assert.doesNotMatch(script, /<\/script|<!--/i);
    });

    it(`${kind}: names the maker of the charts inside it, as the licence asks`, () => {
      assert.match(script, /uPlot.*Leon Sorokin.*MIT/);
    });
  }

  it('would be caught if it loaded something', () => {
    assert.equal(loadsOf("import a from './a.js'; export { b } from './b.js'; await import('./c.js');").length, 3);
  });
});

describe('the style sheet of the pages', () => {
  it('has the styles of the charts and of every kind inside it, and loads nothing', () => {
    for (const part of ['.u-over', '.forest-row', '.scenario', '.wide-grid']) assert.ok(style.includes(part), part);
    assert.doesNotMatch(style, /@import|url\(|<\/style/i);
  });
});
