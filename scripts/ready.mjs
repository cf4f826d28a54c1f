// What `npm start` and `npm test` run first: installs from the lockfile and builds, each only if needed.
// Silent when all is ready. This file keeps to syntax that old Node versions can read, so that they get a clear answer.
import { readFileSync } from 'node:fs';

const say = (line) => process.stderr.write(`set-up: ${line}\n`);

const wanted = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).engines.node;
if (isOlder(process.versions.node, wanted.match(/[0-9.]+/)[0])) {
  say(
    `this is Node ${process.versions.node}, wsurge needs Node ${wanted}: install a newer one from https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  import('./setup.mjs')
    .then((setup) => setup.makeReady(say))
    .catch((error) => {
      say(error.message);
      process.exitCode = 1;
    });
}

function isOlder(version, minimum) {
  const have = version.split('.').map(Number);
  const need = minimum.split('.').map(Number);
  for (let i = 0; i < need.length; i++) if (have[i] !== need[i]) return have[i] < need[i];
  return false;
}
