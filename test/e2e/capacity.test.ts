import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { CapacityDocument } from '../../src/documents/capacity-document.js';
import { parseCapacity } from '../../src/documents/capacity-schema.js';
import { startServer } from '../../src/server/server.js';
import { further } from '../share.js';
import { type EventLine, parsedLines } from './event-lines.js';
import { wsServer } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';

/** Half a second a step, and a limit that only a server which is gone fails: no reply takes 20 s. */
const SHORT = [
  ...['-c', '25', '-r', '20/s', '-W', '100ms', '-d', '500ms'],
  ...['--slo', 'ws_response_time p(95)<20s', '--reply-timeout', '60s', '--json'],
];

/** The events tell each step with its judgement, and at the end the answer. */
function assertEventsOf(events: readonly EventLine[], { steps, answer, exitCode }: CapacityDocument): void {
  const of = (type: string) => events.filter((event) => event.type === type);
  assert.deepEqual(
    of('cell').map(({ cell, validity, step }) => ({ cell, validity, step })),
    steps.map(({ cell, validity, passed, by, why }) => ({ cell, validity, step: { passed, by, why } })),
  );
  const [plan] = of('plan');
  assert.deepEqual([plan!['command'], plan!['cells']], ['capacity', null]);
  const [verdict] = of('verdict');
  assert.deepEqual([verdict!['answer'], verdict!['exitCode']], [answer.text, exitCode]);
}

describe('wsurge capacity', () => {
  it('finds how many connections a server lets in, to the last one', async () => {
    const server = await startServer({ engine: 'ws', port: 0, maxConnections: 30 });
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-summary-'));
    const summary = path.join(folder, 'summary.md');
    try {
      const events = path.join(folder, 'events.ndjson');
      const run = await runCli(['capacity', server.url, ...SHORT, '--lenient', '--events', events], {
        env: { GITHUB_STEP_SUMMARY: summary },
      });
      assert.equal(await readFile(summary, 'utf8'), `${run.files['report.md']}\n`);
      const { answer, steps } = documentOf(run);
      assert.deepEqual(JSON.parse(run.files['capacity.json']!), JSON.parse(run.stdout));
      assert.equal(run.files['result.json'], run.files['capacity.json']);
      assertEventsOf(parsedLines(await readFile(events, 'utf8')), documentOf(run));
      for (const { connections, held, passed } of steps) {
        assert.equal(held, Math.min(30, connections));
        if (connections > 30) assert.equal(passed, false);
      }
      // On a machine that is busy with other things the generator may rightly be what limits.
      if (answer.limitedBy?.by === 'client') {
        assert.equal(run.code, 98, run.stderr);
        return;
      }
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual([answer.connections, answer.confirmed], [30, true], run.stderr);
      assert.match(answer.text, /limited by: the server, which let in 30 of \d\d connections/);
      assert.match(run.files['report.md']!, /\*\*30 connections at 20\/s each, p95 /);
      assert.match(run.stderr, /curve\n/);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  });

  it('has a row for each step that was done, and none twice, where it is stopped within one', further, async () => {
    for (const [stopAt, done] of [
      [10, 0],
      [30, 1],
    ] as const) {
      const stop = new AbortController();
      let open = 0;
      const server = await wsServer({
        onConnection: (ws) => {
          ws.on('close', () => open--);
          if (++open === stopAt) stop.abort();
        },
        onMessage: (ws, data, binary) => ws.send(data, { binary }),
      });
      try {
        const run = await runCli(['capacity', server.url, ...SHORT], { signal: stop.signal });
        const { steps, answer } = documentOf(run);
        assert.equal(run.code, 105, run.stderr);
        assert.equal(steps.length, done, run.stderr);
        assert.equal(run.stderr.match(/^(climb|narrow|down|confirm) .*\d/gm)?.length ?? 0, done, run.stderr);
        if (done === 0) assert.equal(answer.text, 'no answer: no step passed before it was stopped');
      } finally {
        await server.stop();
      }
    }
  });

  it('keeps what it has where the server dies in the search', further, async () => {
    let dead: Promise<void> | null = null;
    let open = 0;
    // It dies in the second step, of more than 25 connections.
    const server = await wsServer({
      onConnection: (ws) => {
        ws.on('close', () => open--);
        if (++open === 40) dead = server.stop();
      },
    });
    const run = await runCli(['capacity', server.url, ...SHORT]);
    const { answer, steps, exitCode } = documentOf(run);
    if (dead === null) {
      // On a busy machine the generator may be the limit at the first step already.
      await server.stop();
      assert.deepEqual([run.code, exitCode, answer.limitedBy?.by], [98, 98, 'client'], run.stderr);
      return;
    }
    await dead;
    assert.deepEqual([run.code, exitCode, answer.end, answer.target], [99, 99, 'gone', 'down'], run.stderr);
    assert.match(answer.text, /^>= \d+ connections .* so far; then the target went down/);
    assert.ok(steps.length >= 2 && steps.at(-1)!.held === 0);
    assert.deepEqual(JSON.parse(run.files['capacity.json']!), JSON.parse(run.stdout));
  });

  it('lists what is wrong with its flags, and sends nothing', async () => {
    const run = await runCli([
      'capacity',
      'ws://127.0.0.1:9/',
      '--axis',
      'up',
      '--slo',
      'p99',
      '--max',
      '-3',
      '--wide',
      ...['--lenient', '--strict', '--null-twin'],
    ]);
    assert.equal(run.code, 104);
    for (const part of ['--axis', '--slo', '--max', '--wide', '--null-twin'])
      assert.match(run.stderr, new RegExp(`${part}: `));
    assert.equal(run.folders, 0);
  });

  it('searches no more connections than are replaced at the connectRate of the profile', async () => {
    const flags = ['--lifetime', '5s', '--connect-rate', '100/s', '--dry-run', '--json'];
    const run = await runCli(['capacity', 'ws://127.0.0.1:9/', ...flags]);
    assert.equal(run.code, 0, run.stderr);
    const { most } = JSON.parse(run.stdout) as Record<string, string>;
    assert.equal(most, "500 connections (the profile's connectRate of 100/s replaces no more that live for 5 s)");
  });

  it('shows what it would search, without a profile that of the reference server', async () => {
    const run = await runCli(['capacity', '--axis', 'rate', '--dry-run', '--json']);
    assert.equal(run.code, 0, run.stderr);
    const plan = JSON.parse(run.stdout) as Record<string, unknown>;
    assert.deepEqual([plan['axis'], plan['load'], plan['first']], ['rate', 'capacity', '50 connections, 1,000 msg/s']);
  });
});

function documentOf(run: CliRun): CapacityDocument {
  assert.ok(run.stdout !== '', run.stderr);
  return parseCapacity(JSON.parse(run.stdout));
}
