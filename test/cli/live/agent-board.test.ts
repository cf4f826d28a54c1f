/** What is known of the agents of a run, by what they and the coordinator tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AgentBoard } from '../../../src/cli/live/agent-board.js';
import type { CounterName } from '../../../src/metrics/counters.js';
import type { Interval } from '../../../src/metrics/interval.js';
import { agentSecondOf } from '../../../src/metrics/seconds/agent-second.js';
import { cellWith } from '../../plan/cell-builder.js';
import { countersIn, intervalOf } from '../../report/run/saved-fixture.js';

const NO_TIMES = { response: [], service: [], lag: [] };

/** A second of an agent, in which it counted this. */
function secondOf(agent: string, busy: number, counted: Partial<Record<CounterName, number>> = {}, stage = 'measure') {
  const flow = [{ phase: 'measure' as const, second: 0, counters: countersIn(counted), histograms: NO_TIMES }];
  const line = intervalOf({ agent, flow, stage: stage as Interval['stage'], elapsedMs: 500, open: 7 });
  return agentSecondOf({ ...line, health: { ...line.health, busy } });
}

function boardOf(...agents: string[]) {
  const board = new AgentBoard();
  board.begin(cellWith(), agents);
  return board;
}

const statesOf = (board: AgentBoard) => board.now().map(({ agent, state }) => `${agent} ${state}`);

describe('the agents of a run', () => {
  test('are starting until they tell of a second; then their figures are those of that second', () => {
    const board = boardOf('one', 'two');
    assert.deepEqual(statesOf(board), ['one starting', 'two starting']);
    board.told(secondOf('two', 0.5, { sent: 60, answered: 50 }));
    assert.deepEqual(statesOf(board), ['one starting', 'two loading']);
    const two = { agent: 'two', state: 'loading', why: null, open: 7, ratePerSecond: 100, busy: 0.5 };
    assert.deepEqual(board.now()[1], two, '50 in half a second');
  });

  test('have the rate that tables have: what was sent where nothing is matched, received where nothing is sent', () => {
    const rateIn = (cell: Parameters<AgentBoard['begin']>[0]) => {
      const board = new AgentBoard();
      board.begin(cell, ['one']);
      board.told(secondOf('one', 0, { sent: 3, answered: 2, received: 5 }));
      return board.now()[0]!.ratePerSecond;
    };
    const { reply } = cellWith();
    assert.equal(rateIn(cellWith()), 4);
    assert.equal(rateIn(cellWith({ reply: { ...reply, match: 'none' } })), 6);
    assert.equal(rateIn(cellWith({ model: 'listen', rate: null })), 10);
  });

  test('are sorted with the worst first, then the busiest', () => {
    const board = boardOf('a', 'b', 'c', 'd', 'e');
    for (const [agent, busy] of [
      ['a', 0.1],
      ['b', 0.9],
      ['c', 0.2],
      ['d', 0.3],
    ] as const) {
      board.told(secondOf(agent, busy));
    }
    board.left('c', 'leaving', 'SIGTERM');
    board.left('d', 'lost', 'agent d is gone');
    assert.deepEqual(statesOf(board), ['d lost', 'c leaving', 'e starting', 'b loading', 'a loading']);
    assert.equal(board.now()[0]!.why, 'is gone');
    assert.equal(board.now()[0]!.open, null, 'nothing is known of its connections');
  });

  test('are silent after three seconds without a word, and not after their end', () => {
    const board = boardOf('one', 'two');
    board.told(secondOf('one', 0.1));
    board.told(secondOf('two', 0.1, {}, 'close'));
    for (let second = 0; second < 3; second++) board.passed();
    assert.deepEqual(statesOf(board), ['one loading', 'two closing']);
    board.passed();
    assert.deepEqual(statesOf(board), ['one silent', 'two closing']);
    assert.equal(board.now()[0]!.ratePerSecond, null);
    board.told(secondOf('one', 0.1));
    assert.deepEqual(statesOf(board), ['one loading', 'two closing']);
  });

  test('one that leaves may be lost after it; one that is lost stays lost in the cells that follow', () => {
    const board = boardOf('one', 'two');
    board.left('one', 'leaving', 'SIGTERM');
    board.left('one', 'lost', 'agent one is gone');
    board.left('one', 'leaving', 'SIGTERM');
    board.told(secondOf('two', 0.1));
    board.begin(cellWith(), ['one', 'two']);
    assert.deepEqual(statesOf(board), ['one lost', 'two starting']);
  });
});
