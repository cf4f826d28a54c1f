/** Each column of the tables against a server whose truth is known. Real sockets, real time, one at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Did, TruthEntry } from '../../src/server/faults/truth-entry.js';
import { wsServer } from './local-server.js';
import { runCli } from './run-cli.js';
import { type TruthOptions, type TruthServer, truthServer } from './truth-server.js';

/** What a busy machine does to any measurement; nothing a server does may be among the reasons of these tests. */
const MACHINE_NOISE = new Set(['client_lag', 'client_blocked', 'cpu_starved', 'cpu_steal', 'cpu_throttled']);
const ATTEMPTS = 4;

type Against = Awaited<ReturnType<typeof runAgainst>>;

/** Runs until the machine left the measurement alone. Any reason but noise fails at once: the server may cause none. */
async function undisturbed(...against: Parameters<typeof runAgainst>): Promise<Against> {
  for (let attempt = 1; ; attempt++) {
    const run = await runAgainst(...against);
    const doubts = run.verdict.reasons.filter(({ severity }) => severity !== 'note');
    const caused = doubts.filter(({ code }) => !MACHINE_NOISE.has(code));
    assert.deepEqual(caused, []);
    if (doubts.length === 0 || attempt === ATTEMPTS) return run;
  }
}

/** `meanwhile` goes on beside the run and ends with it. */
async function runAgainst(
  options: TruthOptions,
  args: readonly string[],
  meanwhile: (server: TruthServer) => Promise<void> = async () => undefined,
) {
  const server = await truthServer(options);
  let truth: TruthEntry[] = [];
  try {
    const [run] = await Promise.all([runCli(['run', server.url, ...args]), meanwhile(server)]);
    assert.ok(run.result !== null, `no result.json; stderr:\n${run.stderr}`);
    truth = await server.stop();
    return { ...run, cell: run.result.cells[0]!, verdict: run.result.verdict, truth };
  } finally {
    if (truth.length === 0) await server.stop();
  }
}

test('p50: a server that delays each reply by 20 ms moves it by 20 +- 2 ms', async () => {
  const args = ['-c', '10', '-R', '200', '-d', '3s', '-W', '500ms'];
  const direct = await runAgainst({}, args);
  const delayed = await runAgainst({ faults: 'delay:20ms' }, args);
  const p50 = (run: typeof direct) => run.cell.flows[0]!.latencyUs.response!.p50!;
  const movedMs = (p50(delayed) - p50(direct)) / 1000;
  assert.ok(movedMs > 18 && movedMs < 22, `moved by ${movedMs} ms`);
});

test('held: a server that refuses 3 of 100 sockets shows 97, a valid measurement, and fails the run', async () => {
  const run = await undisturbed({ faults: 'refuse:503(5,50,100)' }, [
    '-c',
    '100',
    '-R',
    '200',
    '-d',
    '2s',
    '-W',
    '200ms',
  ]);
  assert.equal(run.cell.connections.held, 97);
  assert.equal(run.cell.connections.failed, 3);
  assert.deepEqual(run.cell.errors, [{ phase: 'connect', code: 'HTTP_503', count: 3 }]);
  assert.equal(run.verdict.validity, 'valid');
  assert.equal(run.cell.target, 'overloaded');
  assert.equal(run.code, 99);
});

test('status: a server killed in the middle is down, the measurement valid, every law holds', async () => {
  // 1,400 messages are planned; by its 600th, 1.5 s have passed.
  const killed = async (server: TruthServer) => {
    while ((await server.received()) < 600) await pause(10);
    server.kill();
  };
  const run = await undisturbed({}, ['-c', '20', '-R', '400', '-d', '3s', '-W', '500ms'], killed);
  assert.equal(run.cell.target, 'down');
  assert.equal(run.verdict.validity, 'valid');
  assert.deepEqual(run.cell.laws, []);
  assert.equal(run.cell.connections.held, 0);
  assert.ok(run.cell.flows[0]!.messages.notConnected > 100);
  assert.equal(run.code, 99);
});

test('cpu: a server that burns 30 % of a core shows 30 +- 6', async () => {
  const run = await runAgainst({ faults: 'burn:30%' }, ['-c', '1', '-R', '10', '-d', '3s', '-W', '500ms']);
  assert.equal(run.cell.server.status, 'measured');
  const cpu = run.cell.server.status === 'measured' ? run.cell.server.cpuPercent! : 0;
  assert.ok(cpu > 24 && cpu < 36, `${cpu} %`);
});

test('rate and lost: a server that drops nothing gets what the plan says and loses nothing', async () => {
  const run = await runAgainst({}, ['-c', '7', '-R', '300', '-d', '2s', '-W', '0s']);
  const { messages } = run.cell.flows[0]!;
  assert.equal(messages.planned, 600);
  assert.equal(messages.answered, 600);
  assert.equal(messages.lost, 0);
  assert.equal(run.cell.rate.answeredPerSecond, 300);
  assert.equal(run.code, 0);
});

