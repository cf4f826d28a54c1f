import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult, EventResult } from '../../src/metrics/cell-result.js';
import { churnTexts } from '../../src/verdict/churn.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { judgeTarget } from '../../src/verdict/target-status.js';
import { countersOf, flowOf, healthyCell } from './cell-fixture.js';

const STORM: EventResult = {
  ...{ kind: 'disconnect', atMs: 5000, share: 0.5, reconnect: 'backoff', reached: true, problem: null },
  ...{ heldBefore: 100, dropped: 50, heldAfter: 100, recoveredMs: 132, peakConnectsPerSecond: 50 },
  ...{ refused: 0, lostInFlight: 0, notConnected: 31 },
};
const withEvent = (changes: Partial<EventResult> = {}): CellResult => ({
  ...healthyCell(),
  events: [{ ...STORM, ...changes }],
});
const failed = (cell: CellResult) => gatesOf(cell).filter(({ passed }) => !passed);

test('an event in one line: what was dropped, how soon it was back, how hard it came, what was lost', () => {
  assert.deepEqual(churnTexts(withEvent({ lostInFlight: 2 })), [
    'disconnect of 50 % at 5 s: 50 of 100 connections dropped, 99 % held again after 132 ms, peak 50 connects/s, 33 messages lost in the gap',
  ]);
  const restart = withEvent({ kind: 'restart', share: null, refused: 7 });
  assert.match(churnTexts(restart)[0]!, /^restart of the server at 5 s: .*, 7 connects refused meanwhile$/);
  const early = withEvent({ reached: false });
  assert.deepEqual(churnTexts(early), ['disconnect of 50 % at 5 s: never came, the cell ended before']);
});

test('churn in one line', () => {
  const churn = { lifetime: 'fixed', meanMs: 5000, ended: 200, opened: 198, askedPerSecond: 20, openedPerSecond: 19.8 };
  const closeCodes: CellResult['closeCodes'] = [
    { code: 1011, clean: true, by: 'server', count: 2 },
    { code: 1000, clean: true, by: 'client', count: 318 },
  ];
  const [text] = churnTexts({ ...healthyCell(), closeCodes, churn: churn as CellResult['churn'] });
  assert.match(
    text!,
    /^churn: 19\.8 of 20 connects\/s, connect time p50 [\d.]+ ms, closed with 318 x 1000, 2 x 1011 by the server$/,
  );
});

test('the gate on the recovery: where lost connections are tried again, and the event came', () => {
  const lasting = { recoveredMs: null, heldAfter: 60 };
  assert.deepEqual(
    failed(withEvent(lasting)).map(({ gate, message }) => [gate, message]),
    [['recovered', 'disconnect of 50 % at 5 s: 99 % never held again: 60 of the 99 wanted were held in the end']],
  );
  assert.deepEqual(failed(withEvent()), []);
  assert.deepEqual(failed(withEvent({ ...lasting, reconnect: 'never' })), []);
  assert.deepEqual(failed(withEvent({ ...lasting, reached: false })), []);
});

test('messages that the plan itself cut off are not lost; one more is', () => {
  const losing = (lostOnClose: number): CellResult => {
    const sent = { planned: 10_000, sent: 10_000, answered: 10_000 - lostOnClose, received: 10_000 - lostOnClose };
    return { ...withEvent({ lostInFlight: 2 }), flows: [flowOf('open', countersOf({ ...sent, lostOnClose }))] };
  };
  assert.deepEqual(failed(losing(2)), []);
  assert.deepEqual(
    failed(losing(3)).map(({ message }) => message),
    ['1 message lost, beside 2 by what the plan dropped'],
  );
});

test('what a restart closed and refused is not the target’s fault, one connection more is; one that fails is', () => {
  const restarted = (closed: number, problem: string | null = null): CellResult => ({
    ...withEvent({ kind: 'restart', share: null, dropped: 50, problem }),
    closeCodes: [{ code: 1001, clean: true, by: 'server', count: closed }],
    errors: [{ phase: 'restart', code: 'ECONNREFUSED', count: 99 }],
  });
  assert.deepEqual(judgeTarget(restarted(50), 'valid'), { status: 'ok', reasons: [] });
  assert.equal(judgeTarget(restarted(51), 'valid').status, 'overloaded');
  const { status, reasons } = judgeTarget(restarted(50, 'it was not ready after 30 s'), 'valid');
  assert.equal(status, 'down');
  assert.equal(reasons[0]!.message, 'it did not come back from the restart in the plan: it was not ready after 30 s');
});
