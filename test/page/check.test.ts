/** The page of a check in a browser: silent, complete, true to result.json, usable by keyboard, on a phone and on paper. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { readPageAssets } from '../../src/app/page-assets.js';
import type { CheckDocument } from '../../src/documents/check-document.js';
import { checkHtml } from '../../src/report/check/page.js';
import { skipWithout } from '../needs.js';
import { checkDocumentOf } from '../report/check/check-fixture.js';
import { documentOf } from '../report/document-fixture.js';
import { further } from '../share.js';
import { launch, type OpenPage, openPage } from './browser.js';

const healthy = checkDocumentOf('healthy');
const trouble = checkDocumentOf('trouble');
const loaded = checkDocumentOf('healthy', { status: 'measured', result: documentOf() });

describe('the HTML report of a check in a browser', { skip: await skipWithout('chromium') }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser.close();
  });

  async function shown(document: CheckDocument, options = {}): Promise<OpenPage> {
    const [file] = checkHtml(document, await readPageAssets());
    return await openPage(browser, file!.text, options);
  }

  it('says nothing on the console, asks nobody, and keeps what a hostile server said inert', async (t) => {
    for (const document of [healthy, trouble, loaded]) {
      const { page, complaints, close } = await shown(document);
      t.after(close);
      await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
      assert.deepEqual(complaints, []);
    }
    const { page, close } = await shown(trouble);
    t.after(close);
    const text = (await page.locator('main').textContent())!;
    assert.ok(text.includes('<script>alert(1)</script>'));
    assert.equal(await page.locator('main script').count(), 0);
  });

  it('has every check once with its figures, evidence and reason, failures on top', async (t) => {
    const { page, close } = await shown(trouble);
    t.after(close);
    const wanted = trouble.scenarios.flatMap(({ checks }) => checks);
    assert.equal(await page.locator('.checks > li').count(), wanted.length);
    for (const check of wanted) {
      const item = page.locator(`[id="check-${check.id}"]`);
      const text = (await item.textContent())!;
      const parts = [check.id, check.title, check.sent, check.expected, check.received];
      if (check.status !== 'passed') parts.push(check.reason);
      for (const part of parts) assert.ok(text.includes(part), `${part} is not in ${text}`);
    }
    assert.ok((await page.locator('[id="check-1.1"] .figures').textContent())!.includes('tcp 0.42 ms'));
    const doubts = await page.locator('.reasons li').allTextContents();
    assert.equal(doubts.length, 1);
    assert.match(doubts[0]!, /5\.9 · not judged.*its longest time/);
    await page.getByText('Every reason').click();
    const every = page.locator('[aria-label="Every reason"] li');
    // The list is made when the browser tells that it was opened.
    await every.first().waitFor();
    const reasons = await every.allTextContents();
    assert.equal(reasons.length, 3);
    for (const part of ['5 Closing', '5.1', 'closed with 1011', 'must answer: 1000', '--only 5.1']) {
      assert.ok(reasons[0]!.includes(part), `${part} is not in ${reasons[0]}`);
    }
    assert.match((await page.locator('.ending').textContent())!, /^Check 5\.6 ended the server/);
    const causes = await page.locator('.causes > li').allTextContents();
    assert.equal(causes.length, 3);
    assert.match(causes[0]!, /^A client can end the server/);
    assert.equal(await page.locator('.causes a[href="#check-5.6"]').count(), 1);
    assert.match(
      (await page.locator('#promises').textContent())!,
      /check\.missingUpgrade.*426.*recognised.*check\.cors/,
    );
    assert.equal(await page.locator('[id="check-5.1"] details').getAttribute('open'), '');
    assert.match((await page.locator('.verdict').textContent())!, /1\/2/);
  });

  it('stands security apart, and shows the load where one was measured', further, async (t) => {
    const { page, close } = await shown(loaded);
    t.after(close);
    assert.equal(await page.locator('#security .checks > li').count(), 1);
    assert.equal(await page.locator('#scenarios .checks > li').count(), 3);
    const rows = await page.locator('#load tbody tr').count();
    assert.ok(rows > loaded.scenarios.length, `${rows} rows`);
    assert.equal(await page.locator('#load button.row').count(), 0);
    const without = await shown(healthy);
    t.after(without.close);
    assert.equal(await without.page.locator('#load').count(), 0);
  });

  it('opens its evidence by keyboard, and all of it for paper, light whatever the screen is', further, async (t) => {
    const { page, close } = await shown(healthy, { colorScheme: 'dark' });
    t.after(close);
    const first = page.locator('[id="check-1.1"] details');
    await first.locator('summary').focus();
    await page.keyboard.press('Enter');
    assert.equal(await first.getAttribute('open'), '');
    const open = () => page.locator('.checks details[open]').count();
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.equal(await open(), await page.locator('.checks details').count());
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    assert.equal(await open(), 1);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  });

  it('fits a phone: nothing wider than the screen', further, async (t) => {
    const { page, close } = await shown(loaded, { viewport: { width: 390, height: 844 }, isMobile: true });
    t.after(close);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });
});
