import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { scriptThreadOptions } from '../../src/script/thread-condition.js';

const condition = '--conditions=wsurge-worker';

test('options about modules go on to the thread of a script, with their values; others stay behind', () => {
  const given = ['--max-semi-space-size=64', '--import', './a.mjs', '--inspect=0', '-C', 'dev', '--require=./b.cjs'];
  assert.deepEqual(scriptThreadOptions(given), ['--import', './a.mjs', '-C', 'dev', '--require=./b.cjs', condition]);
  assert.deepEqual(scriptThreadOptions([]), [condition]);
});

for (const option of ['--max-semi-space-size=64', '--max-old-space-size=256', '--expose-gc', '--no-opt']) {
  test(`a thread starts although Node was given ${option}`, async () => {
    const worker = new Worker('', { eval: true, execArgv: scriptThreadOptions([option]) });
    const code = await new Promise((resolve, reject) => {
      worker.once('exit', resolve);
      worker.once('error', reject);
    });
    assert.equal(code, 0);
  });
}
