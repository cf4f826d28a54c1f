// Makes dist/bundle/cli/ of the compiled command line: what every command needs in a few files, and what one command needs
// in files of its own. Node then resolves a tenth of the modules, and a command starts in about half the processor time.
// The folder lies as deep as dist/src/cli, so that paths relative to a module hold in both.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** `watchdog-process` is a program of its own, started by its file name. */
const ENTRIES = { bin: 'cli/bin', 'watchdog-process': 'target/watchdog-process' };

export function hasCommand(folder) {
  return Object.keys(ENTRIES).every((name) => existsSync(join(folder, `${name}.js`)));
}

/** `compiled`: dist/src. Throws if an import does not exist, or if esbuild warns. */
export async function bundleCommand(compiled, folder) {
  // Imported here, because the package may not be installed when this file is loaded.
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const { warnings } = await build({
    entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(compiled, `${file}.js`), out })),
    outdir: folder,
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', charset: 'utf8' },
    // piscina starts threads from files of its own; uWebSockets.js is native; the broker's client is installed only by
    // those who need it; ws tries to load the last two.
    external: ['piscina', 'uWebSockets.js', '@nats-io/transport-node', 'bufferutil', 'utf-8-validate'],
    ...{ legalComments: 'inline', logLevel: 'silent' },
    // Packages in CommonJS require the modules of Node.
    banner: {
      js: "/*! Holds the dependencies that package.json names; the licence of each is in its folder of node_modules. */\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  const [first] = warnings;
  if (first !== undefined) throw new Error(`${first.location?.file ?? compiled}: ${first.text}`);
}
