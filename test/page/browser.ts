import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from '../needs.js';

export async function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('chromium is not installed');
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface OpenPage {
  readonly page: Page;
  /** Everything that must not happen: console messages, errors, requests beside the file itself. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a page from a file, as a reader does who was sent it, and waits for its charts. */
export async function openPage(browser: Browser, html: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wsurge-html-'));
  const file = path.join(folder, 'report.html');
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  // A selector, not a function to poll: that would be evaluated in the page, which forbids it.
  await page.locator('.plot:not(:has(canvas))').first().waitFor({ state: 'detached' });
  const close = async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { page, complaints, close };
}
