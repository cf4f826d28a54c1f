import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertExit, type CliRun, runCli } from './run-cli.js';
import { descendantsOf } from './spawn-cli.js';
import { type TruthServer, truthServer } from './truth-server.js';

const DELAY_US = 20_000;

describe('--null-twin', () => {
  let server: TruthServer;
  let run: CliRun;
  const profile = (load: object[]) => ({
    'p.json': JSON.stringify({ name: 'twin', target: { url: server.url }, load, warmup: '100ms', duration: '500ms' }),
  });
  const template = '{"type":"message","content":"hi","n":{{sequence}}}';
  const loads = [
    { name: 'usual', connections: 4, rate: 400, arrival: 'poisson' },
    { name: 'own', connections: 2, rate: 100, message: { template }, reply: { match: 'order' } },
  ];

  before(async () => {
    server = await truthServer({ faults: `delay:${DELAY_US / 1000}ms` });
    run = await runCli(['run', 'p.json', '--null-twin', '--no-progress'], { files: profile(loads) });
  });
  after(() => server.stop());

  it('runs the same load against an echo that does nothing, message for message', () => {
    assertExit(run, 0);
    const [usual, own] = run.result!.cells;
    for (const cell of [usual!, own!]) {
      const { nullTwin } = cell;
      // On a busy machine it may rightly be no floor, and then says so.
      if (nullTwin?.status !== 'measured') {
        assert.ok(nullTwin?.status === 'invalid' && nullTwin.reason !== '');
        continue;
      }
      assert.equal(nullTwin.latencyUs.response!.count, cell.flows[0]!.messages.planned, 'every message came back');
      assert.ok(cell.flows[0]!.latencyUs.service!.p50! >= DELAY_US);
    }
  });

  it('shows the floor below each row, once, and in Markdown', () => {
    const measured = run.result!.cells.filter(({ nullTwin }) => nullTwin?.status === 'measured').length;
    const shown = run.stdout.match(/^ ?floor +\d/gm)?.length ?? 0;
    assert.equal(shown, measured, run.stdout);
    // Markdown has the table twice: as it is read, and folded with every column.
    assert.equal(run.files['report.md']!.match(/^\| floor \|/gm)?.length ?? 0, 2 * shown);
  });

  it('tells the target nothing of it, and leaves no process behind', async () => {
    const messages = run.result!.cells.reduce((sum, { flows }) => {
      const { messages, warmup } = flows[0]!;
      return sum + messages.sent + warmup.sent;
    }, 0);
    assert.equal(await server.received(), messages + 1, 'and the canary');
    const intervals = run.files['intervals.ndjson']!;
    assert.doesNotMatch(intervals, /null twin/);
    assert.match(run.stdout, /time +about \S+.*of it for the null twin of each cell/);
    // The server of this test is one; what it has started itself is none.
    assert.equal(descendantsOf(process.pid).length, 1);
  });

  it('is refused where no cell has one, with the reason, and nothing is sent', async () => {
    const before = await server.received();
    const refused = await runCli(['run', 'p.json', '--null-twin'], {
      files: profile([{ name: 'loop', connections: 2, model: 'closed' }]),
    });
    assert.equal(refused.code, 104);
    assert.match(refused.stderr, /loop\/c2-closed: replies set the pace of a closed loop/);
    assert.equal(refused.folders, 0);
    assert.equal(await server.received(), before);
  });

  it('says beforehand what it costs', async () => {
    const dry = await runCli(['run', 'p.json', '--null-twin', '--dry-run', '--json'], { files: profile(loads) });
    const { totalMs, twinMs } = JSON.parse(dry.stdout) as { totalMs: number; twinMs: number };
    assert.ok(twinMs > 1000 && twinMs < totalMs, `${twinMs} of ${totalMs}`);
  });
});
