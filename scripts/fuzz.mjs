// Fuzzes the fast path against plain ws until it finds a difference or is stopped: `npm run fuzz [-- FIRST [COUNT]]`.
// Prints the seed it is at every few seconds, and the seed of a difference, which `npm run fuzz -- SEED 1` shows again.
import { fuzzConnection, ScriptedServer } from '../dist/test/engine/frame-fuzz.js';

const SHOW_MS = 5000;
const [first = 1, count = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number);

const server = new ScriptedServer(null);
await server.listen();
let shownMs = performance.now();
let seed = first;
for (; seed < first + count; seed++) {
  await fuzzConnection(server, seed);
  if (performance.now() - shownMs < SHOW_MS) continue;
  shownMs = performance.now();
  process.stdout.write(`seed ${seed}\n`);
}
process.stdout.write(`no difference in seeds ${first} to ${seed - 1}\n`);
await server.close();