test('conns: 1, 2 and 4 workers offer exactly the same messages on the same connections', async () => {
  const offered: string[][] = [];
  for (const workers of [1, 2, 4]) {
    const log: string[][] = [];
    const server = await wsServer({
      onConnection: () => void log.push([]),
      onMessage: (ws, data, binary, ordinal) => {
        log[ordinal]!.push(data.toString('latin1'));
        ws.send(data, { binary });
      },
    });
    try {
      const args = ['-c', '6', '-R', '100', '-d', '1s', '-W', '0s', '--arrival', 'poisson', '-w', String(workers)];
      const run = await runCli(['run', server.url, ...args]);
      assert.deepEqual(run.result?.cells[0]?.laws, [], run.stderr);
      // The canary comes first; the cell's own connections are the last six.
      offered.push(
        log
          .slice(-6)
          .map((messages) => messages.join('\n'))
          .sort(),
      );
    } finally {
      await server.stop();
    }
  }
  assert.ok(offered[0]!.join('').length > 1000);
  assert.deepEqual(offered[1], offered[0]);
  assert.deepEqual(offered[2], offered[0]);
});

test('p95, p99, max and lost: each moves with the messages that it is about, and with no other', async () => {
  const args = ['-c', '10', '-R', '1000', '-d', '1500ms', '-W', '0s', '--reply-timeout', '1s'];
  // 3 % of 1,500 messages 100 ms late: p50 and p95 stay, p99 and max go there.
  const slow = await runAgainst({ faults: 'delay:bimodal(0ms,100ms,3%)' }, args);
  const late = slow.truth.filter((entry) => entry.kind === 'message' && entry.outUs! - entry.inUs >= 100_000);
  assert.ok(late.length > 15 && late.length < 75, `${late.length} of 1,500 were late`);
  const { p50, p95, p99, max } = slow.cell.flows[0]!.latencyUs.response!;
  for (const value of [p50!, p95!]) assert.ok(value < 98_000, `p50 ${p50}, p95 ${p95}`);
  for (const value of [p99!, max!]) assert.ok(value > 98_000 && value < 250_000, `p99 ${p99}, max ${max}`);
  assert.equal(slow.cell.flows[0]!.messages.lost, 0);
  // 4 % never answered: they rank last, so that p95 is that of the answered and p99 is no number.
  const losing = await runAgainst({ faults: 'drop:4%' }, args);
  const { messages, latencyUs } = losing.cell.flows[0]!;
  const dropped = losing.truth.filter((entry) => entry.kind === 'message' && entry.did === 'dropped').length;
  assert.ok(dropped > 25 && dropped < 75, `${dropped} of 1,500 were dropped`);
  assert.deepEqual([messages.sent, messages.lost, messages.answered], [1500, dropped, 1500 - dropped]);
  assert.deepEqual(losing.cell.laws, []);
  assert.ok(latencyUs.response!.p95! < 98_000);
  assert.ok(latencyUs.response!.atLeast.includes('p99'));
  assert.ok(latencyUs.response!.p99! >= 1_000_000, 'the reply time-out');
  assert.equal(losing.verdict.gates.find(({ gate }) => gate === 'lost')!.passed, false);
});

test('lost, dup, reord, corr, misdel: each is exactly what the server did, and no law breaks', async () => {
  const faults = 'drop:2%,duplicate:2%,swap:2%,alter:2%,misdeliver:2%';
  const args = ['-c', '10', '-R', '500', '-d', '2s', '-W', '0s', '--reply-timeout', '1s'];
  const { cell, truth } = await runAgainst({ faults }, args);
  const did = (fate: Did) => truth.filter((entry) => entry.kind === 'message' && entry.did === fate).length;
  const { messages } = cell.flows[0]!;
  assert.equal(messages.sent, 1000);
  // Nothing else loses a message but the two: the reply that went astray is missing where it should have come.
  assert.equal(messages.lost, did('dropped') + did('misdelivered'));
  assert.equal(messages.duplicated, did('duplicated'));
  assert.equal(messages.reordered, did('swapped'));
  assert.equal(messages.corrupted, did('altered'));
  assert.equal(messages.misdelivered, did('misdelivered'));
  assert.deepEqual(cell.laws, []);
  for (const fate of ['dropped', 'duplicated', 'swapped', 'altered', 'misdelivered'] as const) {
    assert.ok(did(fate) > 4, `${did(fate)} ${fate}`);
  }
});

test('connect: a server that delays the 101 by 150 ms moves upgrade and total by that, tcp by nothing', async () => {
  const run = await runAgainst({ faults: 'handshake:150ms' }, ['-c', '20', '-R', '20', '-d', '300ms', '-W', '0s']);
  const { upgrade, total, tcp, tls } = run.cell.connectUs;
  for (const phase of [upgrade, total]) assert.ok(phase.min! >= 149_000 && phase.p50! < 250_000, `${phase.p50}`);
  assert.ok(tcp.p50! < 100_000);
  assert.deepEqual([upgrade.count, total.count, tls.count], [20, 20, 0]);
});

test('rss: a server that holds 80 MB more shows 80 MB more', async () => {
  const args = ['-c', '1', '-R', '20', '-d', '300ms', '-W', '0s'];
  const [bare, heavy] = [await runAgainst({}, args), await runAgainst({ ballastBytes: 80e6 }, args)];
  const rss = ({ cell }: typeof bare) => (cell.server.status === 'measured' ? cell.server.rssBytes! : 0);
  const movedMb = (rss(heavy) - rss(bare)) / 1e6;
  assert.ok(movedMb > 65 && movedMb < 95, `moved by ${movedMb} MB`);
});
