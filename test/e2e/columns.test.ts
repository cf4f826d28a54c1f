/**
 * Each column of the tables against a server whose truth is known: counts, laws, and latencies from below, for no reply can
 * come before the server sent it. How far above the truth a latency may lie is a question for the lab (`npm run lab`).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Did, TruthEntry } from '../../src/server/faults/truth-entry.js';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { assertAnswered, assertExit, runCli } from './run-cli.js';
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
    const [run] = await Promise.all([runCli(['run', server.url, '--no-instrument-check', ...args]), meanwhile(server)]);
    assert.ok(run.result !== null, `no result.json; stderr:\n${run.stderr}`);
    truth = await server.stop();
    return { ...run, cell: run.result.cells[0]!, verdict: run.result.verdict, truth };
  } finally {
    if (truth.length === 0) await server.stop();
  }
}

test('p50, min, upgrade and total: no reply of a server that delays each by 20 ms, and the 101 by 150 ms, comes sooner', async () => {
  const faults = 'delay:20ms,handshake:150ms';
  const { cell } = await runAgainst({ faults }, ['-c', '20', '-R', '200', '-d', '1s', '-W', '100ms']);
  assertAnswered(cell, 200);
  const { response, service } = cell.flows[0]!.latencyUs;
  for (const { min, p50, count } of [response!, service!]) {
    assert.equal(count, cell.flows[0]!.messages.answered);
    assert.ok(min! >= 20_000 && p50! >= min!, `min ${min} us, p50 ${p50} us`);
  }
  const { upgrade, total, tcp, tls } = cell.connectUs;
  for (const phase of [upgrade, total]) assert.ok(phase.min! >= 149_000, `${phase.min}`);
  assert.deepEqual([tcp.count, upgrade.count, total.count, tls.count], [20, 20, 20, 0]);
});

test('held: a server that refuses 3 of 100 sockets shows 97, and fails the run', further, async () => {
  const args = ['-c', '100', '-R', '200', '-d', '1s', '-W', '0s'];
  const run = await runAgainst({ faults: 'refuse:503(5,50,100)' }, args);
  assert.equal(run.cell.connections.held, 97);
  assert.equal(run.cell.connections.failed, 3);
  const said = 'the server answered 503 Service Unavailable; it says: refused by --faults';
  assert.deepEqual(run.cell.errors, [{ phase: 'connect', code: 'HTTP_503', count: 3, said }]);
  assertExit(run, 99);
});

test('status: a server killed in the middle is down, and every law holds', further, async () => {
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

test(
  'rate, lost, cpu and rss: a server that drops nothing loses nothing, and one that burns and holds shows that it does',
  further,
  async () => {
    const bare = await runAgainst({}, ['-c', '7', '-R', '300', '-d', '2s', '-W', '0s']);
    assertAnswered(bare.cell, 600);
    const { messages } = bare.cell.flows[0]!;
    assert.equal(bare.cell.rate.answeredPerSecond, messages.answered / 2);
    assertExit(bare, 0);
    const loaded = { faults: 'burn:30%', ballastBytes: 80e6 };
    const heavy = await runAgainst(loaded, ['-c', '1', '-R', '10', '-d', '1s', '-W', '0s']);
    const [small, large] = [bare, heavy].map(({ cell }) => {
      assert.equal(cell.server.status, 'measured');
      return cell.server.status === 'measured' ? cell.server : assert.fail();
    });
    assert.ok(large!.cpuPercent! > 0, `${large!.cpuPercent} %`);
    const [least, most] = [small!.rssBytes!, large!.rssBytes!];
    assert.ok(least > 0 && most > Math.max(80e6, least), `${most} against ${least} bytes`);
  },
);

test('conns: 1 and 4 workers offer exactly the same messages on the same connections', further, async () => {
  const offered: string[][] = [];
  for (const workers of [1, 4]) {
    const log: string[][] = [];
    const server = await wsServer({
      onConnection: () => void log.push([]),
      onMessage: (ws, data, binary, ordinal) => {
        log[ordinal]!.push(data.toString('latin1'));
        ws.send(data, { binary });
      },
    });
    try {
      const args = [
        '-c',
        '6',
        '-R',
        '100',
        '-d',
        '1s',
        '-W',
        '0s',
        '--arrival',
        'poisson',
        '-w',
        String(workers),
        '--no-instrument-check',
      ];
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

test('max and p99: what is late is seen in each', further, async () => {
  const args = ['-c', '10', '-R', '1000', '-d', '1500ms', '-W', '0s'];
  // 3 % of 1,500 messages 100 ms late: at least the slowest 1 % are of them.
  const slow = await runAgainst({ faults: 'delay:bimodal(0ms,100ms,3%)' }, args);
  const late = slow.truth.filter((entry) => entry.kind === 'message' && entry.outUs! - entry.inUs >= 100_000);
  const { count, p99, max } = slow.cell.flows[0]!.latencyUs.response!;
  assert.ok(late.length > 0.01 * count, `${late.length} of ${count} were late`);
  // Where the generator could not send all that was due there is no p99.
  for (const value of [p99 ?? max!, max!]) assert.ok(value >= 100_000, `p99 ${p99}, max ${max}`);
  assert.equal(slow.cell.flows[0]!.messages.lost, 0);
});

test('lost, p99, dup, reord, corr, misdel: each is exactly what the server did, and no law breaks', async () => {
  const faults = 'drop:4%,duplicate:2%,swap:2%,alter:2%,misdeliver:2%';
  const args = ['-c', '10', '-R', '500', '-d', '2s', '-W', '0s', '--reply-timeout', '2s'];
  const { cell, truth, verdict } = await runAgainst({ faults }, args);
  const did = (fate: Did) => truth.filter((entry) => entry.kind === 'message' && entry.did === fate).length;
  const { messages, latencyUs } = cell.flows[0]!;
  assert.equal(messages.planned, 1000);
  // Nothing else loses a message but the two: the reply that went astray is missing where it should have come. A generator
  // that hardly got a processor may find a reply after its time-out.
  const gone = did('dropped') + did('misdelivered');
  const wrong = `${messages.lost} lost, ${gone} gone, ${cell.validity}`;
  assert.ok(cell.validity === 'invalid' ? messages.lost >= gone : messages.lost === gone, wrong);
  assert.equal(messages.duplicated, did('duplicated'));
  assert.equal(messages.reordered, did('swapped'));
  assert.equal(messages.corrupted, did('altered'));
  assert.equal(messages.misdelivered, did('misdelivered'));
  assert.deepEqual(cell.laws, []);
  assert.equal(verdict.gates.find(({ gate }) => gate === 'lost')!.passed, false);
  for (const fate of ['dropped', 'duplicated', 'swapped', 'altered', 'misdelivered'] as const) {
    assert.ok(did(fate) > 0, `${did(fate)} ${fate}`);
  }
  // What is never answered ranks last: of 4 % and more, p99 is no number but the reply time-out. A generator that could
  // not send all that was due has no p99.
  if (messages.sent < messages.planned) return;
  assert.ok(messages.lost > 0.01 * messages.planned, `${messages.lost} of 1,000 were lost`);
  assert.ok(latencyUs.response!.atLeast.includes('p99'));
  assert.ok(latencyUs.response!.p99! >= 2_000_000, 'the reply time-out');
});
