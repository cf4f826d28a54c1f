import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passed, type Scenario } from '../../src/check/check.js';
import { selectChecks } from '../../src/check/selection.js';
import type { WsurgeError } from '../../src/errors.js';

const scenario = (number: Scenario['number'], name: string, ids: readonly string[]): Scenario => ({
  ...{ number, name, title: name },
  checks: ids.map((id) => ({ id, title: id, run: () => Promise.resolve(passed({})) })),
});
const ALL = [scenario(1, 'connect', ['1.1', '1.10']), scenario('security', 'security', ['S.1'])];

const idsOf = (only: string[], skip: string[] = []) => {
  const { scenarios, skip: left } = selectChecks(ALL, only, skip);
  return [scenarios.flatMap(({ checks }) => checks.map(({ id }) => id)), [...left]];
};

describe('the selection of checks', () => {
  it('takes numbers, names and ids', () => {
    assert.deepEqual(idsOf([]), [['1.1', '1.10', 'S.1'], []]);
    assert.deepEqual(idsOf(['1']), [['1.1', '1.10'], []]);
    assert.deepEqual(idsOf(['security', '1.1']), [['1.1', 'S.1'], []]);
    assert.deepEqual(idsOf([], ['connect']), [
      ['1.1', '1.10', 'S.1'],
      ['1.1', '1.10'],
    ]);
  });

  it('names the valid ones for a word that is none', () => {
    const next = (only: string[]) => {
      try {
        selectChecks(ALL, only, []);
        return '';
      } catch (error) {
        return (error as WsurgeError).next;
      }
    };
    assert.equal(next(['9']), 'one of 1 (connect), security');
    assert.equal(next(['1.3']), 'one of 1.1, 1.10');
  });

  it('refuses to check nothing', () => {
    assert.throws(() => selectChecks(ALL, ['1'], ['1']), /leaves nothing/);
  });
});
