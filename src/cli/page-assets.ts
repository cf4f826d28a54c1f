import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets, PageKind } from '../report/html/page-assets.js';

/** Browsers run these as they are: they are no part of what is compiled. */
const PAGE = fileURLToPath(new URL('../../../page', import.meta.url));
/** What every page is made of, and what each kind adds: in the order in which they use each other. */
const SHARED = ['dom', 'numbers', 'theme', 'chart', 'verdict', 'frame'];
const OWN: Readonly<Record<PageKind, readonly string[]>> = {
  run: ['tables', 'curves', 'cell', 'run', 'live'],
};

/** Everything of the pages but their data, from this package and uPlot's. */
export async function readPageAssets(): Promise<PageAssets> {
  const { resolve } = createRequire(import.meta.url);
  const text = async (file: string) => (await readFile(file, 'utf8')).trim();
  const script = async (name: string) => await text(path.join(PAGE, `${name}.js`));
  const scriptsOf = async ([kind, own]: [string, readonly string[]]) =>
    [kind, await Promise.all([...SHARED, ...own].map(script))] as const;
  const [chartScript, chartStyle, style, scripts] = await Promise.all([
    text(resolve('uplot/dist/uPlot.iife.min.js')),
    text(resolve('uplot/dist/uPlot.min.css')),
    text(path.join(PAGE, 'page.css')),
    Promise.all(Object.entries(OWN).map(scriptsOf)),
  ]);
  return { chartScript, chartStyle, style, scripts: Object.fromEntries(scripts) as PageAssets['scripts'] };
}
