// Makes dist/page/ of page/: one script for each kind of report page, and one style sheet for all of them. Each script
// has everything it imports inside itself, uPlot included, because a report is one file that loads nothing.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const KINDS = ['run', 'check', 'capacity', 'comparison'];
const OUTPUTS = [...KINDS.map((kind) => `${kind}.js`), 'style.css'];

export function hasPages(folder) {
  return OUTPUTS.every((name) => existsSync(join(folder, name)));
}

/** Throws if a script does not parse, imports something that does not exist, or makes esbuild warn. */
export async function bundlePages(source, folder) {
  // Imported here, because the package may not be installed when this file is loaded.
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const { warnings } = await build({
    entryPoints: [
      ...KINDS.map((kind) => ({ in: join(source, kind, 'page.js'), out: kind })),
      { in: join(source, 'shared', 'style.css'), out: 'style' },
    ],
    outdir: folder,
    ...{ bundle: true, format: 'esm', target: 'es2022', charset: 'utf8' },
    // Every report contains the script, so size matters. Readable source is in page/.
    ...{ minify: true, legalComments: 'inline' },
    logLevel: 'silent',
  });
  const [first] = warnings;
  if (first !== undefined) throw new Error(`${first.location?.file ?? source}: ${first.text}`);
}
