/**
 * Each column of the tables against a server whose truth is known: counts, laws, and latencies from below, for no reply can
 * come before the server sent it. How far above the truth a latency may lie is a question for the lab (`npm run lab`).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Did, TruthEntry } from '../../src/server/faults/truth-entry.js';
import { wsServer } from './local-server.js';
import { assertExit, runCli } from './run-cli.js';
import { type TruthOptions, type TruthServer, truthServer } from './truth-server.js';

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

test('p50 and min: no reply of a server that delays each by 20 ms comes sooner', async () => {
  const { cell } = await runAgainst({ faults: 'delay:20ms' }, ['-c', '10', '-R', '200', '-d', '1s', '-W', '100ms']);
  const { response, service } = cell.flows[0]!.latencyUs;
  for (const { min, p50, count } of [response!, service!]) {
    assert.equal(count, 200);
    assert.ok(min! >= 20_000 && p50! >= min!, `min ${min} us, p50 ${p50} us`);
  }
});

test('held: a server that refuses 3 of 100 sockets shows 97, and fails the run', async () => {
  const args = ['-c', '100', '-R', '200', '-d', '1s', '-W', '0s'];
  const run = await runAgainst({ faults: 'refuse:503(5,50,100)' }, args);
  assert.equal(run.cell.connections.held, 97);
  assert.equal(run.cell.connections.failed, 3);
  const said = 'the server answered 503 Service Unavailable; it says: refused by --faults';
  assert.deepEqual(run.cell.errors, [{ phase: 'connect', code: 'HTTP_503', count: 3, said }]);
  assertExit(run, 99);
});

test('status: a server killed in the middle is down, and every law holds', async () => {
  // Killed in the first half of the 2,000 messages that are planned.
  const killed = async (server: TruthServer) => {
    while ((await server.received()) < 400) await pause(10);
    server.kill();
  };
  const run = await runAgainst({}, ['-c', '20', '-R', '400', '-d', '5s', '-W', '0s'], killed);
  assert.equal(run.cell.target, 'down');
  assert.deepEqual(run.cell.laws, []);
  assert.equal(run.cell.connections.held, 0);
  assert.ok(run.cell.flows[0]!.messages.notConnected > 0);
  assertExit(run, 99);
});

test('cpu: a server that burns processor time shows that it does', async () => {
  const run = await runAgainst({ faults: 'burn:30%' }, ['-c', '1', '-R', '10', '-d', '1s', '-W', '0s']);
  assert.equal(run.cell.server.status, 'measured');
  const cpu = run.cell.server.status === 'measured' ? run.cell.server.cpuPercent! : 0;
  assert.ok(cpu > 0, `${cpu} %`);
});

test('rate and lost: a server that drops nothing gets what the plan says and loses nothing', async () => {
  const run = await runAgainst({}, ['-c', '7', '-R', '300', '-d', '2s', '-W', '0s']);
  const { messages } = run.cell.flows[0]!;
  assert.equal(messages.planned, 600);
  assert.equal(messages.answered, messages.sent);
  assert.equal(messages.lost, 0);
  assert.equal(run.cell.rate.answeredPerSecond, messages.answered / 2);
  assertExit(run, 0);
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
      const cell = run.result!.cells[0]!;
      assert.deepEqual(cell.laws, [], run.stderr);
      const { planned, sent } = cell.flows[0]!.messages;
      // A generator that hardly got a processor did not send all: it says so, and there is nothing to compare.
      if (sent < planned) continue;
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
  for (const each of offered) {
    assert.ok(each.join('').length > 1000);
    assert.deepEqual(each, offered[0]);
  }
});

test('max, p99 and lost: what is late or never comes is seen in each', async () => {
  const args = ['-c', '10', '-R', '1000', '-d', '1500ms', '-W', '0s', '--reply-timeout', '2s'];
  // 3 % of 1,500 messages 100 ms late: at least the slowest 1 % are of them.
  const slow = await runAgainst({ faults: 'delay:bimodal(0ms,100ms,3%)' }, args);
  const late = slow.truth.filter((entry) => entry.kind === 'message' && entry.outUs! - entry.inUs >= 100_000);
  const { count, p99, max } = slow.cell.flows[0]!.latencyUs.response!;
  assert.ok(late.length > 0.01 * count, `${late.length} of ${count} were late`);
  // Where the generator could not send all that was due there is no p99.
  for (const value of [p99 ?? max!, max!]) assert.ok(value >= 100_000, `p99 ${p99}, max ${max}`);
  assert.equal(slow.cell.flows[0]!.messages.lost, 0);
  // 4 % never answered: they rank last, so that p95 is that of the answered and p99 is no number.
  const losing = await runAgainst({ faults: 'drop:4%' }, args);
  const { messages, latencyUs } = losing.cell.flows[0]!;
  const dropped = losing.truth.filter((entry) => entry.kind === 'message' && entry.did === 'dropped').length;
  // Not answered besides these are, on a machine that stood still, those whose reply came too late: they count as late.
  const { planned, sent, lost, answered } = messages;
  assert.deepEqual([planned, lost, answered], [1500, dropped, sent - dropped - messages.late]);
  assert.deepEqual(losing.cell.laws, []);
  if (sent === planned) {
    assert.ok(dropped > 25, `${dropped} of 1,500 were dropped`);
    assert.ok(latencyUs.response!.atLeast.includes('p99'));
    assert.ok(latencyUs.response!.p99! >= 2_000_000, 'the reply time-out');
  }
  assert.equal(losing.verdict.gates.find(({ gate }) => gate === 'lost')!.passed, false);
});

test('lost, dup, reord, corr, misdel: each is exactly what the server did, and no law breaks', async () => {
  const faults = 'drop:2%,duplicate:2%,swap:2%,alter:2%,misdeliver:2%';
  const args = ['-c', '10', '-R', '500', '-d', '2s', '-W', '0s', '--reply-timeout', '2s'];
  const { cell, truth } = await runAgainst({ faults }, args);
  const did = (fate: Did) => truth.filter((entry) => entry.kind === 'message' && entry.did === fate).length;
  const { messages } = cell.flows[0]!;
  assert.equal(messages.planned, 1000);
  // Nothing else loses a message but the two: the reply that went astray is missing where it should have come.
  assert.equal(messages.lost, did('dropped') + did('misdelivered'));
  assert.equal(messages.duplicated, did('duplicated'));
  assert.equal(messages.reordered, did('swapped'));
  assert.equal(messages.corrupted, did('altered'));
  assert.equal(messages.misdelivered, did('misdelivered'));
  assert.deepEqual(cell.laws, []);
  for (const fate of ['dropped', 'duplicated', 'swapped', 'altered', 'misdelivered'] as const) {
    assert.ok(did(fate) > 0, `${did(fate)} ${fate}`);
  }
});

test('connect: a server that delays the 101 by 150 ms is seen in upgrade and total', async () => {
  const run = await runAgainst({ faults: 'handshake:150ms' }, ['-c', '20', '-R', '20', '-d', '300ms', '-W', '0s']);
  const { upgrade, total, tcp, tls } = run.cell.connectUs;
  for (const phase of [upgrade, total]) assert.ok(phase.min! >= 149_000, `${phase.min}`);
  assert.deepEqual([tcp.count, upgrade.count, total.count, tls.count], [20, 20, 20, 0]);
});

test('rss: a server that holds 80 MB shows at least these, and more than one that does not', async () => {
  const args = ['-c', '1', '-R', '20', '-d', '300ms', '-W', '0s'];
  const [bare, heavy] = [await runAgainst({}, args), await runAgainst({ ballastBytes: 80e6 }, args)];
  const rss = ({ cell }: typeof bare) => (cell.server.status === 'measured' ? cell.server.rssBytes! : 0);
  assert.ok(rss(bare) > 0 && rss(heavy) > Math.max(80e6, rss(bare)), `${rss(heavy)} against ${rss(bare)} bytes`);
});
