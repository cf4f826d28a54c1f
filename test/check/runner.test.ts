import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import {
  type Check,
  cannotJudge,
  failed,
  NotPromised,
  type Outcome,
  passed,
  type Scenario,
  ServerFault,
  skipped,
} from '../../src/check/check.js';
import { ConnectError, TimedOut } from '../../src/check/check-socket.js';
import type { ServerProcess } from '../../src/check/context.js';
import { expectationsOf } from '../../src/check/expectations.js';
import { type CheckRun, type RunnerOptions, runChecks } from '../../src/check/runner.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } },
  { env: {}, readText: () => '' },
);

/** A server that is there for the whole of a test, and one that a check can end. */
async function listening(): Promise<{ readonly url: string; end(): Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const end = async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, end };
}

let server: Awaited<ReturnType<typeof listening>>;
before(async () => {
  server = await listening();
});
after(() => server.end());

type Given = Partial<Pick<RunnerOptions, 'signal' | 'gentle' | 'skip' | 'onCheck'>> & {
  readonly url?: string;
  readonly process?: ServerProcess;
};

function run(checks: readonly (Check['run'] | Check)[], given: Given = {}): Promise<CheckRun> {
  const all = checks.map((check, index): Check => {
    return typeof check === 'function' ? { id: `1.${index}`, title: 't', run: check } : check;
  });
  return runAll([{ number: 1, name: 'one', title: 'One', checks: all }], given);
}

function runAll(scenarios: readonly Scenario[], given: Given = {}): Promise<CheckRun> {
  const { headers, subprotocols, tls } = profile.target;
  const { signal = new AbortController().signal, gentle = false, skip = new Set(), url = server.url } = given;
  return runChecks({
    ...{ scenarios, skip, gentle, signal, backMs: 50 },
    context: {
      endpoint: () => ({ url, address: null, headers, subprotocols, tls, userAgent: '' }),
      ...{ env: {}, data: [], process: given.process ?? null, quick: true, seed: 1 },
      expects: expectationsOf(profile.check, 'echo', null),
    },
    onScenario: () => undefined,
    onCheck: given.onCheck ?? (() => undefined),
    onServerEnd: () => undefined,
  });
}

const gives = (outcome: Outcome) => () => Promise.resolve(outcome);
const throws = (error: unknown) => () => Promise.reject(error);
const results = ({ scenarios }: CheckRun) => scenarios[0]!.checks;
const statuses = (result: CheckRun) => results(result).map(({ status }) => status);
const reasons = (result: CheckRun) => results(result).map((check) => ('reason' in check ? check.reason : ''));

describe('the runner of checks', () => {
  it('fails a check for what the server did, and for nothing else that is thrown', async () => {
    const result = await run([
      throws(new TimedOut('nothing came within 100 ms')),
      throws(new ConnectError('tcp', 'ECONNREFUSED', 'connect ECONNREFUSED')),
      throws(new ServerFault('another client got a wrong answer')),
      throws(new NotPromised('not promised: x')),
      throws(new ConnectError('tcp', 'EMFILE', 'too many open files')),
      throws(new Error('listen EADDRINUSE')),
      () => {
        throw new TypeError('x is not a function');
      },
    ]);
    assert.deepEqual(statuses(result), ['failed', 'failed', 'failed', 'skipped', 'error', 'error', 'error']);
    assert.equal(reasons(result)[0], 'nothing came within 100 ms');
    assert.equal(reasons(result)[6], 'wsurge could not do this check: x is not a function');
    for (const { received } of results(result)) assert.doesNotMatch(received, /TimedOut|ConnectError|ServerFault/);
  });

  it('has a scenario passed only where every required check passed', async () => {
    const status = async (...checks: (Check['run'] | Check)[]) => (await run(checks)).scenarios[0]!.status;
    const required = (outcome: Outcome): Check => ({ id: '1.9', title: 't', isRequired: true, run: gives(outcome) });
    assert.equal(await status(gives(skipped('a')), gives(skipped('b'))), 'skipped');
    assert.equal(await status(gives(skipped('a')), gives(passed({}))), 'passed');
    assert.equal(await status(required(passed({})), gives(skipped('b'))), 'passed');
    assert.equal(await status(gives(passed({})), required(skipped('b'))), 'partly');
    assert.equal(await status(gives(passed({})), gives(cannotJudge('x'))), 'error');
    assert.equal(await status(gives(cannotJudge('x')), gives(failed('x'))), 'failed');
  });

  it('ends a check that never ends, which says nothing about the server, and goes on', async () => {
    const endless: Check = { id: '1.1', title: 't', limitMs: () => 5, run: () => new Promise(() => undefined) };
    const result = await run([endless, gives(passed({}))]);
    assert.deepEqual(statuses(result), ['error', 'passed']);
    assert.equal(reasons(result)[0], 'wsurge ended this check after 5 ms, its longest time');
  });

  it('stops where it is interrupted, with what there is', async () => {
    const interrupt = new AbortController();
    const aborts = () => {
      interrupt.abort();
      return new Promise<Outcome>(() => undefined);
    };
    const result = await run([gives(passed({})), aborts, gives(passed({}))], { signal: interrupt.signal });
    assert.equal(result.interrupted, true);
    assert.deepEqual(statuses(result), ['passed', 'skipped']);
  });

  it('leaves out what is rough where it is to be gentle, and what is named by --skip', async () => {
    const rough: Check = { id: '1.1', title: 't', isRough: true, run: gives(passed({})) };
    const result = await run([rough, gives(passed({})), gives(passed({}))], { gentle: true, skip: new Set(['1.2']) });
    assert.deepEqual(statuses(result), ['skipped', 'passed', 'skipped']);
    assert.match(reasons(result)[0]!, /--gentle/);
  });
});

