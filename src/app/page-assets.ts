import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets, PageKind } from '../report/shared/page-assets.js';

/** Scripts that browsers run as they are: they are not compiled. */
const PAGE = fileURLToPath(new URL('../../../page', import.meta.url));
/** The scripts of every page, and those that each kind adds. Each uses only scripts before it. */
const SHARED = ['dom', 'numbers', 'theme', 'chart-marks', 'chart', 'verdict', 'frame'];
const OWN: Readonly<Record<PageKind, readonly string[]>> = {
  run: ['heat', 'tables', 'curves', 'cell', 'run', 'live'],
  check: ['heat', 'tables', 'curves', 'check'],
  capacity: ['heat', 'capacity-charts', 'capacity'],
  comparison: ['forest', 'rounds', 'comparison'],
};

const STYLES = ['page', 'check', 'capacity', 'comparison'];

/** Scripts and styles of the pages, from this package and uPlot's. */
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
