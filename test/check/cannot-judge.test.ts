/** What stands in the way of a judgement is no failure of the server, and what ended a server is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import type { Scenario } from '../../src/check/check.js';
import type { ServerProcess } from '../../src/check/context.js';
import { closeScenario } from '../../src/check/scenarios/close.js';
import { troubleScenario } from '../../src/check/scenarios/trouble.js';
import { type LocalServer, wsServer } from '../e2e/local-server.js';
import { checkServer } from './check-server.js';

/** One check of a scenario. */
function only(scenario: Scenario, id: string): Scenario {
  return { ...scenario, checks: scenario.checks.filter((check) => check.id === id) };
}

async function outcomeOf(server: LocalServer, scenario: Scenario, id: string, process: ServerProcess | null = null) {
  try {
    const { checks } = await checkServer(only(scenario, id), server.url, 'echo', {
      ...{ process, check: { envelope: '{{content}}' }, reply: { timeout: '300ms' } },
    });
    const [check] = checks;
    return { status: check!.status, reason: check!.status === 'passed' ? '' : check!.reason, sent: check!.sent };
  } finally {
    await server.stop();
  }
}

/** Calls back with the number of each message of its connection, from 1. */
function counting(onMessage: (ws: WebSocket, count: number, data: Buffer, binary: boolean) => void) {
  const counts = new WeakMap<WebSocket, number>();
  return wsServer({
    onMessage: (ws, data, binary) => {
      const count = (counts.get(ws) ?? 0) + 1;
      counts.set(ws, count);
      onMessage(ws, count, data as Buffer, binary);
    },
  });
}

describe('trouble that well-behaved clients have anyway', () => {
  it('is not said to come from another client: a quota', async () => {
    const server = await counting((ws, count, data, binary) => {
      if (count > 3) ws.close(1008, 'rate limit');
      else ws.send(data, { binary });
    });
    const { status, reason } = await outcomeOf(server, troubleScenario, '8.10');
    assert.equal(status, 'error', reason);
    assert.match(reason, /undisturbed as well|before anybody was slow/);
  });

  it('is not said to come from another client: a time without a login', async () => {
    const server = await wsServer({
      onConnection: (ws) => {
        const timer = setTimeout(() => ws.close(1008, 'token missing'), 300);
        ws.on('close', () => clearTimeout(timer));
      },
    });
    const { status, reason } = await outcomeOf(server, troubleScenario, '8.2');
    assert.equal(status, 'error', reason);
    assert.match(reason, /undisturbed as well: .*1008/);
  });

  it('is a failure where only the trouble brings it about', async () => {
    const all = new Set<WebSocket>();
    const server = await wsServer({
      onConnection: (ws) => all.add(ws),
      onMessage: (ws, data, binary) => {
        if (data.toString() === '{') for (const each of all) each.close(1011);
        else ws.send(data, { binary });
      },
    });
    const { status, reason } = await outcomeOf(server, troubleScenario, '8.6');
    assert.equal(status, 'failed', reason);
    assert.match(reason, /a client that did nothing wrong/);
  });
});

describe('a process that was watched and is gone', () => {
  const gone = (exit: string | null): ServerProcess => {
    return { pid: 4711, sample: () => null, exited: () => exit, log: null, restart: null };
  };

  for (const id of ['5.12', '5.13']) {
    it(`says nothing about a server that is back (${id})`, async () => {
      const { status, reason } = await outcomeOf(await wsServer(), closeScenario, id, gone(null));
      assert.deepEqual([status, /pid 4711\) is gone/.test(reason)], ['error', true], reason);
    });
  }
});

describe('a break of the protocol after which nobody gets in', () => {
  it('is named', async () => {
    let accepted = 0;
    const server = await wsServer({
      onConnection: (ws) => {
        accepted += 1;
        // The bystander, the first break, and then a connection that is cut within the handshake's answer.
        if (accepted === 2) ws.on('close', () => void server.stop());
      },
    });
    const { checks } = await checkServer(only(closeScenario, '5.6'), server.url, 'echo', {
      check: { envelope: '{{content}}' },
    });
    const [check] = checks;
    assert.equal(check!.status, 'failed');
    assert.equal(check!.sent, 'a reserved opcode');
    assert.match(check!.expected, /close 1002/);
    assert.match('reason' in check! ? check.reason : '', /the server ended: .*after a reserved opcode: /);
  });
});
