/** The page in a browser: silent, self-contained, true to result.json, usable by keyboard and on a phone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { readPageAssets } from '../../src/app/page-assets.js';
import type { CapacityDocument } from '../../src/documents/capacity-document.js';
import type { SavedComparison } from '../../src/documents/saved-comparison.js';
import type { SavedRun } from '../../src/documents/saved-run.js';
import { capacityHtml } from '../../src/report/capacity/page.js';
import { comparisonHtml } from '../../src/report/comparison/page.js';
import { runHtml } from '../../src/report/run/page.js';
import { reportModel } from '../../src/report/run/tables.js';
import { formatMs } from '../../src/units.js';
import { skipWithout } from '../needs.js';
import { documentWith, gridSearch, wholeSearch } from '../report/capacity/capacity-fixture.js';
import { noisy, document as runsCompared, single, steady } from '../report/comparison/comparison-fixture.js';
import {
  concurrencyCells,
  documentOf,
  manyLoads,
  refusingChat,
  throughputCells,
  troubleCells,
} from '../report/document-fixture.js';
import { fanoutCell, fanoutCells } from '../report/fanout-fixture.js';
import { savedRunOf } from '../report/run/saved-fixture.js';
import { further } from '../share.js';
import { healthyCell } from '../verdict/cell-fixture.js';
import { launch, type OpenPage, openPage } from './browser.js';

const PAPER = 'getComputedStyle(document.body).backgroundColor';
const healthy = savedRunOf(documentOf());

describe('the HTML report in a browser', { skip: await skipWithout('chromium') }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser.close();
  });

  async function shown(saved: readonly SavedRun[], options = {}): Promise<OpenPage> {
    const [file] = runHtml(saved, await readPageAssets());
    return await openPage(browser, file!.text, options);
  }

  it('says nothing on the console, asks nobody, and draws every chart', async (t) => {
    const trouble = savedRunOf(documentOf({ cells: troubleCells(), thresholds: [] }));
    const loads = savedRunOf(documentOf({ cells: manyLoads(), thresholds: [] }));
    const nothing = savedRunOf(documentOf({ cells: [], thresholds: [] }));
    const chat = savedRunOf(documentOf({ cells: refusingChat(), thresholds: [] }));
    const toMany = savedRunOf(documentOf({ cells: fanoutCells(), thresholds: [] }));
    for (const [saved, charts] of [
      [healthy, 12],
      [trouble, 8],
      [loads, 12],
      [chat, 9],
      [toMany, 12],
      [nothing, 0],
    ] as const) {
      const { page, complaints, close } = await shown([saved]);
      t.after(close);
      assert.deepEqual(complaints, []);
      const drawn = await page.locator('.plot canvas').count();
      assert.ok(drawn >= charts && (charts > 0 || drawn === 0), `${drawn} charts`);
      await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
      assert.deepEqual(complaints, []);
    }
  });

  it('shows requests below their cells, and with their sessions beside the charts', async (t) => {
    const cells = refusingChat();
    const { page, close } = await shown([savedRunOf(documentOf({ cells, thresholds: [] }))]);
    t.after(close);
    const rowsOf = async (label: string) =>
      await page
        .locator(`[aria-label^="${label}"] tbody tr`)
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('td')].map((each) => each.textContent ?? '')),
        );
    const rows = await rowsOf('chat, ');
    assert.deepEqual(
      rows.map((row) => row[0]),
      cells.flatMap(({ axes, requests }) => [String(axes.connections), ...requests!.map(({ name }) => name)]),
    );
    assert.equal(rows.at(-1)!.at(-1), '48 failed');
    await page.locator('#cell').selectOption(cells[1]!.id);
    const told = await rowsOf('The requests of this cell');
    assert.deepEqual(
      told.map(([name, planned, answered, failed]) => [name, planned, answered, failed]),
      cells[1]!.requests!.map(({ name, messages: { planned, answered, failed } }) => [
        name,
        ...[planned, answered, failed].map((count) => count.toLocaleString('en')),
      ]),
    );
    const parts = (await rowsOf('Sessions until they were ready')).map(([part]) => part);
    assert.deepEqual(parts, ['connect', 'ready', 'login', 'join']);
    const errors = (await rowsOf('Errors and close codes')).map(([, what, count]) => [what, count]);
    assert.deepEqual(errors[0], ['CONNECT_ERROR (session): step connect: 44{"message":"invalid token"}', '100']);
  });

  it('shows what was sent to many: a table, who was served worst, and curves over the subscribers', async (t) => {
    const cells = fanoutCells();
    const document = documentOf({ cells, thresholds: [] });
    const { page, close } = await shown([savedRunOf(document)]);
    t.after(close);
    const rowsOf = async (label: string) =>
      await page
        .locator(`[aria-label^="${label}"] tbody tr`)
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('td')].map((each) => each.textContent ?? '')),
        );
    const [table] = reportModel(document).fanout;
    const narrow = table!.columns.filter(({ detail }) => detail === 'narrow');
    assert.deepEqual(
      await rowsOf('room · say, '),
      table!.rows.map(({ values }) => narrow.map(({ key }) => values[key])),
    );
    assert.match((await page.locator('#tables').textContent()) ?? '', /worst served: connection 7 with 995 of 1,000/);
    const curves = await page.locator('#curves figure h3').allTextContents();
    assert.match(curves[0]!, /^Deliver time: room, say over subscribers/);
    assert.match(curves[1]!, /^Reach: room, say over subscribers/);
    const said = await page.locator('#curves .plot').nth(1).getAttribute('aria-label');
    assert.match(said ?? '', /reach: 99\.992 to 100/);
    // A row leads to the charts of its cell; only where anybody missed anything are there shares.
    const charts = async () => (await page.locator('#time figure h3').allTextContents()).join('; ');
    await page.locator('[aria-label^="room · say, "] tbody button').first().click();
    assert.equal(await page.locator('#cell').inputValue(), cells[0]!.id);
    assert.match(await charts(), /Deliver time by percentile: say.*Deliver timems.*Deliveries/);
    assert.doesNotMatch(await charts(), /Shares/);
    await page.locator('#cell').selectOption(cells[2]!.id);
    assert.match(await charts(), /Shares of the connections/);
    assert.deepEqual((await rowsOf('The connections that were served worst'))[0], ['7', '995', '1,000', '99.5']);
    assert.match((await rowsOf('The requests of this cell'))[0]!.join(' '), /^say 1,000 99,952 8 1\.38 /);
    const part = (await page.locator('#time').textContent()) ?? '';
    assert.match(part, /Requests, whole time: deliver time/);
    assert.match(part, /msg\/s sent, 9,995 deliveries\/s/);
    assert.doesNotMatch(part, /answered/);
  });

  it('shows slow readers below the others, and how even the connections were', async (t) => {
    const base = fanoutCell(10, [{ slowMissed: 300 }]);
    const byConnection = { count: 10, jain: 0.99, worst: [], curve: [0.5, 1, 1, 1], p99CurveUs: [1000, 2000, 4000] };
    const cell = { ...base, byConnection, subscribers: { ...base.subscribers!, p99CurveUs: [1000, 3000] } };
    const { page, close } = await shown([savedRunOf(documentOf({ cells: [cell], thresholds: [] }))]);
    t.after(close);
    const rows = page.locator('[aria-label^="room · say, "] tbody tr');
    assert.match((await rows.last().textContent()) ?? '', /^slow70300–500>= 5000300$/);
    const charts = await page.locator('#time figure h3').allTextContents();
    const plots = page.locator('#time .plot');
    const percentiles = page.locator('#time figure').filter({ hasText: 'Deliver time by percentile: say' });
    assert.match((await percentiles.textContent()) ?? '', /each delivery to slow readers/);
    const saidOf = async (title: string) =>
      (await plots.nth(charts.findIndex((each) => each.startsWith(title))).getAttribute('aria-label')) ?? '';
    assert.match(await saidOf('Answers by connection'), /share: 50 to 100/);
    assert.match(await saidOf('p99 of the answers by connection'), /p99: 1\.00 to 4\.00/);
    assert.match(await saidOf('p99 of the deliveries by connection'), /p99: 1\.00 to 3\.00/);
  });

  it('shows the figures of result.json', async (t) => {
    const { page, close } = await shown([healthy]);
    t.after(close);
    const text = async (selector: string) =>
      await page
        .locator(selector)
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
        );
    const { tables, benchmark } = reportModel(healthy.document);
    const rows = await text('#tables tbody tr');
    const wanted = [
      ...benchmark.map(({ measure, value }) => [measure, value]),
      ...tables.flatMap((table) =>
        table.rows.map(({ values }) => {
          const narrow = table.columns.filter(({ detail, key }) => detail === 'narrow' && key !== 'status');
          return narrow.map(({ key }) => values[key]!);
        }),
      ),
    ];
    assert.deepEqual(
      rows.map((row, i) => row.slice(0, wanted[i]?.length)),
      wanted,
    );
    for (const cell of [concurrencyCells()[2]!, throughputCells()[1]!]) {
      await page.locator('#cell').selectOption(cell.id);
      const { response, service, lag } = cell.flows[0]!.latencyUs;
      const quantiles = await text('#time .details > div:first-child tbody tr');
      for (const name of ['p50', 'p90', 'p95', 'p99', 'max'] as const) {
        const row = quantiles.find(([first]) => first === name);
        assert.deepEqual(
          row!.slice(1),
          [response, service, lag].map((each) => formatMs(each![name]!)),
          name,
        );
      }
    }
  });

  it('keeps hostile text inert', async (t) => {
    const hostile = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const cell = {
      ...healthyCell({ load: hostile }),
      errors: [{ phase: 'connect' as const, code: hostile, count: 2 }],
    };
    const document = documentOf({
      ...{ cells: [cell], thresholds: [], runId: hostile, labels: { [hostile]: hostile } },
      profile: { name: hostile },
      target: { url: `ws://${hostile}`, address: null, engine: hostile, hint: hostile },
    });
    const { page, complaints, close } = await shown([savedRunOf(document)]);
    t.after(close);
    assert.deepEqual(complaints, []);
    assert.equal(await page.locator('img').count(), 0);
    assert.ok((await page.locator('main').textContent())!.includes('<img src=x'));
  });

  it('can be used by keyboard: theme, rows, cells and the cursor of a chart', further, async (t) => {
    const { page, complaints, close } = await shown([healthy], { colorScheme: 'light' });
    t.after(close);
    const paper = () => page.evaluate(PAPER);
    const light = await paper();
    await page.locator('.theme').focus();
    await page.keyboard.press('Enter');
    assert.notEqual(await paper(), light);
    await page.locator('.row').nth(1).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#cell').inputValue(), 'concurrency/c10-r1000');
    const plot = page.locator('#time .plot').first();
    await plot.locator('canvas').waitFor();
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    const legend = page.locator('#time figure').first().locator('.legend b');
    await legend.first().filter({ hasText: /\S/ }).waitFor();
    assert.match((await legend.allTextContents()).join(' '), /\d/);
    assert.deepEqual(complaints, []);
  });

  it('fits a phone: nothing wider than the screen', async (t) => {
    const { page, close } = await shown([healthy], { viewport: { width: 390, height: 844 }, isMobile: true });
    t.after(close);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    // The limit stands below its value, and p99 is in sight beside the word of the row.
    const [benchmark, load] = [page.locator('#tables .load').first(), page.locator('#tables .load').nth(1)];
    const limit = "getComputedStyle(document.querySelector('[data-limit]'), '::after').content";
    assert.equal(await page.evaluate(limit), '"p95 < 100 ms"');
    assert.equal(await benchmark.getByText('threshold', { exact: true }).isVisible(), false);
    const value = (await page.locator('[data-limit]').first().boundingBox())!;
    const result = (await benchmark.locator('td.stays').first().boundingBox())!;
    assert.ok(
      value.x + value.width <= result.x,
      `the value ends at ${value.x + value.width}, the result at ${result.x}`,
    );
    const p99 = (await load.locator('th', { hasText: /^p99/ }).boundingBox())!;
    const status = (await load.locator('th.stays').boundingBox())!;
    assert.ok(p99.x + p99.width <= status.x, `p99 ends at ${p99.x + p99.width}, the status begins at ${status.x}`);
    assert.equal(await load.getByText('The table scrolls sideways.').isVisible(), true);
  });

  it('lays runs over each other, each with its own line', further, async (t) => {
    const { page, complaints, close } = await shown([healthy, healthy]);
    t.after(close);
    assert.deepEqual(complaints, []);
    const legend = await page.locator('#time figure').first().locator('.legend').textContent();
    for (const label of ['A p50', 'A p99', 'B p50', 'B p99']) assert.ok(legend!.includes(label), legend ?? '');
  });

  it('is light on paper', further, async (t) => {
    const { page, close } = await shown([healthy], { colorScheme: 'dark' });
    t.after(close);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate(PAPER), 'rgb(255, 255, 255)');
    assert.equal(await page.locator('.theme').isVisible(), false);
  });

  async function searched(documents: readonly CapacityDocument[], options = {}): Promise<OpenPage> {
    return await openPage(browser, capacityHtml(documents, await readPageAssets())[0]!.text, options);
  }

  async function compared(saved: SavedComparison, options = {}): Promise<OpenPage> {
    return await openPage(browser, comparisonHtml(saved, await readPageAssets())[0]!.text, options);
  }

  const OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true";
  const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true };
  const WIDTH = 'document.documentElement.scrollWidth';

  it('shows a capacity search: curve, grid, overlay and none', async (t) => {
    const nothing = documentWith({ steps: [], costs: [], model: { of: 'x', points: [], fit: null, claim: 'none' } });
    for (const [documents, charts] of [
      [[wholeSearch()], 4],
      [[gridSearch()], 1],
      [[wholeSearch(), wholeSearch({ runId: 'other' })], 3],
      [[nothing], 0],
    ] as const) {
      const { page, complaints, close } = await searched(documents, PHONE);
      t.after(close);
      await page.evaluate(OPEN_ALL);
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator('.plot canvas').count(), charts);
      assert.equal(await page.evaluate(WIDTH), 390);
    }
  });

  it('tells of deliveries where a search asks for no reply', async (t) => {
    const answers = wholeSearch();
    const deliveries = wholeSearch({ search: { ...answers.search, done: 'deliveries' } });
    for (const [documents, title, unit] of [
      [[answers], 'Asked and answered', 'msg/s over connections'],
      [[deliveries], 'Deliveries', 'deliveries/s over connections'],
      [[deliveries, { ...deliveries, runId: 'b' }], 'Deliveries', 'deliveries/s over connections'],
      [[answers, { ...deliveries, runId: 'b' }], 'Answered or delivered', 'a second over connections'],
    ] as const) {
      const { page, close } = await searched(documents);
      t.after(close);
      const titles = await page.locator('figure h3').allTextContents();
      assert.ok(
        titles.some((each) => each.startsWith(title) && each.includes(unit)),
        titles.join('; '),
      );
      const isAsked = (await page.locator('figure .plot').nth(1).getAttribute('aria-label'))?.includes('asked');
      assert.equal(isAsked, title === 'Asked and answered');
    }
  });

  it('shows the answer of a search, every step, and the grid with words for its colours', further, async (t) => {
    const { page, close } = await searched([wholeSearch()]);
    t.after(close);
    assert.match((await page.locator('.word').textContent())!, /^1,240 connectionsat 1\/s each/);
    assert.equal(await page.locator('#steps tbody tr').count(), 9);
    const values = page.locator('#curve figure').first().locator('details');
    await values.locator('summary').click();
    await values.locator('tbody tr').first().waitFor();
    assert.equal(await values.locator('tbody tr').count(), 9);
    const grid = await searched([gridSearch()]);
    t.after(grid.close);
    const boxes = await grid.page.locator('.heat').evaluateAll((all) => all.map((box) => box.getAttribute('title')));
    assert.deepEqual(boxes.slice(0, 3), ['not run', 'held', 'over the SLO']);
  });

  it('shows a comparison: bars with words, rounds, and what the words mean', async (t) => {
    for (const [document, bars, charts] of [
      [steady(1.2), 4, 4],
      [noisy, 4, 4],
      [runsCompared, 16, 4],
      [single, 16, 0],
    ] as const) {
      const { page, complaints, close } = await compared({ document, record: null }, PHONE);
      t.after(close);
      await page.evaluate(OPEN_ALL);
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator('svg.forest-plot[role=img]').count(), bars);
      assert.equal(await page.locator('.plot canvas').count(), charts);
      assert.equal(await page.evaluate(WIDTH), 390);
    }
    const { page, close } = await compared({ document: steady(1.2), record: null });
    t.after(close);
    const label = await page.locator('svg.forest-plot[role=img]').first().getAttribute('aria-label');
    assert.match(label!, /^service time p50, ms: \+\d.* %, between .* and .*: REGRESSED$/);
    assert.equal(await page.locator('#words .words div').count(), 4);
  });

  it('is whole on paper: no table cut off, each change in one line', further, async (t) => {
    const why = 'worker 0: waited for a processor 7.48 % of the time (limit 4 %), which is a long story';
    const search = wholeSearch();
    const sheet = { viewport: { width: 688, height: 980 } };
    const cut =
      "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).length";
    const pages = [
      await searched([{ ...search, steps: search.steps.map((step) => ({ ...step, why, fix: why })) }], sheet),
      await compared({ document: steady(1.2), record: null }, sheet),
    ];
    for (const { page, close } of pages) {
      t.after(close);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.evaluate(cut), 0);
    }
    const tops = await pages[1]!.page
      .locator('.forest-row')
      .first()
      .evaluate((row) =>
        ['.forest-name', '.forest-change', '.forest-word'].map((part) => {
          const { top, bottom } = row.querySelector(part)!.getBoundingClientRect();
          return (
            Math.abs((top + bottom) / 2 - (row.getBoundingClientRect().top + row.getBoundingClientRect().bottom) / 2) <
            4
          );
        }),
      );
    assert.deepEqual(tops, [true, true, true]);
  });

  it('keeps hostile text inert in both', further, async (t) => {
    const hostile = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const search = wholeSearch();
    const pages = [
      await searched([
        {
          ...{ ...search, runId: hostile, profile: { name: hostile }, labels: { [hostile]: hostile } },
          steps: search.steps.map((step) => ({ ...step, cell: hostile, why: hostile, fix: hostile })),
          answer: { ...search.answer, text: hostile },
        },
      ]),
      await compared({
        document: { ...runsCompared, a: { ...runsCompared.a, label: hostile }, warnings: [hostile] },
        record: { runId: hostile, profile: { name: hostile } },
      }),
    ];
    for (const { page, complaints, close } of pages) {
      t.after(close);
      await page.evaluate(OPEN_ALL);
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator('img').count(), 0);
      assert.ok((await page.locator('main').textContent())!.includes('<img src=x'));
    }
  });
});
