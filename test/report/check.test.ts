import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { checkCsv } from '../../src/report/check-csv.js';
import type { CheckDocument } from '../../src/report/check-document.js';
import { checkJunit } from '../../src/report/check-junit.js';
import { checkMarkdown } from '../../src/report/check-markdown.js';
import { checkJsonSchemaText, parseCheck } from '../../src/report/check-schema.js';
import { recommendations } from '../../src/report/check-text.js';
import { CHECK_FORMATS } from '../../src/report/formats.js';
import { checkHtml } from '../../src/report/html/check-page.js';
import type { PageAssets } from '../../src/report/html/page-assets.js';
import { jsonText } from '../../src/report/json.js';
import { checkDocumentOf } from './check-fixture.js';
import { documentOf } from './document-fixture.js';
import { assertGolden, projectRoot } from './golden.js';

const ASSETS: PageAssets = {
  chartScript: 'var uPlot;',
  chartStyle: '.u{}',
  style: 'p{}',
  scripts: { run: [], check: ['void 0;'], capacity: [], comparison: [] },
};

function htmlOf(document: CheckDocument): string {
  return checkHtml(document, ASSETS)[0]!.text;
}

describe('the report of a check', () => {
  const healthy = checkDocumentOf('healthy');
  const trouble = checkDocumentOf('trouble');
  const loaded = checkDocumentOf('healthy', { status: 'measured', result: documentOf() });

  it('a healthy server in Markdown', () => assertGolden('check-healthy.md', checkMarkdown(healthy)));
  it('a server in trouble in Markdown', () => assertGolden('check-trouble.md', checkMarkdown(trouble)));
  it('with load tables', () => assertGolden('check-load.md', checkMarkdown(loaded)));
  it('a healthy server in JUnit', () => assertGolden('check-healthy.xml', checkJunit(healthy)));
  it('a server in trouble in JUnit', () => assertGolden('check-trouble.xml', checkJunit(trouble)));

  it('a server in trouble in HTML, without the charts and styles', () => {
    assertGolden('check-trouble.html', htmlOf(trouble));
  });
  it('as CSV', () => {
    for (const { name, text } of checkCsv(trouble)) assertGolden(`check-${name}`, text.replaceAll('\r', ''));
    assert.equal(checkCsv(loaded).at(-1)!.name, 'cells.csv');
  });

  it('is the same bytes from data that went through JSON, in every format', () => {
    for (const document of [healthy, trouble, loaded]) {
      const again = JSON.parse(jsonText(document)) as CheckDocument;
      for (const [name, render] of Object.entries(CHECK_FORMATS)) {
        assert.deepEqual(render(again, ASSETS), render(document, ASSETS), name);
      }
    }
  });

  it('has a case in JUnit where nothing was checked, and those of the load where one was measured', () => {
    assert.match(checkJunit({ ...healthy, scenarios: [] }), /<testcase name="result"/);
    for (const suite of ['validity', 'gates', 'thresholds', 'result']) {
      assert.ok(checkJunit(loaded).includes(`<testsuite name="Load: ${suite}"`), suite);
    }
  });

  it('fits into a comment in Markdown: what is too long is left out, and said', () => {
    const [first] = healthy.scenarios;
    const checks = Array.from({ length: 300 }, () => ({ ...first!.checks[0]!, received: 'x'.repeat(400) }));
    const text = checkMarkdown({ ...healthy, scenarios: [{ ...first!, checks }] });
    assert.ok(text.length < 65_536, `${text.length}`);
    assert.match(text, /## Summary/);
    assert.match(text, /did not fit into a comment/);
  });

  it('lets nothing of a hostile server through', () => {
    const csv = checkCsv(trouble).map(({ text }) => text);
    for (const text of [checkMarkdown(trouble), checkJunit(trouble), jsonText(trouble), htmlOf(trouble), ...csv]) {
      for (const bad of ['hunter2', '\u001b', '\u202e']) assert.ok(!text.includes(bad), JSON.stringify(bad));
    }
    assert.doesNotMatch(checkMarkdown(trouble), /<script|\*\*bold/);
    assert.doesNotMatch(checkJunit(trouble), /<script/);
    assert.doesNotMatch(htmlOf(trouble), /<script>alert/);
  });

  it('counts security apart from the scenarios', () => {
    assert.deepEqual(trouble.verdict, {
      passed: false,
      exitCode: 99,
      scenarios: { passed: 1, failed: 1, skipped: 0 },
      checks: { passed: 2, failed: 1, skipped: 1 },
    });
  });

  it('recommends what to fix first, then what was noticed', () => {
    const [first, second] = recommendations(trouble);
    assert.match(first ?? '', /^Fix 5\.1/);
    assert.equal(second, 'No keep-alive ping in 35 s: switch them on.');
  });

  it('fails where the load could not be measured', () => {
    const { verdict } = checkDocumentOf('healthy', { status: 'failed', reason: 'no reply' });
    assert.equal(verdict.exitCode, 99);
  });

  it('is what its schema says, and the schema has not drifted', () => {
    const back: unknown = JSON.parse(jsonText(loaded));
    assert.deepEqual(parseCheck(back), back);
    assert.throws(() => parseCheck({ ...(back as object), kind: 'run' }), /kind/);
    const file = path.join(projectRoot(), 'schemas/check.schema.json');
    assert.equal(readFileSync(file, 'utf8'), checkJsonSchemaText(), 'run: npm run build && npm run schema');
  });
});
