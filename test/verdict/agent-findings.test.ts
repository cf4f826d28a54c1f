/** What is found on a fleet is told of machines: the agent is named, and the fix is one for its machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AgentResult } from '../../src/metrics/agent-result.js';
import type { CellResult, WorkerResult } from '../../src/metrics/cell-result.js';
import { agentsApart, agentsRepeating, agentsWithP50, healthyCell, judgementOf } from './cell-fixture.js';

/** Agents `one` and `two` with two workers each; `two` as said. */
function fleet(worker: Partial<WorkerResult>, agent: Partial<AgentResult> = {}): CellResult {
  const cell = healthyCell();
  const [first] = cell.client.workers;
  const workers = [0, 1, 2, 3].map((number): WorkerResult => {
    return { ...first!, worker: number, agent: number < 2 ? 'one' : 'two', ...(number < 2 ? {} : worker) };
  });
  const [one, two] = agentsApart(0);
  return { ...cell, client: { ...cell.client, workers, agents: [one!, { ...two!, ...agent }] } };
}

function found(cell: CellResult, code: string) {
  const reason = judgementOf(cell).reasons.find((each) => each.code === code);
  assert.ok(reason !== undefined, `${code} was not found`);
  return reason;
}

test('a starved agent is named once for all its workers, and may be left out', () => {
  const { message, fix } = found(fleet({ runQueueWait: 0.3 }), 'cpu_starved');
  assert.match(message, /^agent two: waited for a processor 30 %/);
  assert.match(fix, /the machine of agent two.*--exclude-agent two/);
  assert.doesNotMatch(fix, /this machine|-w/);
});

test('a second agent that suffers is counted as one more agent', () => {
  const cell = fleet({ runQueueWait: 0.3 });
  const workers = cell.client.workers.map((worker) => ({ ...worker, runQueueWait: 0.3 }));
  const { message } = found({ ...cell, client: { ...cell.client, workers } }, 'cpu_starved');
  assert.match(message, /^agent one, and 1 more of 2: /);
});

test('the only worker of an agent that suffers is named with it', () => {
  const cell = fleet({});
  const workers = cell.client.workers.map((each) => (each.worker === 2 ? { ...each, runQueueWait: 0.3 } : each));
  const { message } = found({ ...cell, client: { ...cell.client, workers } }, 'cpu_starved');
  assert.match(message, /^agent two, worker 2: /);
});

test('more workers are more agents', () => {
  assert.match(found(fleet({ busy: 0.99 }), 'client_busy').fix, /^add agents: --agents 3$/);
});

test('an agent that is gone, or was told to leave, is told as that', () => {
  const error = 'agent two is gone: nothing heard for 12 s';
  const gone = found(fleet({ status: 'lost', error }, { status: 'lost', error }), 'worker_lost');
  assert.equal(gone.message, 'agent two: is gone: nothing heard for 12 s');
  assert.match(gone.fix, /log of agent two/);
  const stopped = { status: 'lost', error: 'was told to leave before the end of the load' } as const;
  const left = found(fleet(stopped, { status: 'stopped' }), 'worker_lost');
  assert.equal(left.message, 'agent two: was told to leave before the end of the load');
  assert.match(left.fix, /stopped from outside/);
});

test('lost processor time is that of the agent that lost it', () => {
  const host = { cpuPercent: 50, rssBytes: 1, throttled: 0.4, steal: null, suspendedMs: 0 };
  const cell = fleet({}, { host });
  const { message, fix } = found({ ...cell, client: { ...cell.client, throttled: 0.4 } }, 'cpu_throttled');
  assert.match(message, /^agent two: 40 %/);
  assert.match(fix, /quota of agent two.*--exclude-agent two/);
});

/** What is noted of a cell with these agents. */
function noted(agents: readonly AgentResult[], code: string) {
  const cell = healthyCell();
  const judged = judgementOf({ ...cell, client: { ...cell.client, agents } });
  assert.equal(judged.validity, 'valid');
  return judged.reasons.find((each) => each.code === code);
}

describe('agents with different service times', () => {
  const differ = (p50Us: readonly number[], offUs?: number) => noted(agentsWithP50(p50Us, offUs), 'agents_differ');

  test('are told by the one that is the farthest from the middle, and how many more there are', () => {
    const { message, fix } = differ([2000, 2100, 8000])!;
    assert.match(message, /^agent three: p50 of service time is 8\.00 ms, and 2\.10 ms with agent two \(limit 20 %\)/);
    assert.match(message, /another network path or a busier machine, not another server$/);
    assert.match(fix, /--exclude-agent three$/);
    assert.match(differ([2000, 2000, 8000, 2000, 5000])!.message, /^agent three, and 1 more of 5: /);
  });

  test('a quicker one is told, too; of two the slower one', () => {
    assert.match(differ([8000, 8100, 2000])!.message, /^agent three: p50 of service time is 2\.00 ms, and 8\.00 ms/);
    assert.match(differ([8000, 2000])!.message, /^agent one: /);
  });

  test('are no news where the intervals meet, or the difference is one of microseconds', () => {
    assert.equal(differ([2000, 3000], 500), undefined);
    assert.ok(differ([2000, 3000], 499) !== undefined);
    assert.equal(differ([500, 750]), undefined);
    assert.ok(differ([500, 751]) !== undefined);
  });

  test('need two agents with replies', () => {
    assert.equal(differ([2000]), undefined);
    const [one, two] = agentsWithP50([2000, 8000]);
    assert.equal(noted([one!, { ...two!, latencyUs: { response: null, service: null } }], 'agents_differ'), undefined);
  });
});

test('orders and reports that were sent again are told with the agent and its connections; not of one that is lost', () => {
  const [one, two] = agentsRepeating(300);
  const { message, fix } = noted([one!, two!], 'bus_repeated')!;
  assert.equal(
    message,
    'agent two: 1,000 orders and reports had to be sent again 300× (limit 10 %), connected anew 1×',
  );
  assert.match(fix, /broker/);
  assert.equal(noted([one!, { ...two!, status: 'lost' }], 'bus_repeated'), undefined);
});
