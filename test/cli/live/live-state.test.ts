import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CampaignEvent, CellRole } from '../../../src/campaign/events.js';
import { LiveState } from '../../../src/cli/live/live-state.js';
import type { AgentLeft, CellProgress } from '../../../src/coordinator/cell-events.js';
import type { CounterName } from '../../../src/metrics/counters.js';
import type { SecondResult } from '../../../src/metrics/second-result.js';
import { agentSecondOf } from '../../../src/metrics/seconds/agent-second.js';
import type { CellSoFar } from '../../../src/metrics/so-far.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { Plan } from '../../../src/plan/plan.js';
import type { ProgressState } from '../../../src/report/live/progress.js';
import { NO_PROGRESS } from '../../campaign/events-fixture.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import { fanoutCell } from '../../report/fanout-fixture.js';
import { countersIn, intervalOf } from '../../report/run/saved-fixture.js';
import { healthyCell, withRequests } from '../../verdict/cell-fixture.js';

const LEFT: AgentLeft = { type: 'agent-left', agent: 'two', workers: [1, 2], how: 'lost', why: 'agent two is gone' };

const SECOND: SecondResult = {
  ...{ phase: 'measure', second: 0, planned: 10, sent: 9, answered: 8, received: 7, open: 1, inFlight: 0 },
  ...{ p50: null, p90: null, p99: null, max: null },
};

/** A cell that measures, and its seconds one after the other. */
function* eventsOf(
  cell: Cell,
  seconds: readonly SecondResult[],
  { durationMs = cell.durationMs, role = 'measured' as CellRole, soFar = null as Partial<CellSoFar> | null } = {},
): Generator<CampaignEvent> {
  let latest: SecondResult | null = null;
  const progress: CellProgress = {
    ...NO_PROGRESS,
    open: 1,
    durationMs,
    latest: () => latest,
    soFar: () => soFar as CellSoFar,
  };
  yield { type: 'phase', phase: 'measure', atMs: 0, cell, role, progress };
  for (const [i, second] of seconds.entries()) {
    latest = second;
    const atMs = (i + 1) * 1000;
    yield { type: 'second', phase: 'measure', atMs, measuredMs: atMs, cell, role, progress };
  }
}

/** What is shown once `seconds` of `cell` are over. */
function stateAfter(
  cell: Cell,
  seconds: readonly SecondResult[],
  more: Parameters<typeof eventsOf>[2] = {},
  plan: Partial<Plan> = {},
): ProgressState {
  const state = new LiveState({ cells: [cell], preWarm: null, ...plan } as unknown as Plan);
  for (const event of eventsOf(cell, seconds, more)) state.sink(event);
  return state.state()!;
}

test('the live rate is what was answered; what was sent where nothing is matched, received where nothing is sent', () => {
  const { reply } = cellWith();
  const rateOf = (cell: Cell) => stateAfter(cell, [SECOND]).ratePerSecond;
  assert.equal(rateOf(cellWith()), 8);
  assert.equal(rateOf(cellWith({ reply: { ...reply, match: 'none' } })), 9);
  assert.equal(rateOf(cellWith({ model: 'listen', rate: null })), 7);
});

test('tells the deliveries of a second, and how long they took so far, where messages are sent to many', () => {
  const cell = cellWith({ reply: { ...cellWith().reply, match: 'none' } });
  assert.equal(stateAfter(cell, [SECOND]).deliveries, undefined);
  const fanout = fanoutCell(10).fanout!;
  const state = stateAfter(cell, [{ ...SECOND, delivered: 90 }], { soFar: { fanout } });
  const { p50, p99 } = fanout[0]!.deliverUs;
  assert.deepEqual(state.deliveries, { perSecond: 90, p50Us: p50, p99Us: p99 });
  const none = stateAfter(cell, [{ ...SECOND, delivered: 0 }]);
  assert.deepEqual(none.deliveries, { perSecond: 0, p50Us: null, p99Us: null });
});

test('says why there is no latency to show', () => {
  const { reply } = cellWith();
  const gapOf = (cell: Cell, seconds = [SECOND]) => stateAfter(cell, seconds).latencyGap;
  const answered = { ...SECOND, p50: 400, p90: 500, p99: 600, max: 700 };
  assert.equal(gapOf(cellWith()), 'nothing answered yet');
  assert.equal(gapOf(cellWith(), [answered, { ...SECOND, second: 1 }]), 'nothing answered in this second');
  assert.equal(gapOf(cellWith({ reply: { ...reply, match: 'none' } })), 'replies are not matched');
  assert.equal(gapOf(cellWith({ model: 'listen', rate: null })), 'nothing is sent');
});

test('where nothing has a reply, speaks of deliveries: why there is none yet, and their p99 by second', () => {
  const wire = wireWith({
    requests: [requestWith('say', '{{sequence}}', { reaches: 'all', silent: true })],
    deliver: { timeoutMs: 500 },
  });
  const state = (of: Partial<SecondResult>) => stateAfter(cellWith({ wire }), [{ ...SECOND, ...of }]);
  assert.equal(state({}).latencyGap, 'nothing delivered yet');
  assert.deepEqual(state({ delivered: 90, deliverP50: 400, deliverP99: 700 }).p99HistoryUs, [700]);
});

