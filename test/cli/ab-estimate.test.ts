import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTurns } from '../../src/app/ab.js';
import { turnOrder } from '../../src/campaign/ab-order.js';
import { toAbRequest } from '../../src/cli/options/ab-options.js';
import { AbView } from '../../src/cli/views/ab-view.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import type { Plan } from '../../src/plan/plan.js';

/** What a turn takes beside its load, as it was measured on a machine of two cores: ms. */
const SERVER = { startAndCanary: 450, stop: 60 };
const CELL = { publishT0: 60, grace: 100, close: 300 };

/** The turns of so many rounds, one after the other, as the plan has them. */
function plannedMs({ cells, preWarm }: Plan, rounds: number, preWarms: boolean): number {
  let ms = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const _side of turnOrder(1, round)) {
      ms += SERVER.startAndCanary + SERVER.stop;
      for (const cell of preWarms && preWarm !== null ? [preWarm, ...cells] : cells) {
        const connect = (cell.connections.from / cell.connectRate) * 1000;
        ms += connect + CELL.publishT0 + cell.warmupMs + cell.durationMs + CELL.grace + CELL.close;
      }
    }
  }
  return ms;
}

async function dryRun(...load: readonly (readonly [flag: string, value: string | boolean])[]) {
  let out = '';
  const say = (text: string) => {
    out += text;
  };
  const sink = { write: () => {}, isTTY: false, columns: 80 };
  const io = {
    ...{ stdout: { ...sink, write: say }, stderr: sink, env: {}, cwd: '/' },
    signal: new AbortController().signal,
  };
  const argv = {
    ...{ a: 'node a.js', b: 'node b.js', target: 'ws://127.0.0.1:9/', 'dry-run': true, json: true },
    ...Object.fromEntries(load),
  };
  const request = await toAbRequest(argv, io, () => 'load: [{ connections: 1, rate: 10/s }]');
  const plan = planTurns(request);
  new AbView(io, request, plan, new Redactor([])).dryRun([]);
  return { plan, turnMs: JSON.parse(out).turnMs as number, preWarms: request.preWarm };
}

test('the estimate of the time is within 20 % of the turns as planned', async () => {
  const loads = [
    [['duration', '1s']],
    [
      ['connections', '20'],
      ['duration', '2s'],
      ['warmup', '200ms'],
      ['pre-warm', false],
    ],
    [
      ['connections', '1000'],
      ['rate', '500'],
      ['duration', '10s'],
    ],
    [
      ['duration', '5s'],
      ['set', 'load.0.sweep.connections=[10, 100, 500]'],
    ],
  ] as const;
  for (const load of loads) {
    const { plan, turnMs, preWarms } = await dryRun(...load);
    for (const rounds of [5, 20]) {
      const planned = plannedMs(plan, rounds, preWarms);
      const ratio = (2 * rounds * turnMs) / planned;
      assert.ok(ratio > 0.8 && ratio < 1.2, `${JSON.stringify(load)}: ${ratio}`);
    }
  }
});
