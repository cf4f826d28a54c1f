import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accuracyPage } from './accuracy-page.js';
import { experiments } from './catalogue.js';
import { type Experiment, exactly, finding } from './experiment.js';
import { main } from './lab.js';
import { terminalTable } from './table.js';

const experiment: Experiment = { id: 'L0', title: 'A title', truth: 'What is true.', run: async () => [] };
const SETTING = {
  version: '1.2.3',
  date: '2026-01-02',
  cpu: 'a processor',
  cores: 2,
  kernel: '6.1',
  node: '20.19.0',
  load: 0.5,
};

describe('a finding', () => {
  it('is within its tolerance up to and including both ends, and never where nothing was reported', () => {
    const at = (reported: number | null) => finding('p50', 'ms', 10, reported, { below: 0.1, above: 2 }).within;
    assert.deepEqual([9.89, 9.9, 10, 12, 12.01, null].map(at), [false, true, true, true, false, false]);
    assert.deepEqual([exactly('sent', '', 5, 5).within, exactly('sent', '', 5, 6).within], [true, false]);
  });
});

describe('the tables of the lab', () => {
  const findings = [
    finding('response p99.9', 'ms', 99, 101.5, { below: 0.1, above: 12.8 }),
    exactly('a name that is much longer than what would ever fit beside its numbers', 'messages', 20_000, 19_999),
    finding('of nothing', '', 1, null, { below: 1, above: 1 }, 'why it may be so'),
  ];

  it('fit 80 columns, and say which figure is out of bounds and what is known of it', () => {
    const table = terminalTable(experiment, findings, 1234);
    for (const line of table.split('\n')) assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
    assert.match(table, /response p99\.9, ms +99 +101\.5 +\+2\.5 +-0\.1 to \+12\.8 {2}ok/);
    assert.match(table, / 20000 +19999 +-1 +none {2}FAIL/);
    assert.match(table, / 1 +n\/a +n\/a +-1 to \+1 {2}FAIL\nwhy it may be so\nFAIL {2}L0, 1\.2 s/);
  });

  it('pass only as a whole', () => {
    assert.match(terminalTable(experiment, findings.slice(0, 1), 0), /^PASS {2}L0/m);
  });

  it('become a page that names machine, date and every figure', () => {
    const page = accuracyPage([{ experiment, findings }], SETTING);
    assert.match(page, /wsurge 1\.2\.3, 2026-01-02: a processor, 2 cores, Linux 6\.1, Node 20\.19\.0/);
    assert.match(page, /## L0: A title\n\nWhat is true\.\n\n\| measure \|/);
    assert.match(page, /\| response p99\.9, ms \| 99 \| 101\.5 \| \+2\.5 \| -0\.1 to \+12\.8 \|/);
  });
});

describe('npm run lab', () => {
  const run = async (...args: string[]) => {
    let text = '';
    const code = await main(args, (part) => {
      text += part;
    });
    return { code, text };
  };

  it('lists what is measured apart by the word of its group', async () => {
    assert.match((await run('--list', 'daily')).text, /^D1 .*\nD2 .*\n$/);
    assert.match((await run('--list', 'capacity', 'L4')).text, /^L4 .*\nC1 .*\n.*\n.*\nC4 .*\n$/);
  });

  it('lists every experiment', async () => {
    const { code, text } = await run('--list');
    assert.equal(code, 0);
    const ids = [...Array.from({ length: 12 }, (_, i) => `L${i + 1}`), 'L14', 'L15'];
    assert.deepEqual([...new Set(experiments.map(({ id }) => id))].sort(), ids.sort());
    for (const id of ids) assert.match(text, new RegExp(`^${id} `, 'm'));
  });

  for (const args of [['L13'], ['--repeat', '0'], ['--runs', 'x'], ['--write', 'L2'], ['--nonsense']]) {
    it(`refuses ${args.join(' ')} and says how it is used`, async () => {
      const { code, text } = await run(...args);
      assert.equal(code, 1);
      assert.match(text, /^npm run lab/);
    });
  }
});
