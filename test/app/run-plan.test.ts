import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseLargeBoards } from '../../src/app/run-plan.js';
import type { WsurgeError } from '../../src/errors.js';
import { cellsOf } from '../../src/plan/cells.js';
import { BOARD_MAX_BYTES, boardBytes, boardLayout } from '../../src/plan/fanout.js';
import { runCli } from '../e2e/run-cli.js';
import { parse } from '../profile/fixtures.js';

const profile = (connections: number, rate: number, timeout: string) => `
target: { url: ws://127.0.0.1:1/ }
load: [{ name: chat, connections: ${connections}, rate: ${rate}/s }]
deliver: { timeout: ${timeout} }
requests: [{ name: say, send: { n: '{{sequence}}' }, reaches: all, reply: none }]
`;

test('a board above the limit is refused, with the cell and what makes it smaller', async () => {
  const text = profile(100_000, 10_000, '30s');
  const files = { 'chat.yaml': text };
  const { code, stderr } = await runCli(['run', 'chat.yaml', '-w', '2', '--allow-target', '127.0.0.1'], { files });
  assert.equal(code, 104, stderr);
  const said = stderr.replaceAll(/\s+/g, ' ');
  assert.match(
    said,
    /chat\/c100000-r10000: following every delivery takes \d[\d.]* GB of memory, above 2\d\d(\.\d)? MB/,
  );
  assert.match(said, /lower deliver\.timeout \(30 s\), the rate of what reaches others, the connections, or -w/);
});

test('the limit is a limit: what just fits is not refused', () => {
  const bytesAt = (rate: number) => {
    const [cell] = cellsOf(parse(profile(1000, rate, '10s')).profile);
    return { cell: cell!, bytes: boardBytes(boardLayout(cell!, 1)!) };
  };
  let rate = 1000;
  while (bytesAt(rate).bytes <= BOARD_MAX_BYTES) rate *= 2;
  const [fits, tooLarge] = [bytesAt(rate / 2), bytesAt(rate)];
  assert.ok(fits.bytes <= BOARD_MAX_BYTES && tooLarge.bytes > BOARD_MAX_BYTES);
  refuseLargeBoards({ cells: [fits.cell], workers: 1 });
  assert.throws(
    () => refuseLargeBoards({ cells: [fits.cell, tooLarge.cell], workers: 1 }),
    (error: WsurgeError) => error.exitCode === 104 && error.code === 'board_too_large' && !/-w/.test(error.next!),
  );
});

test('a dry run with agents shows their workers, whatever this machine has; how they pace only if that is said', async () => {
  const dry = async (...flags: string[]) => {
    const fleet = ['--agents', '4', '--nats', 'nats://127.0.0.1:1', '--dry-run'];
    const run = await runCli(['run', 'ws://10.0.0.5:9001/', '-R', '100', ...fleet, ...flags]);
    assert.equal(run.code, 0, run.stderr);
    return run;
  };
  const { stdout, stderr } = await dry('-c', '3000');
  assert.match(stdout, /^generator +6 workers on 4 agents, pacing auto, engine ws$/m);
  assert.match(stderr, /4 agents would share this load/);
  const told = async (...flags: string[]) => {
    const { workers, agents, pacing } = JSON.parse((await dry(...flags, '--json')).stdout);
    return [workers, agents, pacing];
  };
  assert.deepEqual(await told('-c', '3000'), [6, 4, 'auto']);
  assert.deepEqual(await told('-c', '10'), [4, 4, 'auto'], 'one for each agent');
  assert.deepEqual(await told('-c', '10', '-w', '5', '--pacing', 'timer'), [5, 4, 'timer']);
});
