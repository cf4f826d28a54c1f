import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets } from '../report/html/page-assets.js';

/** Browsers run these as they are: they are no part of what is compiled. */
const PAGE = fileURLToPath(new URL('../../../page', import.meta.url));
/** In the order in which they use each other. */
const SCRIPTS = ['dom', 'numbers', 'theme', 'chart', 'verdict', 'tables', 'curves', 'cell', 'report', 'live'];

/** Everything of the page but its data, from this package and uPlot's. */
export async function readPageAssets(): Promise<PageAssets> {
  const { resolve } = createRequire(import.meta.url);
  const text = async (file: string) => (await readFile(file, 'utf8')).trim();
  const [chartScript, chartStyle, style, ...scripts] = await Promise.all([
    text(resolve('uplot/dist/uPlot.iife.min.js')),
    text(resolve('uplot/dist/uPlot.min.css')),
    text(path.join(PAGE, 'page.css')),
    ...SCRIPTS.map((name) => text(path.join(PAGE, `${name}.js`))),
  ]);
  return { chartScript: chartScript!, chartStyle: chartStyle!, style: style!, scripts };
}
