/** The pages as a picture: results before doubts, words in sight on a phone, text that can be read in both themes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { readPageAssets } from '../../src/app/page-assets.js';
import { capacityHtml } from '../../src/report/capacity/page.js';
import { comparisonHtml } from '../../src/report/comparison/page.js';
import { runHtml } from '../../src/report/run/page.js';
import { skipWithout } from '../needs.js';
import { gridSearch, wholeSearch } from '../report/capacity/capacity-fixture.js';
import { steady } from '../report/comparison/comparison-fixture.js';
import { concurrencyCells, documentOf, throughputCells, troubleCells } from '../report/document-fixture.js';
import { savedRunOf } from '../report/run/saved-fixture.js';
import { further } from '../share.js';
import { healthyCell, withWorker } from '../verdict/cell-fixture.js';
import { launch, openPage } from './browser.js';

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true };
const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

/** Texts of the page whose contrast with what is behind them is below 4.5:1, each with its ratio. */
const FAINT_TEXTS = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((value, i) => value * a + under[i] * (1 - a));
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const element of document.querySelectorAll('main *')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
    if (text === '' || element.getClientRects().length === 0) continue;
    const under = behind(element);
    const style = getComputedStyle(element);
    const own = light(over(rgba(element instanceof SVGElement ? style.fill : style.color), under));
    const ground = light(under);
    const ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    if (ratio < 4.5) found.push(element.tagName + '.' + element.getAttribute('class') + ' ' + text.slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return found;
})()`;

/** Where the highest pixel of the accent colour is in the first chart of the curves, as a share of its height. */
const HIGHEST_ACCENT = `(() => {
  const canvas = document.querySelector('#curves canvas');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  for (let i = 0; i < data.length; i += 4) {
    const near = [11, 110, 110].every((value, k) => Math.abs(data[i + k] - value) < 12);
    if (near && data[i + 3] > 200) return Math.floor(i / 4 / width) / height;
  }
  return 1;
})()`;

describe('the first screen of a page', { skip: await skipWithout('chromium') }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser.close();
  });

  const trouble = savedRunOf(documentOf({ cells: troubleCells(), thresholds: [] }));
  async function pages(): Promise<Record<string, string>> {
    const assets = await readPageAssets();
    return {
      run: runHtml([trouble], assets)[0]!.text,
      capacity: capacityHtml([wholeSearch()], assets)[0]!.text,
      grid: capacityHtml([gridSearch()], assets)[0]!.text,
      comparison: comparisonHtml({ document: steady(1.2), record: null }, assets)[0]!.text,
    };
  }

  it('has text of a contrast of 4.5:1 or more, in both themes', async () => {
    for (const [name, html] of Object.entries(await pages())) {
      const { page, close } = await openPage(browser, html, DESK);
      await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await page.evaluate(FAINT_TEXTS), [], `${name}, ${colorScheme}`);
      }
      await close();
    }
  });

  it('is named after what it is', further, async (t) => {
    for (const [name, heading] of [
      ['run', 'Run: report'],
      ['capacity', 'Capacity search'],
      ['comparison', 'Comparison'],
    ] as const) {
      const { page, close } = await openPage(browser, (await pages())[name]!);
      t.after(close);
      assert.equal(await page.locator('h1').textContent(), heading);
      assert.match(await page.title(), new RegExp(`^wsurge ${name} · `));
    }
  });

  it('begins with the verdict and the results; doubts come after the tables, five at most, all behind a click', async (t) => {
    const { page, close } = await openPage(browser, (await pages())['run']!, DESK);
    t.after(close);
    const order = await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => id));
    assert.deepEqual(order.slice(0, 3), ['', 'tables', 'doubts']);
    assert.match((await page.locator('.word').textContent())!, /^Invalid/);
    const height = await page.locator('.word').evaluate((word) => word.getBoundingClientRect().height);
    assert.ok(height < 80, `${height} px of verdict`);
    assert.ok((await page.locator('#doubts > .reasons li').count()) <= 5);
    await page.locator('#doubts summary').click();
    await page.locator('#doubts details li').first().waitFor();
    const all =
      trouble.document.verdict.reasons.length + trouble.document.verdict.gates.filter((g) => !g.passed).length;
    assert.equal(await page.locator('#doubts details li').count(), all);
  });

  it('has the word of every row on the screen of a phone, and nothing cut off on a desk', async (t) => {
    const texts = await pages();
    for (const name of ['run', 'capacity', 'comparison'] as const) {
      const phone = await openPage(browser, texts[name]!, PHONE);
      t.after(phone.close);
      const ends = await phone.page
        .locator('td.stays')
        .evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect()).map(({ left, right }) => [left, right]));
      assert.ok(ends.length > 0, name);
      for (const [left, right] of ends) assert.ok(left! >= 0 && right! <= 390, `${name}: from ${left} to ${right}`);
    }
    const desk = await openPage(browser, texts['run']!, DESK);
    t.after(desk.close);
    const cut =
      "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).length";
    assert.equal(await desk.page.evaluate(cut), 0);
  });

  it('marks points of INVALID cells in the curves, and does not scale by them', further, async (t) => {
    const cells = concurrencyCells();
    const late = healthyCell({ connections: 1000, serviceUs: [900_000, 950_000], engine: 'uws', cpuPercent: 20 });
    cells[5] = withWorker(late, { busy: 0.95 });
    const saved = savedRunOf(documentOf({ cells: [...cells, ...throughputCells()], thresholds: [] }));
    const [file] = runHtml([saved], await readPageAssets());
    const { page, close } = await openPage(browser, file!.text, { ...DESK, colorScheme: 'light' });
    t.after(close);
    const figure = page.locator('#curves figure').first();
    assert.match((await figure.locator('.legend').textContent())!, /p99 INVALID/);
    await figure.locator('summary').click();
    await figure.locator('tbody tr').first().waitFor();
    const last = await figure.locator('tbody tr').last().locator('td').allTextContents();
    assert.deepEqual(last.slice(0, 2), ['1,000', ''], 'no point of the line');
    assert.ok(last.includes('950'), last.join(' '));
    const top = (await page.evaluate(HIGHEST_ACCENT)) as number;
    assert.ok(top < 0.6, `the median of 1 ms stands at ${top} of the height`);
  });
});