describe('checks that only wait', () => {
  /** Checks note when they begin and end; `waits` ends when `opens` has begun. */
  function beside(allowsOthers: boolean, ends: () => void = () => undefined) {
    const noted: string[] = [];
    let open: () => void;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const opens: Check = {
      ...{ id: '1.1', title: 't' },
      run: () => {
        noted.push('1.1 begins');
        ends();
        open();
        return Promise.resolve(passed({}));
      },
    };
    const waits: Check = {
      ...{ id: '8.8', title: 't', onlyWaits: true },
      run: async () => {
        noted.push('8.8 begins');
        if (allowsOthers) await opened;
        noted.push('8.8 ends');
        return passed({});
      },
    };
    const scenarios: Scenario[] = [
      { number: 1, name: 'one', title: 'One', allowsOthers, checks: [opens] },
      { number: 8, name: 'eight', title: 'Eight', checks: [waits] },
    ];
    return { scenarios, noted };
  }

  it('run beside scenarios that allow it, and are reported in their turn', async () => {
    const { scenarios, noted } = beside(true);
    const reported: string[] = [];
    const result = await runAll(scenarios, { onCheck: ({ id }) => reported.push(id) });
    assert.deepEqual(noted, ['8.8 begins', '1.1 begins', '8.8 ends']);
    assert.deepEqual(reported, ['1.1', '8.8']);
    assert.deepEqual(
      result.scenarios.map(({ status }) => status),
      ['passed', 'passed'],
    );
  });

  it('are done before a scenario that bears none', async () => {
    const { scenarios, noted } = beside(false);
    await runAll(scenarios);
    assert.deepEqual(noted, ['8.8 begins', '8.8 ends', '1.1 begins']);
  });

  it('are done anew where the server ended meanwhile', async () => {
    let exit: string | null = null;
    const restart = () => {
      exit = null;
      return Promise.resolve();
    };
    const process: ServerProcess = { pid: 1, sample: () => null, exited: () => exit, log: null, restart };
    const { scenarios, noted } = beside(true, () => {
      exit = 'exited with code 1';
    });
    await runAll(scenarios, { process });
    assert.deepEqual(noted, ['8.8 begins', '1.1 begins', '8.8 ends', '8.8 begins', '8.8 ends']);
  });
});

describe('a server that ends during a check', () => {
  it('fails that check, and the rest is not judged where it stays away', async () => {
    const mortal = await listening();
    const kills: Check = {
      id: '5.6',
      title: 't',
      isRough: true,
      run: async () => {
        await mortal.end();
        return passed({ received: 'cut' });
      },
    };
    const asks = throws(new NotPromised('not promised: x'));
    const result = await run([gives(passed({})), kills, gives(passed({})), asks], { url: mortal.url });
    // What nobody promised would not have been judged by a server that is there either.
    assert.deepEqual(statuses(result), ['passed', 'failed', 'error', 'skipped']);
    assert.match(reasons(result)[1]!, /^the server ended: no connection opened: .*ECONNREFUSED/);
    assert.equal(reasons(result)[2], 'the server is gone since check 5.6');
    assert.deepEqual(
      result.serverEnds.map(({ check, isRough, after, backMs }) => ({ check, isRough, after, backMs })),
      [{ check: '5.6', isRough: true, after: 'gone', backMs: null }],
    );
  });

  it('is started anew where wsurge started it, after any check, and the checks go on', async () => {
    let exit: string | null = null;
    let restarts = 0;
    const process: ServerProcess = {
      pid: 1,
      sample: () => null,
      exited: () => exit,
      log: null,
      restart: () => {
        exit = null;
        restarts += 1;
        return Promise.resolve();
      },
    };
    const ends = () => {
      exit = 'exited with code 1';
      return Promise.resolve(passed({}));
    };
    const result = await run([ends, gives(passed({})), gives(failed('no'))], { process });
    assert.deepEqual(statuses(result), ['failed', 'passed', 'failed']);
    assert.equal(reasons(result)[0], 'the server ended: it exited with code 1');
    assert.equal(restarts, 1);
    assert.deepEqual(
      result.serverEnds.map(({ check, after }) => `${check} ${after}`),
      ['1.0 restarted'],
    );
  });

  it('is gone where it cannot be started anew, and says why', async () => {
    const process: ServerProcess = {
      pid: 1,
      sample: () => null,
      exited: () => 'exited with code 1',
      log: null,
      restart: () => Promise.reject(new Error('not ready after 10 s')),
    };
    const result = await run([gives(passed({})), gives(passed({}))], { process });
    assert.deepEqual(statuses(result), ['failed', 'error']);
    assert.match(result.serverEnds[0]!.how, /could not be started again: not ready after 10 s/);
  });
});
