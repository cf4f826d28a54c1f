/** A comparison whose load agents make, over a real broker. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { answerEach } from '../../src/bus/exchange.js';
import { connectBus } from '../../src/bus/nats.js';
import { turnOrder } from '../../src/campaign/ab-order.js';
import { type ComparisonDocument, parseComparison } from '../../src/documents/comparison-schema.js';
import { orderSubject, whoSubject } from '../../src/fleet/orders.js';
import { toolVersion } from '../../src/machine/tool-version.js';
import { natsServer } from '../bus/nats-server.js';
import { agentWith } from '../fleet/agent-builder.js';
import { skipWithout } from '../needs.js';
import { further } from '../share.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { fleetOf, runsOf } from './fleet-fixture.js';
import { echo, freePort, wsServer } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';
import { spawnCli } from './spawn-cli.js';

const skip = await skipWithout('natsServer');
const WS = JSON.stringify(new URL('../../../node_modules/ws/wrapper.mjs', import.meta.url).href);
const scripts = new TempScripts();
after(() => scripts.remove());

/** An echo that answers after `delayMs`; `onMessage` may use `count`, the messages so far. */
function server(name: string, onMessage = '', delayMs = 0): string {
  const source = `import { WebSocketServer } from ${WS};
let count = 0;
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false });
server.on('connection', (ws) => ws.on('message', (data, binary) => {
  count++;
  ${onMessage}
  setTimeout(() => ws.send(data, { binary }), ${delayMs});
}));
process.on('SIGTERM', () => process.exit(0));
`;
  return `${process.execPath} ${scripts.write(`${name}.mjs`, source)}`;
}

const LOAD = ['-c', '4', '-R', '100', '-W', '0s', '-d', '300ms'];
const SHORT = [...LOAD, '--no-pre-warm', '--no-instrument-check', '--gate', 'p50', '--rounds', '5'];

function documentOf({ code, files, stdout, stderr }: CliRun): ComparisonDocument {
  assert.ok(files['result.json'] !== undefined, `exit ${code}, ${Object.keys(files)}\n${stderr}${stdout}`);
  return parseComparison(JSON.parse(files['result.json']));
}

