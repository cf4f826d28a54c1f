/** A generator that is stopped from outside while it measures: the clocks went on without it, and the verdict says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { wsServer } from './local-server.js';
import { COUNTED_RUN } from './run-cli.js';
import { spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 120_000 };
/** Long beside what a starved thread waits for the processor, which is counted as blocked. */
const STOPPED_MS = 1500;

test('SIGSTOP in the measured time: 98 for clock_paused, and no law is broken', LIMIT, async (t) => {
  if (process.platform !== 'linux') return t.skip('the kernel does not say what a thread did');
  let messages = 0;
  const server = await wsServer({
    onMessage: (ws, data, binary) => {
      ws.send(data, { binary });
      if (++messages !== 50) return;
      cli.process.kill('SIGSTOP');
      setTimeout(() => cli.process.kill('SIGCONT'), STOPPED_MS);
    },
  });
  t.after(() => server.stop());
  const cli = await spawnCli(t, [
    ...COUNTED_RUN,
    server.url,
    '-c',
    '2',
    '-R',
    '100',
    '-d',
    '2s',
    '-W',
    '0s',
    '--json',
    '-q',
  ]);
  assert.equal(await cli.exit, 98, cli.stderr());
  const { verdict, cells } = JSON.parse(cli.stdout()) as ResultDocument;
  const paused = verdict.reasons.find(({ code }) => code === 'clock_paused');
  assert.equal(paused?.severity, 'invalid', JSON.stringify(verdict.reasons));
  assert.ok(cells[0]!.client.workers[0]!.pausedMs! >= STOPPED_MS - 50);
  assert.deepEqual(cells[0]!.laws, []);
});
