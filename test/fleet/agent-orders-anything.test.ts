/** Orders that are right but for one part, which is anything. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Order } from '../../src/fleet/orders.js';
import { piecesOf } from '../../src/fleet/row-pieces.js';
import { allRows } from '../../src/plan/rows.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, stepWith, wireWith } from '../plan/wire-builder.js';
import { tries } from '../share.js';
import { LEASE, prepareOf, reachOf, shardWith, targetWith } from './agent-fixture.js';
import { assertAsBefore, reached, SECRET, sendOrder } from './hostile-fixture.js';

/** Every place in a value, by the keys that lead there. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => placesIn(part, [...path, key]))];
}

/** The same value with something else at a place. */
function changed(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[key] = changed(copy[key], rest, other);
  return copy;
}

describe('an order with anything at any place', () => {
  const wire = wireWith({
    steps: [stepWith('s', { send: 'x', expect: { json: { at: ['a', 0], subset: '{}' } } })],
    requests: [requestWith('r', '{"sequence":{{sequence}}}')],
    beat: { everyMs: 1000, send: 'x' },
  });
  const cell = cellWith({
    ...{ wire, keepAliveMs: 1000, lifetime: { kind: 'fixed', meanMs: 500 } },
    events: [{ kind: 'disconnect', atMs: 10, share: 0.5 }],
  });
  const used = { numbers: 0, rows: 0 };
  const { named } = piecesOf(allRows([{ user: 'a' }]));
  const full = shardWith({ cell, env: { A: 'b' }, rows: named, reuse: 'cycle', used });
  const orders: readonly Order[] = [
    LEASE,
    { ...(reachOf(targetWith(), full) as Extract<Order, { kind: 'reach' }>), row: { user: 'a' }, secrets: ['a'] },
    { kind: 'rows', ...piecesOf(allRows([{ user: 'a' }])).pieces[0]! },
    prepareOf(full),
    prepareOf(shardWith({ cell })),
    { kind: 'connect', atUs: 0, upTo: 1 },
    { kind: 'start', t0Us: 0 },
    { kind: 'extend', durationMs: 3000 },
    { kind: 'stop', deadlineMs: 10 },
  ];
  const strange = [
    ...[null, true, -1, 0, 0.5, 1e300, 2 ** 53, '', SECRET, 'ws+unix:/x:/', 'http://%zz@h', '\u0000\u001b[31m'],
    ...[[], {}, [null], [[]], { kind: SECRET }, [{ kind: 'fixed' }], { from: 1, to: 2 ** 53 }],
  ];

  test('is taken or refused with a sentence, and the agent goes on', async () => {
    const cases = orders.flatMap((order) => placesIn(order).map((place) => [order, place] as const));
    assert.ok(cases.length > 300, `${cases.length}`);
    let [refused, taken] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), fc.constantFrom(...strange), async ([order, place], other) => {
        const f = await reached();
        const answer = await sendOrder(f, changed(order, place, other));
        if (answer === 'ok') taken++;
        else refused++;
        // A cell of this number may have been prepared, and the lease given up by no order here but `release`.
        if (f.told.length === 0) await assertAsBefore(f, 2);
        else assert.ok('cellHash' in ((await f.order(prepareOf(), 2)) as object));
      }),
      { numRuns: tries({ whole: 1000, share: 200 }) },
    );
    assert.ok(refused > 0 && taken > 0, `${refused} refused, ${taken} taken`);
  });
});
