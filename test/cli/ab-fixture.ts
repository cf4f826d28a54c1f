/** Comparisons of two builds as they stand after so many rounds, without servers. */

import type { AbState } from '../../src/app/ab-document.js';
import type { AbTurn } from '../../src/app/ab-turn.js';
import { turnOrder } from '../../src/campaign/ab-order.js';
import { toAbRequest } from '../../src/cli/options/ab-options.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import { documentOf, throughputCells } from '../report/document-fixture.js';

export const SECRET = 'hunter2hunter2';
const SEED = 1;
const sink = { write: () => {}, isTTY: false, columns: 80 };
const io = { stdout: sink, stderr: sink, env: {}, cwd: '/', signal: new AbortController().signal };
export const request = await toAbRequest(
  { a: 'node a.js', b: 'node b.js', target: 'ws://127.0.0.1:9/', profile: 'p.yaml' },
  io,
  () => 'load: [{ connections: 1, rate: 10/s }]',
);
const run = documentOf({ cells: throughputCells() });

/** So many whole rounds; `change` says what was different about a turn. */
export function stateOf(
  rounds: number,
  change: (turn: AbTurn) => Partial<AbTurn> = () => ({}),
  isInterrupted = false,
): AbState {
  const turns = Array.from({ length: rounds }, (_, i) => i + 1).flatMap((round) =>
    turnOrder(SEED, round).map((side): AbTurn => {
      const healthy: AbTurn = {
        turn: { round, side, attempt: 1 },
        ...{ invalid: null, run, failures: [], ended: null, wasKilled: false, tookMs: 8000 },
        folder: `rounds/${round}-${side}`,
      };
      return { ...healthy, ...change(healthy) };
    }),
  );
  return {
    task: request,
    turns,
    seed: SEED,
    createdAt: new Date(0),
    isInterrupted,
    left: null,
    redactor: new Redactor([SECRET]),
  };
}
