import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerResult } from '../../src/metrics/cell-result.js';
import { clientResultOf, workerCountOf } from '../../src/metrics/client-result.js';
import { namedCounters } from '../../src/metrics/counters.js';
import { listedWorkers } from '../../src/metrics/listed-workers.js';

const HOST = { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null };

function worker(number: number, changes: Partial<WorkerResult> = {}): WorkerResult {
  return {
    ...{ worker: number, agent: `a${Math.floor(number / 100)}`, status: 'done', error: null },
    ...{ messages: namedCounters([10, 10, 10]), lagUs: null, responseUs: null, busy: 0.1, blockedMsMax: 1 },
    ...{ blockedWaitMs: 0, pausedMs: 0, runQueueWait: 0, cpuPercent: 1, gcPauseMsMax: 0, gcTouched: 0, heapBytes: 1 },
    ...{ instrument: null, connectTrouble: 0, connectLate: 0, connectAttempts: 10 },
    ...changes,
  };
}

test('up to 256 workers are listed in full', () => {
  const workers = Array.from({ length: 256 }, (_, i) => worker(i));
  assert.equal(listedWorkers(workers), workers);
  assert.equal(clientResultOf(workers, HOST, 0).workerCount, undefined);
});

test('of more, one of each agent is listed and the worst in each respect: no verdict can change', () => {
  const worst: Record<number, Partial<WorkerResult>> = {
    150: { status: 'lost', error: 'died' },
    151: { busy: 0.9 },
    152: { blockedMsMax: 500 },
    153: { pausedMs: 2000 },
    154: { runQueueWait: 0.5 },
    155: { gcTouched: 0.2 },
    156: { messages: namedCounters([10, 4, 4]) },
    157: { connectTrouble: 5, connectLate: 1 },
    158: { instrument: { p50: 0, p99: -9000, count: 100, missed: 0 } },
  };
  const workers = Array.from({ length: 400 }, (_, i) => worker(i, worst[i]));
  const client = clientResultOf(workers, HOST, 0);
  const listed = client.workers.map((each) => each.worker);
  assert.deepEqual(listed, [0, 100, 150, 151, 152, 153, 154, 155, 156, 157, 158, 200, 300]);
  assert.deepEqual([client.busy, client.instrumentErrorUs?.p99, workerCountOf(client)], [0.9, -9000, 400]);
});
