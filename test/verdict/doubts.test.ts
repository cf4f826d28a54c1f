import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Complaint, doubtsOf, rangeText } from '../../src/verdict/doubts.js';
import { worstFinding } from '../../src/verdict/findings.js';
import { FREE_A_CORE, moreWorkers, type Setting } from '../../src/verdict/fixes.js';
import { healthyCell } from './cell-fixture.js';

const CELLS = [
  ...[1, 10, 50].map((count) => ({ id: `concurrency/c${count}-r1000`, load: 'concurrency' })),
  ...[100, 500].map((rate) => ({ id: `throughput/c100-r${rate}`, load: 'throughput' })),
  { id: 'soak/c5', load: 'soak' },
];
const HERE: Setting = { workers: 1, cores: 8, target: 'embedded' };

function complaint(cell: string | null, some: Partial<Complaint> = {}): Complaint {
  const code = some.code ?? 'client_lag';
  return {
    code,
    key: code,
    side: 'client',
    severity: 'degraded',
    cell,
    message: `worker 0: late`,
    fix: 'wait',
    ...some,
  };
}

describe('a range of cells in words', () => {
  it('names loads and counts, a single cell by its name, all cells as all', () => {
    const ids = CELLS.map(({ id }) => id);
    assert.equal(rangeText(ids, CELLS), 'all 6 cells');
    assert.equal(rangeText([...ids.slice(0, 3), ids[3]!], CELLS), 'all 3 cells of concurrency, 1 of throughput');
    assert.equal(rangeText([ids[0]!, ids[3]!, ids[5]!], CELLS), '1 cell of concurrency, 1 of throughput, soak/c5');
    assert.equal(rangeText([ids[1]!], CELLS), 'c10-r1000');
    assert.equal(rangeText(ids.slice(0, 2), CELLS.slice(0, 3)), '2 of 3 cells');
    const twice = [...CELLS, { id: 'other/c10-r1000', load: 'other' }];
    assert.equal(rangeText([ids[1]!], twice), 'concurrency/c10-r1000', 'two loads have a cell of this name');
  });
});

describe('reasons of one code', () => {
  it('are one doubt: range, worst figure, one fix', () => {
    const [doubt, ...others] = doubtsOf(
      [
        complaint(CELLS[0]!.id, { measure: 1, message: 'worker 0: 2 ms' }),
        complaint(CELLS[2]!.id, { measure: 3, message: 'worker 0: 6 ms', fix: 'the fix of the worst' }),
        complaint(CELLS[1]!.id, { measure: 2, message: 'worker 0: 4 ms' }),
      ],
      CELLS,
      HERE,
    );
    assert.equal(others.length, 0);
    assert.equal(doubt!.where, 'all 3 cells of concurrency');
    assert.equal(doubt!.message, 'worst c50-r1000: 6 ms');
    assert.equal(doubt!.fix, 'the fix of the worst');
  });

  it('have the severity of the worst, which comes before a larger measure', () => {
    const [doubt] = doubtsOf(
      [
        complaint(CELLS[0]!.id, { measure: 9, message: 'large' }),
        complaint(CELLS[1]!.id, { measure: 1, severity: 'invalid', message: 'invalid' }),
      ],
      CELLS,
      HERE,
    );
    assert.equal(doubt!.severity, 'invalid');
    assert.equal(doubt!.message, 'worst c10-r1000: invalid');
  });

  it('stand worst first, then by the number of cells', () => {
    const doubts = doubtsOf(
      [
        complaint(null, { code: 'note', severity: 'note' }),
        complaint(CELLS[0]!.id, { code: 'one' }),
        ...CELLS.slice(0, 2).map(({ id }) => complaint(id, { code: 'two' })),
        complaint(CELLS[0]!.id, { code: 'gate', severity: 'failed' }),
      ],
      CELLS,
      HERE,
    );
    assert.deepEqual(
      doubts.map(({ code, where }) => [code, where]),
      [
        ['gate', 'c1-r1000'],
        ['two', '2 cells of concurrency'],
        ['one', 'c1-r1000'],
        ['note', 'run'],
      ],
    );
  });

  it('tell of the target before they tell what slowed the generator, which was good enough', () => {
    const notes = [
      ...CELLS.slice(0, 2).map(({ id }) => complaint(id, { code: 'cpu_starved', severity: 'note', side: 'client' })),
      complaint(CELLS[0]!.id, { code: 'target_undelivered', severity: 'note', side: 'target' }),
      complaint(CELLS[0]!.id, { code: 'client_lag', severity: 'degraded', side: 'client' }),
    ];
    assert.deepEqual(
      doubtsOf(notes, CELLS, HERE).map(({ code }) => code),
      ['client_lag', 'target_undelivered', 'cpu_starved'],
    );
  });

  it('keep the number of a worker where there are several', () => {
    const [alone] = doubtsOf([complaint(CELLS[0]!.id)], CELLS, HERE);
    const [beside] = doubtsOf([complaint(CELLS[0]!.id)], CELLS, { ...HERE, workers: 2 });
    assert.deepEqual([alone!.message, beside!.message], ['late', 'worker 0: late']);
  });
});

describe('fixes', () => {
  const fixOf = (fix: string, setting: Partial<Setting>, beside: string[] = []) =>
    doubtsOf(
      [fix, ...beside].map((each, i) => complaint(CELLS[0]!.id, { code: `code${i}`, fix: each })),
      CELLS,
      { ...HERE, ...setting },
    )[0]!.fix!;

  it('advise only what can be done here', () => {
    assert.equal(fixOf(FREE_A_CORE, {}), 'stop other work on this machine, or lower the load: -R, -c');
    assert.match(fixOf(FREE_A_CORE, { workers: 3 }), /use fewer workers: -w 2,/);
    assert.doesNotMatch(fixOf(FREE_A_CORE, { workers: 3 }), /elsewhere/);
    assert.match(fixOf(FREE_A_CORE, { target: 'local' }), /run the target elsewhere/);
    assert.doesNotMatch(fixOf(FREE_A_CORE, { target: 'remote' }), /elsewhere/, 'it runs elsewhere already');
  });

  it('never ask for more workers and for fewer at once, nor for more than there are cores', () => {
    const more = moreWorkers(healthyCell());
    assert.equal(fixOf(more, {}), more);
    assert.equal(fixOf(more, {}, [FREE_A_CORE]), fixOf(FREE_A_CORE, {}));
    assert.equal(fixOf(`${more}; or lower the rate: -R`, { workers: 2, cores: 2 }), fixOf(FREE_A_CORE, { workers: 2 }));
  });
});

it('a worker is found guilty with its measure, by which the worst cell is chosen', () => {
  const { workers } = healthyCell().client;
  const found = worstFinding(workers, () => ({
    severity: 'degraded',
    excess: 0,
    measure: 7,
    message: 'late',
    fix: 'wait',
  }));
  assert.equal(found!.measure, 7);
});
