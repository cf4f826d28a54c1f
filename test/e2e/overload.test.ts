/** A server that answers one message of three and keeps the rest until all have come: the backlog grows by two of three. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overloadText } from '../../src/verdict/overload.js';
import { wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const PLANNED = 1500;

test('more is asked than the server answers: the backlog is told, in numbers', { timeout: 120_000 }, async (t) => {
  const waiting: (() => void)[] = [];
  let came = 0;
  const server = await wsServer({
    onMessage: (ws, data, binary, ordinal) => {
      const reply = () => ws.send(data, { binary });
      if (ordinal === 0 || ++came % 3 === 0) return reply();
      waiting.push(reply);
      if (came === PLANNED - 1) for (const late of waiting.splice(0)) late();
    },
  });
  t.after(() => server.stop());
  const load = ['-c', '4', '-R', '300', '-d', '5s', '-W', '0s', '--reply-timeout', '60s'];
  const { result, stderr } = await runCli([...COUNTED_RUN, server.url, ...load]);
  assert.ok(result !== null, stderr);
  const [cell] = result.cells;
  assert.deepEqual(cell!.laws, []);
  const { messages } = cell!.flows[0]!;
  assert.deepEqual([messages.planned, messages.answered, messages.lost], [PLANNED, PLANNED, 0]);
  const { backlog, unanswered } = cell!.overload;
  assert.ok(backlog!.perSecond > 0, JSON.stringify(backlog));
  assert.equal(unanswered, 0, 'all came in the drain');
  // Whether the backlog grew steadily depends on the machine; for a cell that could not be measured the target is not blamed.
  const reason = result.verdict.reasons.find(({ code }) => code === 'target_backlog');
  assert.equal(reason?.message ?? null, overloadText(cell!));
  if (reason !== undefined) assert.equal(reason.side, cell!.validity === 'invalid' ? 'unknown' : 'target');
});