test('a cell that goes on for longer than planned has that much more time left', () => {
  const cell = cellWith({ durationMs: 60_000 });
  const { timeLeftMs, cellShare } = stateAfter(cell, [SECOND], { durationMs: 3_600_000 });
  assert.ok(timeLeftMs > 3_500_000, `${timeLeftMs} ms`);
  assert.ok(cellShare < 0.01, `${cellShare}`);
});

test('a measured cell has its null twin still before it, the twin itself has not', () => {
  const cell = cellWith();
  const plan = { cells: [], nullTwin: true };
  const leftOf = (role: CellRole) => stateAfter(cell, [SECOND], { role }, plan).timeLeftMs;
  assert.equal(leftOf('measured'), 2 * leftOf('baseline') + 1000);
});

test('keeps the p99 of the newest seconds, one for each, however long the cell runs', () => {
  const answered = (second: number) => ({ ...SECOND, second, p50: 1, p90: 1, p99: second, max: second });
  const seconds = Array.from({ length: 1000 }, (_, i) => answered(i));
  const { p99HistoryUs } = stateAfter(cellWith(), seconds);
  assert.deepEqual(
    p99HistoryUs,
    seconds.slice(-60).map(({ p99 }) => p99),
  );
  const grown = { ...answered(1), p99: 77 };
  assert.deepEqual(stateAfter(cellWith(), [answered(0), answered(1), grown]).p99HistoryUs, [0, 77]);
});

test('is nothing before the first cell and after the last', () => {
  const cell = cellWith();
  const state = new LiveState({ cells: [cell] } as unknown as Plan);
  assert.equal(state.state(), null);
  for (const event of eventsOf(cell, [SECOND])) state.sink(event);
  assert.equal(state.state()!.cell, cell.id);
  state.end();
  assert.equal(state.state(), null);
});

test('what each request did is summed up over the cells, and the latency of the running cell is beside it', () => {
  const wire = wireWith({ requests: [requestWith('say', '{}'), requestWith('history', '{}')] });
  const cells = [cellWith({ id: 'a', wire }), cellWith({ id: 'b', wire })];
  const state = new LiveState({ cells, preWarm: null } as unknown as Plan);
  const line = (request: number, some: Partial<Record<CounterName, number>>) => {
    const histograms = { response: [], service: [], lag: [] };
    const flow = [{ phase: 'measure' as const, second: 0, request, counters: countersIn(some), histograms }];
    return { type: 'line', line: intervalOf({ flow }) } as unknown as CampaignEvent;
  };
  for (const cell of cells) {
    for (const event of eventsOf(cell, [SECOND])) state.sink(event);
    state.sink(line(0, { planned: 5, sent: 5, answered: 4, timedOut: 1 }));
    state.sink(line(1, { planned: 7, sent: 6, answered: 6, failed: 2, blocked: 1 }));
  }
  const { totals, latency } = state.requests();
  assert.deepEqual(Object.fromEntries(totals), {
    say: { planned: 10, sent: 10, answered: 8, timedOut: 2, failed: 0, blocked: 0 },
    history: { planned: 14, sent: 12, answered: 12, timedOut: 0, failed: 4, blocked: 2 },
  });
  assert.deepEqual(latency, [], 'this fixture has no result so far');
  assert.deepEqual([state.totals.planned, state.totals.failed, state.totals.blocked], [24, 4, 2]);
});

test('the latency of each request is that of the measured time so far', () => {
  const cell = cellWith();
  const soFar = { ...withRequests(healthyCell(), [{ name: 'say', counters: SENT, serviceUs: [900] }]), heldSoFar: 1 };
  const progress: CellProgress = { ...NO_PROGRESS, soFar: () => soFar };
  const state = new LiveState({ cells: [cell], preWarm: null } as unknown as Plan);
  state.sink({ type: 'phase', phase: 'measure', atMs: 0, cell, role: 'measured', progress });
  const { p50, p99, max } = soFar.requests![0]!.latencyUs.response!;
  assert.ok(p50 !== null && p50 > 900);
  assert.deepEqual(state.requests().latency, [{ request: 'say', p50Us: p50, p99Us: p99, maxUs: max }]);
});

const SENT = { planned: 5000, sent: 5000, answered: 5000, received: 5000 };

test('the agents that make the load are told with the state of the run, and when no cell runs', () => {
  const cell = cellWith();
  const state = new LiveState({ cells: [cell], preWarm: null } as unknown as Plan);
  const about = { cell, role: 'measured' as const, progress: { ...NO_PROGRESS, agents: ['one', 'two'] } };
  assert.deepEqual(state.agents(), []);
  state.sink({ type: 'phase', phase: 'connect', atMs: 0, ...about });
  state.sink({ type: 'agent-second', second: agentSecondOf(intervalOf({ agent: 'one', open: 3 })) });
  state.sink({ ...LEFT, cell, role: 'measured' });
  state.sink({ type: 'phase', phase: 'measure', atMs: 100, ...about });
  const told = (agents = state.agents()) => agents.map(({ agent, state: how, open }) => [agent, how, open]);
  const expected = [
    ['two', 'lost', null],
    ['one', 'loading', 3],
  ];
  assert.deepEqual(told(state.state()!.agents), expected);
  assert.equal(state.state()!.open, 3, 'without those of the lost one');
  state.end();
  assert.deepEqual(told(), expected);
  assert.equal(stateAfter(cell, [SECOND]).agents, undefined, 'one machine');
});
