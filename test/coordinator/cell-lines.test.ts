import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CellEvent } from '../../src/coordinator/cell-events.js';
import { CellLines } from '../../src/coordinator/cell-lines.js';
import { type Group, localGroup } from '../../src/metrics/group-end.js';
import { intervalOf } from '../report/run/saved-fixture.js';

const AGENTS: readonly Group[] = [
  { name: 'eu', workers: [0, 2] },
  { name: 'us', workers: [2, 3] },
];

function linesOf(t: TestContext, groups: readonly Group[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const events: CellEvent[] = [];
  const lines = new CellLines('a', groups, (event) => events.push(event));
  const told = () =>
    events.map((event) => {
      if (event.type === 'line') return [event.line.agent, event.line.workers, event.line.second, event.line.open];
      return event.type === 'agent-second' ? [event.second.agent, event.second.second, event.second.open] : event.type;
    });
  return { lines, told };
}

test('lines of threads are told as they come', (t) => {
  const { lines, told } = linesOf(t, [localGroup(2)]);
  lines.add(intervalOf({ workers: [1, 2], second: 4, open: 5 }));
  assert.deepEqual(told(), [['local', [1, 2], 4, 5]]);
});

test('agents are told of once a second in one line, and in a short one each; a late one waits for the next', (t) => {
  const { lines, told } = linesOf(t, AGENTS);
  const eu = (second: number) => intervalOf({ agent: 'eu', workers: [0, 2], second, open: 5 });
  const us = (second: number) => intervalOf({ agent: 'us', workers: [2, 3], second, open: 2 });
  lines.add(eu(0));
  lines.add(us(0));
  const first = [
    ['eu', 0, 5],
    ['us', 0, 2],
    ['fleet', [0, 3], 0, 7],
  ];
  assert.deepEqual(told(), first);
  lines.add(eu(1));
  t.mock.timers.tick(999);
  assert.equal(told().length, 4);
  t.mock.timers.tick(1);
  assert.deepEqual(told().at(-1), ['fleet', [0, 3], 1, 7], 'the other as it was');
  lines.add(us(1));
  lines.flush();
  assert.deepEqual(told().at(-1), ['fleet', [0, 3], 1, 7]);
});
