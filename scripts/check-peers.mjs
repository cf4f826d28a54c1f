// All scenarios of `wsurge check` against healthy and broken servers, Python's among them: `npm run check:peers`.
import { main } from '../dist/test/check/whole.js';

process.exitCode = await main((text) => process.stdout.write(text));
