/** The agents of a fleet on a terminal while a run goes on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import picocolors from 'picocolors';
import type { ProgressState } from '../../../src/report/live/progress.js';
import { progressBlock, progressLine } from '../../../src/report/live/progress.js';
import { type AgentNow, agentLines, badAgentsText } from '../../../src/report/shared/agents-now.js';
import { displayWidth } from '../../../src/text/width.js';

const plain = picocolors.createColors(false);
const colored = picocolors.createColors(true);

const agentWith = (some: Partial<AgentNow>): AgentNow => ({
  ...{ agent: 'eu-1', state: 'loading', why: null, open: 5000, ratePerSecond: 998.7, busy: 0.123 },
  ...some,
});
const gone = { open: null, ratePerSecond: null, busy: null };
const LOST = agentWith({ ...gone, agent: 'us-2', state: 'lost', why: 'is gone: nothing heard for 12 s' });

describe('the agents of a run that goes on', () => {
  test('are lines under each other, on 80 columns', () => {
    const silent = agentWith({ agent: 'eu-12', state: 'silent', ratePerSecond: null, busy: null });
    assert.deepEqual(agentLines([LOST, silent, agentWith({})], 79, plain), [
      'us-2   lost      is gone: nothing heard for 12 s',
      'eu-12  silent      5,000 conns        - msg/s    - % busy',
      'eu-1   loading     5,000 conns    998.7 msg/s   12 % busy',
    ]);
  });

  test('are four at most; of more, three and how many more in which state', () => {
    const many = Array.from({ length: 8 }, (_, i) => agentWith({ agent: `a${i}` }));
    assert.equal(agentLines(many.slice(0, 4), 79, plain).length, 4);
    const starting = agentWith({ ...gone, state: 'starting' });
    const lines = agentLines([...many, starting], 79, plain);
    assert.equal(lines.length, 4);
    assert.equal(lines[3], 'and 6 more: 1 starting, 5 loading');
  });

  test('keep to the width of the terminal, whatever their names are', () => {
    const hostile = agentWith({ agent: '接続\n\u001b[2J'.repeat(9), state: 'leaving', why: 'x\u001b[2Jy'.repeat(99) });
    for (let columns = 20; columns < 130; columns++) {
      for (const line of agentLines([hostile, LOST, agentWith({})], columns, plain)) {
        assert.ok(displayWidth(line) <= columns, line);
        assert.ok(!line.includes('\u001b'), line);
      }
    }
  });

  test('stand out if they do not make their part', () => {
    const [bad, good] = agentLines([LOST, agentWith({})], 79, colored);
    assert.ok(bad!.startsWith(colored.red('').slice(0, 5)), bad);
    assert.ok(good!.startsWith(colored.dim('').slice(0, 4)), good);
  });

  test('are told in a few words where there is one line only', () => {
    assert.equal(badAgentsText([agentWith({})]), null);
    assert.equal(badAgentsText([LOST, agentWith({})]), 'agent us-2 lost');
    assert.equal(badAgentsText([LOST, agentWith({ state: 'silent' }), LOST]), 'agents: 2 lost, 1 silent');
  });
});

test('the progress of a run has its agents under it; one machine has none', () => {
  const state: ProgressState = {
    ...{ cell: 'c/one', cellNumber: 1, cells: 2, stage: 'measure', timeLeftMs: 4000, cellShare: 0.25 },
    ...{ open: 5, asked: 5, ratePerSecond: 100, askedPerSecond: 100, p50Us: 500, p99Us: 900, maxUs: 1500 },
    ...{ latencyGap: '', p99HistoryUs: [800, 900], errors: 0, busy: 0.1, blockedMs: 1 },
  };
  const block = progressBlock({ ...state, agents: [LOST, agentWith({})] }, 79, plain);
  assert.deepEqual(block.slice(3), agentLines([LOST, agentWith({})], 79, plain));
  assert.equal(progressBlock(state, 79, plain).length, 3);
  assert.match(
    progressLine({ ...state, agents: [LOST] }, 160),
    /^1\/2 c\/one · 4 s left · agent us-2 lost · 5\/5 conns/,
  );
  assert.equal(progressLine({ ...state, agents: [agentWith({})] }, 160), progressLine(state, 160));
});
