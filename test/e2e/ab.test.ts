import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { turnOrder } from '../../src/campaign/ab-order.js';
import { main } from '../../src/cli/main.js';
import { type ComparisonDocument, parseComparison } from '../../src/documents/comparison-schema.js';
import { probeAddress } from '../../src/target/readiness.js';
import { further } from '../share.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { parsedLines } from './event-lines.js';
import { freePort } from './local-server.js';
import { type CliRun, runCli } from './run-cli.js';
import { isAlive } from './spawn-cli.js';

const WS = JSON.stringify(new URL('../../../node_modules/ws/wrapper.mjs', import.meta.url).href);
const scripts = new TempScripts();
after(() => scripts.remove());

interface Habits {
  /** Runs at every message; may use `port`, `server` and `count`, the messages so far. */
  readonly onMessage?: string;
  readonly onSigterm?: string;
}

/** An echo that answers after `delayMs`. */
function server(name: string, delayMs: number, { onMessage = '', onSigterm = 'process.exit(0)' }: Habits = {}): string {
  const source = `import { WebSocketServer } from ${WS};
import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(`${scripts.folder}/pids`)}, process.pid + '\\n');
const [port] = process.argv.slice(2);
let count = 0;
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), perMessageDeflate: false });
server.on('connection', (ws) => ws.on('message', async (data, binary) => {
  count++;
  ${onMessage}
  setTimeout(() => ws.send(data, { binary }), ${delayMs});
}));
process.on('SIGTERM', () => { ${onSigterm} });
`;
  return `${process.execPath} ${scripts.write(`${name}.mjs`, source)}`;
}

/** At the first message after the one that tests the connection: a busy generator may send no more. */
const DYING = { onMessage: `if (count === 2) { console.error('out of luck'); process.exit(7); }` };

/** Nothing that was started runs, and nobody listens on the port. */
async function assertNothingLeft(port: number): Promise<void> {
  assert.deepEqual(pids().filter(isAlive), []);
  assert.deepEqual(await probeAddress({ kind: 'tcp', host: '127.0.0.1', port, secure: false }), {
    ready: false,
    reason: 'ECONNREFUSED',
  });
}

function pids(): number[] {
  const text = readFileSync(`${scripts.folder}/pids`, 'utf8');
  return text.trim().split('\n').map(Number);
}

const LOAD = ['-c', '2', '-R', '50', '-W', '0s', '--no-pre-warm', '--no-instrument-check', '--gate', 'p50'];
const SHORT = [...LOAD, '-d', '200ms'];

async function ab(a: string, b: string, port: number, ...more: string[]): Promise<CliRun> {
  const builds = ['--a', `${a} ${port}`, '--b', `${b} ${port}`, '--target', `ws://127.0.0.1:${port}/`];
  return await runCli(['ab', ...builds, ...SHORT, ...more]);
}

function documentOf({ code, files, stdout, stderr }: CliRun): ComparisonDocument {
  assert.ok(files['result.json'] !== undefined, `exit ${code}, ${Object.keys(files)}\n${stderr}${stdout}`);
  return parseComparison(JSON.parse(files['result.json']));
}

