import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ThreadRunner } from '../../src/coordinator/thread-runner.js';
import { C } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import type { Shard } from '../../src/plan/cell.js';
import { wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';

const REAL_WORKER = fileURLToPath(new URL('../../workers/load-worker.js', import.meta.url));
const TLS = { ca: null, cert: null, key: null, insecure: false, servername: null };
const WORKERS = 12;
const FROM = 4;
const TO = 8;

/** Runs workers 4 to 7 of 12, as the second of three machines would. */
async function runPart(pacing: Shard['pacing']) {
  const from: string[] = [];
  const server = await wsServer({ onConnection: (_ws, _ordinal, { socket }) => from.push(socket.remoteAddress!) });
  const runner = new ThreadRunner({
    workers: TO - FROM,
    workerFile: REAL_WORKER,
    agent: 'eu-2',
    instrumentCheck: true,
  });
  const cell = cellWith({
    connections: { from: 20, to: 20 },
    rate: { from: 200, to: 200 },
    warmupMs: 0,
    durationMs: 500,
  });
  const endpoint = {
    ...{ url: server.url, address: '127.0.0.1', headers: {}, subprotocols: [], tls: TLS, userAgent: 'wsurge/test' },
    localAddresses: ['127.0.0.2', '127.0.0.3', '127.0.0.4'],
  };
  const shards = Array.from({ length: TO - FROM }, (_, i): Shard => {
    const worker = FROM + i;
    return { ...{ cell, endpoint, pacing, worker, workers: WORKERS }, env: {} };
  });
  const lines: Interval[] = [];
  try {
    await runner.prepare(shards, (line) => lines.push(line));
    const open = await runner.connect(runner.instantIn(0));
    runner.start(runner.instantIn(50));
    return { open, from, lines, outcomes: await runner.done() };
  } finally {
    await runner.dispose();
    await server.stop();
  }
}

for (const pacing of ['metronome', 'timer'] as const) {
  test(`a machine runs some of the workers, paced by ${pacing}: their connections, messages and checks alone`, async () => {
    const { open, from, lines, outcomes } = await runPart(pacing);
    assert.equal(open, 8, 'connections 4 to 7 and 16 to 19 of 20');
    const counts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((ip) => from.filter((each) => each === ip).length);
    assert.deepEqual(counts, [3, 3, 2], 'local addresses in turn over the connections of this machine');
    assert.deepEqual([...new Set(lines.map(({ workers }) => workers[0]))].sort(), [4, 5, 6, 7]);
    for (const [place, outcome] of outcomes.entries()) {
      assert.equal(outcome.worker, FROM + place);
      assert.ok(outcome.status === 'done', JSON.stringify(outcome));
      const { counters } = outcome.totals;
      assert.equal(counters.measure[C.planned], 10, '5 of the 100 messages on each of its 2 connections');
      assert.equal(counters.measure[C.answered], counters.measure[C.sent]);
      const checked = lines.filter((line) => line.workers[0] === outcome.worker && line.instrument !== null);
      assert.ok(checked.length > 0, 'its own error is measured');
    }
  });
}
