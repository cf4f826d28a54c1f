import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cannotJudge, failed, type Outcome, passed, skipped } from '../../../src/check/check.js';
import type { CheckDocument } from '../../../src/documents/check-document.js';
import { checkJsonSchemaText, parseCheck } from '../../../src/documents/check-schema.js';
import { causesOf } from '../../../src/report/check/causes.js';
import { checkCsv } from '../../../src/report/check/csv.js';
import { checkJunit } from '../../../src/report/check/junit.js';
import { checkMarkdown } from '../../../src/report/check/markdown.js';
import { checkHtml } from '../../../src/report/check/page.js';
import { causeText, conclusion, serverEndTexts } from '../../../src/report/check/words.js';
import { CHECK_FORMATS } from '../../../src/report/formats.js';
import { jsonText } from '../../../src/report/run/json.js';
import type { PageAssets } from '../../../src/report/shared/page-assets.js';
import { documentOf } from '../document-fixture.js';
import { assertGolden, projectRoot } from '../golden.js';
import { checkDocumentOf, documentWith } from './check-fixture.js';

const ASSETS: PageAssets = {
  style: 'p{}',
  scripts: { run: '', check: 'void 0;', capacity: '', comparison: '' },
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
      scenarios: { passed: 1, failed: 1, error: 0, partly: 0, skipped: 0 },
      checks: { passed: 2, failed: 2, error: 1, skipped: 1 },
    });
  });

  it('recommends what to fix first, then what was noticed', () => {
    const [first, second, third] = causesOf(trouble).map(causeText);
    assert.match(first ?? '', /^A client can end the server \(5\.6\)/);
    assert.match(second ?? '', /^The client closes with 1000: closed with 1011/);
    assert.equal(third, 'No keep-alive ping in 35 s: switch them on (S.1).');
  });

  it('says first that a check ended the server', () => {
    const text = 'Check 5.6 ended the server: it exited with code 1. wsurge started it again.';
    assert.ok(conclusion(trouble).startsWith(text), conclusion(trouble));
    const markdown = checkMarkdown(trouble);
    assert.ok(markdown.indexOf(text) < markdown.indexOf('## Summary'));
  });

  it('names each way to end once', () => {
    const end = { check: '5.6', isRough: true, how: 'no connection opened', after: 'back', backMs: 900 } as const;
    assert.deepEqual(serverEndTexts([end]), [
      'Check 5.6 ended the server: no connection opened. It was back 900 ms later.',
    ]);
    const gone = { ...end, check: '2.1', isRough: false, after: 'gone', backMs: null } as const;
    assert.deepEqual(serverEndTexts([end, { ...end, check: '5.7', backMs: 1200 }, { ...end, check: '8.6' }, gone]), [
      'Checks 5.6, 5.7 and 8.6 ended the server: no connection opened. It was back each time, after 1.2 s at most.',
      'The server ended during check 2.1: no connection opened. It did not come back: nothing after that was judged.',
    ]);
  });

  it('says what was not found out where whole scenarios were skipped, and promises nothing of it', () => {
    const [connect, , security] = healthy.scenarios;
    const silent = { number: 2, name: 'send', title: 'Sending', status: 'skipped', tookMs: 0, checks: [] } as const;
    const said = conclusion({ ...healthy, scenarios: [connect!, silent, security!] });
    assert.match(said, /^Nothing is wrong with what could be checked of ws:.*; not found out: 2 Sending\.$/);
  });

  it('ends with 98 where nothing failed and something could not be judged; a failure stays one', () => {
    const exitOf = (...outcomes: Outcome[]) => documentWith(outcomes).verdict.exitCode;
    assert.equal(exitOf(passed({}), cannotJudge('x')), 98);
    assert.equal(exitOf(failed('y'), cannotJudge('x')), 99);
    assert.equal(exitOf(passed({}), skipped('z')), 0);
    assert.equal(exitOf(skipped('z')), 98);
    const error = checkJunit(documentWith([passed({}), cannotJudge('x')]));
    assert.match(error, /<error message="x"\/>/);
    assert.match(error, /<testsuites [^>]*failures="0" errors="1"/);
  });

  it('leaves out figures that are no number', () => {
    const measured = [Number.NaN, Number.POSITIVE_INFINITY, 2].map((value) => ({ name: 'reply', value, unit: 'ms' }));
    const document = documentWith([passed({ measured })]);
    assert.deepEqual(
      document.scenarios[0]!.checks[0]!.measured.map(({ value }) => value),
      [2],
    );
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