describe('wsurge ab', () => {
  it('compares two builds, writes all its files, and leaves nothing running', async () => {
    const port = await freePort();
    const log = path.join(scripts.folder, 'events.ndjson');
    const run = await ab(server('quick', 2), server('slow', 40), port, '--rounds', '5', '--events', log);
    await assertNothingLeft(port);
    const { rounds, cells, outcome, method } = documentOf(run);
    assert.equal(method, 'rounds');
    // A round that this busy machine spoilt is left out, and leaves no order.
    const spoilt = rounds!.excluded.map(({ number }) => number);
    const counted = Array.from({ length: 20 }, (_, i) => i + 1).filter((round) => !spoilt.includes(round));
    assert.deepEqual(
      rounds!.orders.map((order) => order.split('')),
      counted.slice(0, rounds!.orders.length).map((round) => [...turnOrder(1, round)]),
    );
    // Which word comes out is for the lab and for rounds that are made up: on a busy machine it may be any of them.
    assert.equal(run.code, outcome.exitCode, run.stdout);
    assert.match(run.stdout, new RegExp(`^(result )?.*${outcome.word}`, 'm'));
    const p50 = cells[0]?.metrics.find(({ metric }) => metric === 'p50');
    assert.ok(rounds!.valid === 0 || p50 !== undefined, JSON.stringify(cells));
    assert.match(run.stdout, /^round +1\b/m);
    const events = parsedLines(await readFile(log, 'utf8'));
    const turns = run.files['turns.ndjson']!.trimEnd().split('\n').length;
    for (const type of ['canary', 'cell']) {
      const told = events.filter((event) => event.type === type).map(({ turn }) => JSON.stringify(turn));
      assert.deepEqual([told.length, new Set(told).size], [turns, turns], `${type}: each turn once`);
    }
    assert.deepEqual([events[0]!.type, events.at(-1)!['word']], ['plan', outcome.word]);
    assert.deepEqual(Object.keys(run.files).sort(), [
      'junit.xml',
      'report.html',
      'report.md',
      'result.json',
      'run.json',
      'turns.ndjson',
    ]);
    for (const line of run.stdout.split('\n')) assert.ok(line.length <= 80 || line.includes(scripts.folder), line);
    assert.ok(pids().length >= 2);
  });

  it('ends where a build dies under load, and says how', async () => {
    const dying = server('dying', 0, DYING);
    const port = await freePort();
    const run = await ab(server('healthy', 0), dying, port);
    assert.equal(run.code, 99, run.stdout);
    assert.match(run.stdout, /round \d, B: the server exited with code 7/);
    assert.match(
      documentOf(run).warnings.join('\n'),
      /Build B died in round \d: it exited with code 7; its last lines:.*out of luck/s,
    );
    await assertNothingLeft(port);
  });

  it('kills a build that ignores SIGTERM, and says so at once and at the end', further, async () => {
    const port = await freePort();
    const deaf = server('deaf', 0, { onSigterm: '' });
    // One turn of the deaf build, or a second where the first could not be measured, is enough, so the other ends the comparison.
    const seed = [1, 2, 3, 4, 5, 6, 7, 8].find((one) => turnOrder(one, 1)[0] === 'a');
    const more = ['--set', 'target.stopTimeout=100ms', '--seed', String(seed)];
    const run = await ab(deaf, server('dying', 0, DYING), port, ...more);
    // 98 where this machine could measure no turn of the deaf build.
    assert.ok([98, 99].includes(run.code), run.stderr);
    const said = 'did not end on SIGTERM and was killed 100 ms later';
    assert.ok(run.stdout.includes(`round 1, A: the server ${said}\n`), run.stdout);
    assert.ok(
      documentOf(run).warnings.some((text) => /^Build A .* in \d turns?\.$/.test(text) && text.includes(said)),
      JSON.stringify(documentOf(run).warnings),
    );
    await assertNothingLeft(port);
  });

  it('ends a build that never gets ready, says what was waited for, and leaves no folder', further, async () => {
    const port = await freePort();
    const builds = ['--aa', '--a', `${server('mute', 0)} ${port}`, '--target', `ws://127.0.0.1:${port}/`];
    const run = await runCli(['ab', ...builds, ...SHORT, '--ready', 'up!', '--set', 'target.readyTimeout=700ms']);
    assert.equal(run.code, 102, run.stderr);
    assert.match(run.stderr, /build A \(.*\) in round 1: .* was not ready after 700 ms \(it did not print "up!"\)/);
    assert.match(run.stderr, /give it longer \(target\.readyTimeout: 2m\)/);
    assert.equal(run.folders, 0);
    await assertNothingLeft(port);
  });

  it('starts nothing where both builds are one', async () => {
    const before = pids().length;
    const one = server('one', 0);
    const run = await ab(one, one, await freePort());
    assert.equal(run.code, 104, run.stdout);
    assert.match(run.stderr, /--b.*is the same as --a.*add --aa/s);
    assert.deepEqual([run.folders, pids().length], [0, before]);
  });

  it('says which build cannot be started, and leaves no folder', async () => {
    const broken = `${process.execPath} ${scripts.write('broken.mjs', 'console.error("no such table"); process.exit(3)')}`;
    const run = await ab(broken, broken, await freePort(), '--aa');
    assert.equal(run.code, 102, run.stderr);
    assert.match(run.stderr, /build A \(.*\) in round 1: .* exited with code 3 before it was ready.*no such table/s);
    assert.equal(run.folders, 0);
  });

  it('says that a build leaves its port busy', further, async () => {
    // The heir holds the listening socket from the first message on, and has left its parent and its group before the server
    // is stopped: nobody can know that it is of this build.
    const heir = scripts.write(
      'heir.mjs',
      `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(`${scripts.folder}/heirs`)}, process.pid + '\\n');
setTimeout(() => process.exit(), 20000);`,
    );
    const leave = `if (count === 1) (await import('node:child_process')).spawn('sh', ['-c', \`"\${process.execPath}" ${heir} &\`], { detached: true, stdio: ['ignore', 'ignore', 'ignore', server._server._handle.fd] });`;
    const leaving = server('leaving', 0, { onMessage: leave });
    const port = await freePort();
    const run = await runCli([
      'ab',
      '--aa',
      '--a',
      `${leaving} ${port}`,
      '--target',
      `ws://127.0.0.1:${port}/`,
      ...SHORT,
    ]);
    for (const pid of readFileSync(`${scripts.folder}/heirs`, 'utf8').trim().split('\n')) {
      if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
    }
    assert.equal(run.code, 102, run.stderr);
    assert.match(run.stderr, /build [AB] \(.*\) in round 1: .*already in use.*the turn before left its port busy/);
    assert.deepEqual(pids().filter(isAlive), []);
  });

  it('stops when told to, with what there is, and nothing left running', async () => {
    const interrupt = new AbortController();
    const port = await freePort();
    const builds = ['--aa', '--a', `${server('long', 0)} ${port}`, '--target', `ws://127.0.0.1:${port}/`];
    const before = pids().length;
    const running = runCli(['ab', ...builds, ...LOAD, '-d', '20s'], { signal: interrupt.signal });
    // The first turn of 20 s is under way once its server is.
    while (pids().length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    interrupt.abort();
    const run = await running;
    assert.equal(run.code, 105, run.stderr);
    assert.match(run.stderr, /stopped in the first turn/);
    assert.equal(run.folders, 0);
    await assertNothingLeft(port);
  });

  it('goes on with an interrupted comparison, with the rounds there are, in the same order', further, async () => {
    const port = await freePort();
    const builds = ['--a', `${server('one', 2)} ${port}`, '--b', `${server('two', 2)} ${port}`];
    const command = ['ab', ...builds, '--target', `ws://127.0.0.1:${port}/`, ...SHORT, '--rounds', '5'];
    const cwd = path.join(scripts.folder, 'resume');
    mkdirSync(cwd);
    /** `until`: stops it as soon as stdout has that. */
    const run = async (args: readonly string[], until?: RegExp) => {
      const stop = new AbortController();
      const text = { out: '', err: '' };
      const sink = (key: 'out' | 'err') => ({
        write: (part: string) => {
          text[key] += part;
          if (until?.test(text.out) === true) stop.abort();
        },
        ...{ isTTY: false, columns: 80 },
      });
      const io = { stdout: sink('out'), stderr: sink('err'), env: {}, cwd, signal: stop.signal };
      return { code: await main(args, io), ...text };
    };
    const saved = (folder: string) =>
      parseComparison(JSON.parse(readFileSync(path.join(cwd, folder, 'result.json'), 'utf8')));

    const first = await run(command, /^round +[2-9]/m);
    assert.equal(first.code, 105, first.err);
    const folder = path.join('results', readdirSync(path.join(cwd, 'results'))[0]!);
    const before = saved(folder);
    assert.equal(before.rounds!.stopped, 'interrupted');
    assert.match(first.out.replaceAll(/\s+/g, ' '), /go on: the same command with --resume and this folder/);

    const resume = ['--resume', folder];
    const other = (flag: string, value: string) => [...command, ...resume, flag, value];
    for (const [args, said] of [
      [other('--seed', '7'), /profile seed: is 7; the comparison began with 1/],
      [other('--margin', 'p50=3%'), /--margin: is \{"p50":0.03.*the comparison began with \{"p50":0.05/],
      [other('--set', 'drain=777ms'), /profile load\.0\.drainMs: is 777; the comparison began with \d+/],
      [[...command.slice(0, -1), '8', ...resume], /--rounds: is 8; the comparison began with 5.*give 5 again/s],
      [command.map((word) => word.replace('two.mjs', 'three.mjs')).concat(resume), /--b: is .*three\.mjs/],
      [['ab', ...resume], /--resume: the command that began it is needed again/],
      [[...command, '--resume', 'nowhere'], /nowhere.*there is no such file/s],
    ] as const) {
      const refused = await run(args);
      assert.equal(refused.code, 104, refused.err);
      assert.match(refused.err, said);
    }

    const whole = await run([...command, ...resume]);
    assert.match(whole.out, new RegExp(`${before.rounds!.valid} whole rounds? of results`));
    const after = saved(folder);
    assert.equal(whole.code, after.outcome.exitCode, whole.err);
    const kept = before.rounds!.valid;
    assert.deepEqual(after.a.runs.slice(0, kept), before.a.runs);
    assert.deepEqual(after.rounds!.orders.slice(0, kept), before.rounds!.orders);
    assert.ok(after.rounds!.valid > kept || after.rounds!.excluded.length >= 3, JSON.stringify(after.rounds));
    assert.equal(readdirSync(path.join(cwd, 'results')).length, 1);
    const again = await run([...command, ...resume]);
    assert.deepEqual([again.code, /is complete: there is nothing left to do/.test(again.err)], [104, true], again.err);
    await assertNothingLeft(port);
  });
});
