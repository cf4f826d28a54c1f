// Makes dist/threads/ of the compiled workers/: each thread's code in one file, the package ws included. A thread that
// loads one file starts in less than half the processor time of one that resolves seventy, and every run starts threads.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const THREADS = ['canary', 'load-worker', 'metronome', 'script', 'script-guard', 'truth-echo'];

export function hasThreads(folder) {
  return THREADS.every((name) => existsSync(join(folder, `${name}.js`)));
}

/** `compiled`: the folder with their entry files. Throws if an import does not exist, or if esbuild warns. */
export async function bundleThreads(compiled, folder) {
  // Imported here, because the package may not be installed when this file is loaded.
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const { warnings } = await build({
    entryPoints: THREADS.map((name) => ({ in: join(compiled, `${name}.js`), out: name })),
    outdir: folder,
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', charset: 'utf8', legalComments: 'inline' },
    // ws tries to load these two, and does without them.
    external: ['bufferutil', 'utf-8-validate'],
    // ws is a CommonJS package: it requires the modules of Node.
    banner: {
      js: "/*! Holds the package ws, whose licence (MIT) is in node_modules/ws/LICENSE. */\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  const [first] = warnings;
  if (first !== undefined) throw new Error(`${first.location?.file ?? compiled}: ${first.text}`);
}