describe('a comparison over agents', { skip }, () => {
  it('starts both builds itself, and ends where an agent is killed: a half round is not judged', async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    const port = await freePort();
    const killing = server('killing', `if (count === 8) process.kill(${agents[1]!.process.pid}, 'SIGKILL');`);
    // A first, so that a whole turn is measured before.
    const seed = [1, 2, 3, 4, 5, 6, 7, 8].find((one) => turnOrder(one, 1)[0] === 'a');
    const builds = ['--a', `${server('usual')} ${port}`, '--b', `${killing} ${port}`];
    const target = ['--target', `ws://127.0.0.1:${port}/`, '--seed', String(seed)];
    const run = await runCli(['ab', ...builds, ...target, ...SHORT, ...flags]);
    const { outcome, rounds, warnings } = documentOf(run);
    assert.deepEqual([run.code, outcome.exitCode, outcome.passed], [98, 98, false], run.stdout);
    assert.deepEqual([outcome.word, rounds!.valid, rounds!.stopped], ['INVALID', 0, 'agent_gone']);
    assert.match(
      warnings.join('\n'),
      /^The comparison ended after 0 rounds: agent two (?:is gone|does not answer): nothing heard for \d+ s\.$/m,
    );
    assert.match(run.stdout, /rounds +0 of 5 +ended when an agent did not stay/);
    const record = JSON.parse(run.files['run.json']!) as {
      status: string;
      environment: { generators: { agent?: string }[] };
    };
    assert.equal(record.status, 'interrupted', 'it can be gone on with');
    assert.deepEqual(
      record.environment.generators.map(({ agent }) => agent ?? 'coordinator'),
      ['coordinator', 'one', 'two'],
    );
    // On a busy machine A may have been measured twice.
    assert.match(run.files['turns.ndjson']!, /^(\{.*"side":"a".*\}\n)+$/, 'what was measured before stays');
    await agents[0]!.printed('its coordinator is done');
    assert.equal(runsOf(agents[0]!).begun, 1, 'one lease for all turns');
  });

  it('of two builds, one with 20 ms more of delay, ends with its word and exit code', further, async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    const port = await freePort();
    const builds = ['--a', `${server('quick', '', 2)} ${port}`, '--b', `${server('slow', '', 22)} ${port}`];
    const run = await runCli(['ab', ...builds, '--target', `ws://127.0.0.1:${port}/`, ...SHORT, ...flags]);
    const { outcome, rounds, cells, a, b } = documentOf(run);
    // Rounds that a busy machine spoilt are left out: what is left may be too little to judge. It never says the opposite.
    const codes: Readonly<Record<string, number>> = { REGRESSED: 99, PASSED: 0, INCONCLUSIVE: 98, INVALID: 98 };
    assert.deepEqual([run.code, outcome.exitCode], [codes[outcome.word], codes[outcome.word]], run.stdout);
    assert.match(run.stdout, new RegExp(`^(result )?.*${outcome.word}`, 'm'));
    const p50 = cells[0]?.metrics.find(({ metric }) => metric === 'p50');
    assert.ok(rounds!.valid === 0 || p50 !== undefined, JSON.stringify(cells));
    if (outcome.word === 'REGRESSED') assert.equal(p50!.word, 'REGRESSED');
    assert.ok(!['EQUIVALENT', 'IMPROVED'].includes(p50?.word ?? ''), run.stdout);
    // Those of the rounds that count.
    const makers = rounds!.valid === 0 ? [] : ['one', 'two'];
    for (const { generators } of [a, b]) {
      assert.deepEqual(
        generators!.flatMap(({ agent }) => agent ?? []),
        makers,
        run.stdout,
      );
    }
    for (const agent of agents) {
      await agent.printed('its coordinator is done');
      assert.equal(runsOf(agent).begun, 1, 'one lease for all turns');
    }
  });

  it('refuses what agents cannot reach, before a server is started', async (t) => {
    const { flags } = await fleetOf(t, ['one']);
    const unix = ['--a', 'ws+unix:/run/a.sock:/', '--b', 'ws+unix:/run/b.sock:/'];
    const refused = await runCli(['ab', ...unix, ...SHORT, ...flags]);
    assert.deepEqual([refused.code, refused.folders], [104, 0], refused.stderr);
    assert.match(refused.stderr, /never to a unix socket/);
    const nobody = `ws://127.0.0.1:${await freePort()}/`;
    const there = await wsServer();
    t.after(() => there.stop());
    const gone = await runCli(['ab', '--a', there.url, '--b', nobody, ...SHORT, ...flags]);
    assert.deepEqual([gone.code, gone.folders], [103, 0], gone.stderr);
    assert.match(gone.stderr, /agent one: .*ECONNREFUSED/);
  });

  it('refuses a target on the loopback of this machine where an agent is on another, as run and capacity do', async (t) => {
    const broker = await natsServer();
    t.after(() => broker.stop());
    const url = `nats://${broker.address}`;
    const bus = await connectBus({ url, env: {}, inboxPrefix: '_INBOX_a' });
    t.after(() => bus.close());
    const far = agentWith({ name: 'far', version: toolVersion(), loopback: 'of another machine' });
    answerEach(bus, whoSubject('default'), () => far);
    answerEach(bus, orderSubject('default', far.id), () => ({ ok: true }));
    const flags = ['--agents', '1', '--nats', url, '--agents-wait', '0s'];
    const target = 'ws://127.0.0.1:9/';
    for (const command of [
      ['run', target, '-d', '1s'],
      ['capacity', target],
      ['ab', '--a', `${process.execPath} a.js`, '--b', `${process.execPath} b.js`, '--target', target],
    ]) {
      const run = await runCli([...command, ...flags]);
      assert.deepEqual([run.code, run.folders], [104, 0], run.stderr);
      const said = 'the target ws://127.0.0.1:9/ is on the loopback of this machine, and agent far is elsewhere';
      assert.ok(run.stderr.includes(said), run.stderr);
    }
  });

  it('compares to its end, and goes on with other agents of the same kind where it lost one', further, async (t) => {
    const { broker, agents, flags } = await fleetOf(t, ['one', 'two']);
    const counts = [0, 0];
    let onBoth: () => void = () => {};
    const bothLoaded = new Promise<void>((resolve) => {
      onBoth = resolve;
    });
    const counting = (side: number) =>
      wsServer({
        onMessage: (ws, data, binary) => {
          counts[side]!++;
          // More than test connections: one turn is over, and another build is loaded.
          if (counts.every((count) => count > 15)) onBoth();
          echo(ws, data, binary);
        },
      });
    const [a, b] = [await counting(0), await counting(1)];
    t.after(() => Promise.all([a.stop(), b.stop()]));
    const asked = ['ab', '--a', a.url, '--b', b.url, ...SHORT, ...flags];
    const begun = await spawnCli(t, asked);
    const early = begun.exit.then((code) => assert.fail(`ended with ${code}: ${begun.stdout()}${begun.stderr()}`));
    await Promise.race([bothLoaded, early]);
    early.catch(() => undefined);
    agents[1]!.process.kill('SIGTERM');
    assert.equal(await begun.exit, 98, begun.stderr());
    const folder = /report +(\S+)\/report.html/.exec(begun.stdout())![1]!;
    const first = parseComparison(JSON.parse(await readFile(path.join(begun.cwd, folder, 'result.json'), 'utf8')));
    assert.equal(first.rounds!.stopped, 'agent_gone');
    const other = await spawnCli(t, [
      'agent',
      '--nats',
      `nats://${broker.address}`,
      '--name',
      'three',
      '--workers',
      '1',
    ]);
    await other.printed('is up');
    const run = await runCli([...asked, '--resume', path.join(begun.cwd, folder)]);
    const text = await readFile(path.join(begun.cwd, folder, 'result.json'), 'utf8');
    const { rounds, a: sideA } = parseComparison(JSON.parse(text));
    // On a busy machine too many rounds may be left out, and then it is given up.
    assert.ok(['last', 'excluded'].includes(rounds!.stopped!), `${rounds!.stopped}: ${run.stderr}`);
    const named = sideA.generators!.flatMap(({ agent }) => agent ?? []);
    if (rounds!.valid > 1) assert.ok(named.includes('three'), named.join());
    await other.printed('its coordinator is done');
    assert.deepEqual(runsOf(other).begun, 1);
  });
});
