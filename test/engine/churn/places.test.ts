import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPlansHands, PLACE, type Place, Places } from '../../../src/engine/churn/places.js';
import { cellWith } from '../../plan/cell-builder.js';
import { shardOf } from '../run-engine.js';

const cell = cellWith({ connections: { from: 12, to: 12 } });

/** The places of worker 1 of 3, with four connections of its own, all open. */
function openPlaces() {
  const changes: number[] = [];
  const places = new Places(shardOf(cell, 1, 3), 4, (change) => changes.push(change));
  places.start([0, 1, 2, 3]);
  return { places, changes, counts: () => ({ present: places.present, fewest: places.takeFewest() }) };
}

/** The shortest way from open to each place. */
const WAYS: Readonly<Record<keyof typeof PLACE, readonly Place[]>> = {
  missing: [PLACE.missing],
  open: [],
  retiring: [PLACE.retiring],
  replacing: [PLACE.retiring, PLACE.replacing],
  cutByEvent: [PLACE.cutByEvent],
  handedOver: [PLACE.handedOver],
};
const NAMES = Object.keys(PLACE) as (keyof typeof PLACE)[];

test('a connection moves from place to place only as the state diagram says', () => {
  const followers = NAMES.map((from) => {
    const possible = NAMES.filter((to) => {
      const { places } = openPlaces();
      for (const place of WAYS[from]) places.move(0, place);
      try {
        places.move(0, PLACE[to]);
        return true;
      } catch {
        return false;
      }
    });
    return [from, possible.join(' ')];
  });
  assert.deepEqual(Object.fromEntries(followers), {
    missing: 'open',
    open: 'missing retiring cutByEvent handedOver',
    retiring: 'replacing cutByEvent',
    replacing: 'missing open cutByEvent',
    cutByEvent: 'open',
    handedOver: 'missing open',
  });
});

test('a move that makes no sense names the cell, the connection and both places', () => {
  const { places } = openPlaces();
  assert.throws(() => places.move(2, PLACE.open), {
    message: `${cell.id}: connection 7 of worker 1 cannot go from open to open`,
  });
  assert.equal(places.of(2), PLACE.open);
});

test('no connect begins while the connection is open or waits for its last replies', () => {
  const { places } = openPlaces();
  assert.throws(() => places.connecting(0), {
    message: `${cell.id}: connection 1 of worker 1 cannot connect while it is open`,
  });
  places.move(0, PLACE.retiring);
  assert.throws(() => places.connecting(0), /cannot connect while it is retiring/);
  places.move(0, PLACE.replacing);
  assert.equal(places.isFree(0), true);
  places.connecting(0);
  assert.equal(places.isFree(0), false);
});

test('held counts all but the missing, present only those that are open or between two lifetimes', () => {
  const { places, changes, counts } = openPlaces();
  assert.deepEqual(counts(), { present: 4, fewest: 4 });
  places.move(0, PLACE.retiring);
  places.move(0, PLACE.replacing);
  assert.deepEqual(counts(), { present: 4, fewest: 4 });
  places.move(1, PLACE.cutByEvent);
  places.move(2, PLACE.handedOver);
  assert.deepEqual(counts(), { present: 2, fewest: 4 });
  places.move(2, PLACE.missing);
  places.move(3, PLACE.missing);
  places.move(3, PLACE.open);
  assert.deepEqual(counts(), { present: 2, fewest: 2 });
  assert.deepEqual(counts(), { present: 2, fewest: 3 });
  assert.equal(places.inPlansHands, 2);
  assert.deepEqual(changes, [-1, -1, -1, 1]);
});

test('what is neither open nor missing is in the plan’s hands', () => {
  const those = NAMES.filter((name) => inPlansHands(PLACE[name]));
  assert.deepEqual(those, ['retiring', 'replacing', 'cutByEvent', 'handedOver']);
});
