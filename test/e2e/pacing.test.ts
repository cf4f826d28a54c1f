import assert from 'node:assert/strict';
import { test } from 'node:test';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { assertAnswered, runCli } from './run-cli.js';

for (const pacing of ['timer', 'metronome', 'spin'] as const) {
  const options = pacing === 'metronome' ? {} : further;
  test(
    `--pacing ${pacing}: every planned message goes out, none before its instant, and the result says so`,
    options,
    async (t) => {
      const server = await wsServer();
      t.after(() => server.stop());
      const args = ['-c', '5', '-R', '500', '-d', '500ms', '-W', '0s', '-w', '2', '--pacing', pacing];
      const { result, stderr } = await runCli(['run', server.url, ...args]);
      assert.ok(result !== null, stderr);
      const [cell] = result.cells;
      assert.equal(cell!.pacing, pacing);
      assert.equal(result.pacing, pacing);
      assertAnswered(cell!, 250);
      assert.deepEqual(cell!.laws, []);
      assert.ok(cell!.client.workers.every(({ busy }) => (busy === null) === (pacing === 'spin')));
    },
  );
}
