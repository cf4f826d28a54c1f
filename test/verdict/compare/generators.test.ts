import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GeneratorEnvironment } from '../../../src/metrics/environment.js';
import { differencesBetween, environmentFingerprint } from '../../../src/verdict/compare/comparable.js';
import type { ComparedRun } from '../../../src/verdict/compare/compared-run.js';

const LIMITS = { openFiles: null, ephemeralPorts: null };

function generator(changes: Partial<GeneratorEnvironment> = {}): GeneratorEnvironment {
  const machine = { host: 'a', cpu: 'Xeon', cores: 4, memoryBytes: 8e9, kernel: '6.1', node: 'v20', limits: LIMITS };
  return { ...machine, ...changes };
}

function runOn(...generators: GeneratorEnvironment[]): ComparedRun {
  return { environment: { generators }, tool: { version: '1.0.0' }, cells: [], profile: {} } as never;
}

const any = fc.record({
  cpu: fc.constantFrom('Xeon', 'EPYC'),
  cores: fc.constantFrom(2, 4, 16),
  kernel: fc.constantFrom('5.15', '6.1'),
  node: fc.constantFrom('v20', 'v24'),
  host: fc.string(),
});
const fleet = fc
  .array(any, { minLength: 1, maxLength: 6 })
  .map((all) => all.map((each) => generator({ ...each, agent: 'x' })));

describe('the machines of two runs', () => {
  it('are the same environment in any order, and under any names', () => {
    const shuffled = fleet.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([a, b]) => {
        const renamed = b.map((each, i) => ({ ...each, host: `h${i}`, agent: `a${i}` }));
        assert.deepEqual(differencesBetween(runOn(...a), runOn(...renamed)), []);
        assert.equal(environmentFingerprint(runOn(...a)), environmentFingerprint(runOn(...renamed)));
      }),
    );
  });

  it('are another one if any machine differs in a fact, or there is one more', () => {
    fc.assert(
      fc.property(fleet, any, (all, other) => {
        const [first, ...rest] = all;
        const changed = generator({ ...other, agent: 'x' });
        const isSame = (['cpu', 'cores', 'kernel', 'node'] as const).every((fact) => first![fact] === changed[fact]);
        fc.pre(!isSame);
        assert.notDeepEqual(differencesBetween(runOn(...all), runOn(changed, ...rest)), []);
        assert.notDeepEqual(differencesBetween(runOn(...all), runOn(...all, changed)), []);
      }),
    );
  });

  it('are told with their number', () => {
    const a = runOn(
      generator({ agent: 'x', cpu: 'Xeon' }),
      generator({ agent: 'y', cpu: 'EPYC' }),
      generator({ agent: 'z' }),
    );
    const b = runOn(generator({ agent: 'x' }), generator({ agent: 'y' }), generator({ agent: 'z' }));
    assert.deepEqual(differencesBetween(a, b), [
      { kind: 'environment', cell: null, what: 'CPU', a: 'EPYC + 2 x Xeon', b: '3 x Xeon' },
    ]);
  });

  it('do not include a machine that only coordinates agents', () => {
    const agent = generator({ agent: 'x' });
    assert.deepEqual(differencesBetween(runOn(generator({ cpu: 'M3' }), agent), runOn(generator(), agent)), []);
    assert.equal(differencesBetween(runOn(generator({ cpu: 'M3' })), runOn(generator())).length, 1);
  });

  it('are written as before where there is one', () => {
    const text = 'CPU Xeon, cores 4, kernel 6.1, Node v20, wsurge version 1.0.0';
    assert.equal(environmentFingerprint(runOn(generator())), text);
  });
});
