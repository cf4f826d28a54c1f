import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets, PageKind } from '../report/shared/page-assets.js';

/** What scripts/pages.mjs made of page/, beside the compiled sources. */
const PAGES = fileURLToPath(new URL('../../page', import.meta.url));

/** The scripts and the style sheet of the report pages. */
export async function readPageAssets(): Promise<PageAssets> {
  const text = async (name: string) => (await readFile(path.join(PAGES, name), 'utf8')).trim();
  const script = async (kind: PageKind) => await text(`${kind}.js`);
  return {
    style: await text('style.css'),
    scripts: {
      run: await script('run'),
      check: await script('check'),
      capacity: await script('capacity'),
      comparison: await script('comparison'),
    },
  };
}
