import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';
import { truthServer } from './truth-server.js';

for (const pacing of ['timer', 'metronome', 'spin'] as const) {
  test(`--pacing ${pacing}: every planned message goes out, none before its instant, and the result says so`, async () => {
    const server = await truthServer();
    try {
      const args = ['-c', '5', '-R', '500', '-d', '1s', '-W', '0s', '-w', '2', '--pacing', pacing];
      const { result, stderr } = await runCli(['run', server.url, ...args]);
      assert.ok(result !== null, stderr);
      const [cell] = result.cells;
      assert.equal(cell!.pacing, pacing);
      assert.equal(result.pacing, pacing);
      assert.equal(cell!.flows[0]!.messages.answered, 500);
      assert.deepEqual(cell!.laws, []);
      assert.equal(
        cell!.client.workers.every(({ busy }) => (busy === null) === (pacing === 'spin')),
        true,
      );
    } finally {
      await server.stop();
    }
  });
}
