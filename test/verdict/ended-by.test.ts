/** Who ended a connection: only what the target did is said of the target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { healthyCell, judgementOf, withConnections } from './cell-fixture.js';

/** Five of five connections that ended with this error. */
function ended(code: string): CellResult {
  const cell = withConnections(healthyCell({ connections: 5 }), { held: 0, closedDirty: 5, closedClean: 0 });
  return {
    ...cell,
    errors: [{ phase: 'open', code, count: 5 }],
    closeCodes: [
      {
        code: 1006,
        clean: false,
        by: code.startsWith('WS_ERR') || code === 'order_lost' ? 'client' : 'server',
        count: 5,
      },
    ],
    seconds: cell.seconds.map((second) => ({ ...second, open: 0 })),
  };
}
const heldGate = (cell: CellResult) => gatesOf(cell).find(({ gate }) => gate === 'held')!.message;
const said = (cell: CellResult) =>
  judgementOf(cell)
    .reasons.map(({ message }) => message)
    .join('\n');

test('a message over the limit of wsurge: wsurge ended it, and says at which limit', () => {
  const cell = ended('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
  const { target, validity } = judgementOf(cell);
  assert.deepEqual([target, validity], ['ok', 'invalid']);
  assert.match(said(cell), /wsurge itself ended 5 of 5 connections .* larger than receive\.largest \(default 16 MiB\)/);
  assert.doesNotMatch(said(cell), /the target ended/);
  assert.match(heldGate(cell), /ended by wsurge: 5 x a message larger than receive\.largest \(default 16 MiB\)/);
});

test('too many parts: a limit of wsurge as well', () => {
  const { target, validity } = judgementOf(ended('WS_ERR_TOO_MANY_BUFFERED_PARTS'));
  assert.deepEqual([target, validity], ['ok', 'invalid']);
});

for (const [code, words] of [
  ['WS_ERR_UNEXPECTED_RSV_1', /compressed frame \(RSV1\)/],
  ['WS_ERR_INVALID_CLOSE_CODE', /close frame with a code that must not be sent/],
  ['WS_ERR_UNEXPECTED_MASK', /a masked frame/],
  ['WS_ERR_OF_A_LATER_VERSION', /WS_ERR_OF_A_LATER_VERSION/],
] as const) {
  test(`${code}: wsurge ended it because the target broke the protocol; it is not down`, () => {
    const cell = ended(code);
    assert.equal(judgementOf(cell).target, 'overloaded');
    assert.match(said(cell), /wsurge ended 5 of 5 connections because the target broke the WebSocket protocol/);
    assert.match(said(cell), words);
    assert.doesNotMatch(said(cell), /the target ended/);
    assert.match(heldGate(cell), /ended by wsurge/);
  });
}

test('order lost after a time-out: wsurge ended it', () => {
  const cell = ended('order_lost');
  assert.equal(judgementOf(cell).target, 'ok');
  assert.match(said(cell), /wsurge ended 5 connections itself: matching by order/);
});

test('a reset is still the target’s', () => {
  const cell = ended('ECONNRESET');
  assert.equal(judgementOf(cell).target, 'down');
  assert.match(said(cell), /no connection was open at the end|the target ended/);
});

const closedWith = (code: number, reconnect?: 'immediate'): CellResult => ({
  ...withConnections(healthyCell({ connections: 5 }), {
    ...{ held: reconnect === undefined ? 0 : 5, opened: 25, attempts: 25 },
  }),
  closeCodes: [{ code, clean: true, by: 'server', count: 20 }],
  ...(reconnect === undefined ? {} : { reconnect }),
});

test('sessions that the target ends with 1000 are no failure of its, and the fix is to open them again', () => {
  const { target, reasons } = judgementOf(closedWith(1000));
  assert.equal(target, 'ok');
  const reason = reasons.find(({ code }) => code === 'sessions_ended')!;
  assert.match(reason.message, /ended 20 sessions in the normal way: 20 x 1000/);
  assert.match(reason.fix, /--reconnect immediate/);
});

for (const code of [1000, 1001, 1012]) {
  test(`lives of the server's own (${code}) beside --reconnect: not down, and every connection is held`, () => {
    const cell = closedWith(code, 'immediate');
    assert.equal(judgementOf(cell).target, 'ok');
    assert.equal(gatesOf(cell).find(({ gate }) => gate === 'held')!.passed, true);
  });
}

test('an error code is no end by design, and a target that lets nobody in again is down', () => {
  assert.equal(judgementOf(closedWith(1011)).target, 'down');
  assert.equal(judgementOf(closedWith(1011, 'immediate')).target, 'overloaded');
  const errors = [{ phase: 'connect' as const, code: 'ECONNREFUSED', count: 9 }];
  assert.equal(judgementOf({ ...closedWith(1011, 'immediate'), errors }).target, 'down');
});

test('a close code of the protocol has a name, every other one stands for itself', () => {
  const closed = (protocol: CellResult['protocol']): CellResult => ({
    ...ended('none'),
    ...{ protocol, errors: [] },
    closeCodes: [
      { code: 4403, clean: true, by: 'server', count: 3 },
      { code: 1011, clean: true, by: 'server', count: 2 },
    ],
  });
  assert.match(said(closed('graphql-ws')), /3 x 4403 \(forbidden\), 2 x 1011/);
  assert.match(heldGate(closed('graphql-ws')), /3 x 4403 \(forbidden\), 2 x 1011/);
  assert.match(said(closed(undefined)), /3 x 4403, 2 x 1011/);
});
