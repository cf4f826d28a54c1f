import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndOfMeasure } from '../../src/engine/end-of-measure.js';

test('an end moves to a later time only, and then whoever asked is told, in the order of asking', () => {
  const end = new EndOfMeasure(1000);
  const told: [string, number, number][] = [];
  end.onExtended((endUs, formerUs) => told.push(['first', endUs, formerUs]));
  end.onExtended((endUs, formerUs) => told.push(['second', endUs, formerUs]));
  end.extend(1000);
  end.extend(900);
  assert.deepEqual([end.endUs, told], [1000, []]);
  end.extend(3000);
  assert.equal(end.endUs, 3000);
  assert.deepEqual(told, [
    ['first', 3000, 1000],
    ['second', 3000, 1000],
  ]);
});
