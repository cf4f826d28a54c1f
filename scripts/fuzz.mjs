// Fuzzes the fast path against plain ws until it finds a difference or is stopped: `npm run fuzz [-- FIRST [COUNT]]
// [--tls]`. Prints the seed it is at every few seconds, and the seed of a difference, which `npm run fuzz -- SEED 1`
// shows again.
import { parseArgs } from 'node:util';
import { fuzzConnection, ScriptedServer } from '../dist/test/engine/frame-fuzz.js';
import { CERTIFICATE, KEY } from '../dist/test/server/certificate.js';

const SHOW_MS = 5000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tls: { type: 'boolean', default: false } },
});
const [first = 1, count = Number.POSITIVE_INFINITY] = positionals.map(Number);
if (!Number.isInteger(first) || !(count > 0))
  throw new Error('FIRST and COUNT are whole numbers: npm run fuzz -- 1 1000');

const server = new ScriptedServer(values.tls ? { cert: CERTIFICATE, key: KEY } : null);
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
