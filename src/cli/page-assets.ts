import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets, PageKind } from '../report/html/page-assets.js';

/** Browsers run these as they are: they are no part of what is compiled. */
const PAGE = fileURLToPath(new URL('../../../page', import.meta.url));
/** What every page is made of, and what each kind adds: in the order in which they use each other. */
const SHARED = ['dom', 'numbers', 'theme', 'chart-marks', 'chart', 'verdict', 'frame'];
const OWN: Readonly<Record<PageKind, readonly string[]>> = {
  run: ['heat', 'tables', 'curves', 'cell', 'run', 'live'],
  check: ['heat', 'tables', 'curves', 'check'],
  capacity: ['heat', 'capacity-charts', 'capacity'],
  comparison: ['forest', 'rounds', 'comparison'],
};

const STYLES = ['page', 'check', 'capacity', 'comparison'];

/** Everything of the pages but their data, from this package and uPlot's. */
export async function readPageAssets(): Promise<PageAssets> {
  const { resolve } = createRequire(import.meta.url);
  const text = async (file: string) => (await readFile(file, 'utf8')).trim();
  const script = async (name: string) => await text(path.join(PAGE, `${name}.js`));
  const scriptsOf = async (kind: PageKind) => await Promise.all([...SHARED, ...OWN[kind]].map(script));
  const [chartScript, chartStyle, styles] = await Promise.all([
    text(resolve('uplot/dist/uPlot.iife.min.js')),
    text(resolve('uplot/dist/uPlot.min.css')),
    Promise.all(STYLES.map((name) => text(path.join(PAGE, `${name}.css`)))),
  ]);
  return {
    ...{ chartScript, chartStyle, style: styles.join('\n') },
    scripts: {
      run: await scriptsOf('run'),
      check: await scriptsOf('check'),
      capacity: await scriptsOf('capacity'),
      comparison: await scriptsOf('comparison'),
    },
  };
}
