import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Machine, parseCoreList } from '../../bench/machine.js';
import { outcomeOf } from '../../bench/outcome.js';
import { caseText, headerText, wrapped } from '../../bench/report.js';
import type { CaseRun } from '../../bench/rounds.js';
import { caseWith, runOf } from './case-fixture.js';

const textOf = (run: CaseRun, changes: Parameters<typeof caseWith>[0] = {}) => {
  const one = caseWith(changes);
  return caseText(one, outcomeOf(one, run), { ...run, rounds: 3, seconds: 2 });
};

describe('the text of a case', () => {
  it('shows every contestant, the ratio with its range, and what became of the goal', () => {
    assert.equal(
      textOf(runOf({ a: [300, 310, 290], b: [200, 190, 210] })),
      [
        'sample: a case',
        '  3 rounds of 2 s, server uws',
        '  messages per second                   median   spread',
        '    a                                      300    6.7 %',
        '    b                                      200   10.0 %',
        '    a / b 1.50x (1.38x to 1.63x), reach >= 1.50x: met',
        '  CPU of a core: a 99 % (server 50 %), b 99 % (server 50 %)',
      ].join('\n'),
    );
  });

  it('prints no ratio that the server made', () => {
    const text = textOf(runOf({ a: [300], b: [200] }, { serverCores: 1, clientCores: 0.6 }));
    assert.match(text, /^ {4}a \/ b, reach >= 1\.50x: server-limited$/m);
  });

  it('prints a comparison without a goal', () => {
    const text = textOf(runOf({ a: [300], b: [200] }), {
      goals: [{ metric: 'speed', of: 'a', by: { kind: 'ratio', to: 'b' }, bound: null }],
    });
    assert.match(text, /^ {4}a \/ b 1\.50x \(1\.50x to 1\.50x\)$/m);
  });

  it('says when others used the machine, and only then', () => {
    const busy = (othersCores: number) => textOf(runOf({ a: [300], b: [200] }, { othersCores }));
    assert.match(busy(0.1), /BUSY: others used up to 10 % of a core/);
    assert.doesNotMatch(busy(0.09), /BUSY/);
  });

  it('says who failed, in the first words of the failure', () => {
    const text = textOf(runOf({ a: [300], b: [] }, {}, 'it fell over\nat a line'));
    assert.match(text, /^ {4}a \/ b, reach >= 1\.50x: not measured$/m);
    assert.match(text, /^ {2}b failed: it fell over$/m);
  });

  it('fits 80 columns', () => {
    const long = 'a contestant with a long name'.slice(0, 26);
    const run = runOf({ [long]: [1e9, 1], b: [2e9] }, { othersCores: 0.5 });
    const text = textOf(run, {
      title: 'a title of many words '.repeat(6).trim(),
      notes: ['a note of many words '.repeat(8).trim()],
      goals: [{ metric: 'speed', of: long, by: { kind: 'difference', to: 'b' }, bound: { most: -1e9 } }],
    });
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });
});

describe('the header', () => {
  const machine: Machine = {
    environment: {
      host: 'here',
      cpu: 'A Processor of Some Length with a Clock @ 2.20GHz',
      cores: 2,
      memoryBytes: 1e9,
      kernel: 'Linux 6.1.0-with-a-long-name x64',
      node: 'v20.20.2',
      limits: { openFiles: 1024, ephemeralPorts: 28_232 },
    },
    serverCore: 0,
    loadCore: 1,
    pinning: 'server on core 0, load on core 1',
    loadAverage: 0.125,
  };

  it('names machine, Node, date and pinning within 80 columns', () => {
    const text = headerText(machine, new Date('2026-01-02T03:04:05Z'));
    for (const word of ['2 cores', 'Linux 6.1.0', 'v20.20.2', '2026-01-02 03:04 UTC', '0.13', machine.pinning]) {
      assert.ok(text.replaceAll(/\s+/g, ' ').includes(word), word);
    }
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });
});

describe('wrapping', () => {
  it('breaks between words and sets the rest in', () => {
    const lines = wrapped('word '.repeat(20).trim(), '  ');
    assert.equal(lines.length, 2);
    assert.ok(lines[1]!.startsWith('    word'));
    assert.equal(lines.map((line) => line.trim()).join(' '), 'word '.repeat(20).trim());
  });
});

describe('the cores of this process', () => {
  it('are read from ranges and single numbers', () => {
    assert.deepEqual(parseCoreList('0-2,5'), [0, 1, 2, 5]);
    assert.deepEqual(parseCoreList('7'), [7]);
    assert.deepEqual(parseCoreList(''), []);
  });
});
