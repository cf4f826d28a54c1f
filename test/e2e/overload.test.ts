/** A server that answers two messages in 10 ms, however many come: what is left over shows as a growing backlog. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultDocument } from '../../src/report/result-document.js';
import { wsServer } from './local-server.js';
import { spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 60_000 };

test('more is asked than the server answers: overloaded by its backlog, in numbers', LIMIT, async (t) => {
  const waiting: (() => void)[] = [];
  const answer = setInterval(() => {
    for (const reply of waiting.splice(0, 2)) reply();
  }, 10);
  t.after(() => clearInterval(answer));
  const server = await wsServer({
    onMessage: (ws, data, binary) => void waiting.push(() => ws.send(data, { binary })),
  });
  t.after(() => server.stop());
  const load = ['-c', '4', '-R', '300', '-d', '5s', '-W', '0s', '--reply-timeout', '30s'];
  const cli = await spawnCli(t, ['run', server.url, ...load, '--json', '-q']);
  await cli.exit;
  const { verdict, cells } = JSON.parse(cli.stdout()) as ResultDocument;
  const { backlog, unanswered } = cells[0]!.overload;
  // It answers 200/s at most, and fewer where its timer comes late: 100/s or more are left over.
  assert.ok(backlog!.perSecond > 80 && backlog!.perSecond <= 300, JSON.stringify(backlog));
  assert.equal(unanswered, 0, 'all came in the drain');
  const inFlight = cells[0]!.seconds.map((second) => second.inFlight ?? 0);
  assert.ok(inFlight.at(-1)! > 300, `in flight by second: ${inFlight.join(', ')}`);
  const reason = verdict.reasons.find(({ code }) => code === 'target_backlog');
  assert.match(reason?.message ?? '', /^backlog grew by \d+ messages\/s; all answered in the end$/);
  assert.equal(reason?.side, verdict.validity === 'invalid' ? 'unknown' : 'target');
  assert.equal(verdict.target, verdict.validity === 'invalid' ? 'ok' : 'overloaded');
});
