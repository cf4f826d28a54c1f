import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import { finalDocument, standing } from '../../src/app/ab-document.js';
import { comparisonModel } from '../../src/report/comparison/model.js';
import { comparisonText } from '../../src/report/comparison/terminal.js';
import { SECRET, stateOf } from '../cli/ab-fixture.js';

describe('the end of wsurge ab', () => {
  it('is judged at the last look that was reached, whatever came after it', () => {
    const at = (rounds: number) => finalDocument(stateOf(rounds));
    assert.deepEqual([at(5).rounds!.valid, at(7).rounds!.valid, at(20).rounds!.valid], [5, 5, 20]);
    assert.equal(at(5).outcome.exitCode, 0);
    assert.ok(at(5).cells[0]!.metrics.every(({ word }) => word !== null));
  });

  it('gives no word before the first look: 98', () => {
    const { outcome, cells, warnings } = finalDocument(stateOf(4));
    assert.deepEqual([outcome.word, outcome.exitCode], ['INVALID', 98]);
    assert.ok(cells[0]!.metrics.every(({ word }) => word === null));
    assert.match(warnings.join('\n'), /4 valid rounds, but the first look is at 5/);
  });

  it('shows all rounds and no words in between', () => {
    const document = standing(stateOf(7));
    assert.equal(document.rounds!.valid, 7);
    assert.ok(document.cells[0]!.metrics.every(({ word }) => word === null));
  });

  it('is not done where an agent did not stay, and says so: 98, whatever a look had found', () => {
    const left = 'agent two is gone: nothing heard for 12 s';
    for (const [rounds, word] of [
      [2, 'INVALID'],
      [6, 'PASSED'],
    ] as const) {
      const document = finalDocument({ ...stateOf(rounds), left });
      assert.deepEqual([document.outcome.word, document.outcome.exitCode, document.outcome.passed], [word, 98, false]);
      assert.equal(document.rounds!.stopped, 'agent_gone');
      assert.match(document.warnings.join('\n'), /^The comparison ended after \d rounds: agent two is gone: .*\.$/m);
      const text = comparisonText(document, { colors: picocolors.createColors(false), columns: 200, wide: false });
      assert.match(text, /rounds +\d of 20 +ended when an agent did not stay/);
      assert.match(text, /try next +go on: the same command with --resume and this folder/);
    }
    const stopped = finalDocument({ ...stateOf(2), left, isInterrupted: true });
    assert.deepEqual([stopped.outcome.exitCode, stopped.rounds!.stopped], [105, 'interrupted'], 'by hand comes first');
  });

  it('fails where B misses what A holds, and names it; not where both do', () => {
    const missed = { failures: ['ws_response_time p(95)<50 does not hold'] };
    const onlyB = finalDocument(stateOf(5, ({ turn }) => (turn.side === 'b' ? missed : {})));
    assert.deepEqual([onlyB.outcome.word, onlyB.outcome.exitCode], ['REGRESSED', 99]);
    assert.deepEqual(onlyB.outcome.regressions, [{ what: missed.failures[0], cell: '5 of 5 turns' }]);
    assert.equal(finalDocument(stateOf(5, () => missed)).outcome.exitCode, 0);
    assert.equal(
      finalDocument(stateOf(5, ({ turn }) => (turn.side === 'b' && turn.round < 3 ? missed : {}))).outcome.exitCode,
      0,
    );
  });

  it('says nothing of B where A had no turn', () => {
    const all = stateOf(1, ({ turn }) => (turn.side === 'b' ? { failures: ['1 message lost'] } : {}), true);
    const { outcome } = finalDocument({ ...all, turns: all.turns.filter(({ turn }) => turn.side === 'b') });
    assert.deepEqual([outcome.word, outcome.exitCode, outcome.regressions], ['INVALID', 105, []]);
    assert.deepEqual(finalDocument(all).outcome.regressions, [{ what: '1 message lost', cell: '1 of 1 turn' }]);
  });

  it('fails where a server died, and says nothing of B where it was A', () => {
    const dead = (side: string) =>
      finalDocument(
        stateOf(2, ({ turn }) =>
          turn.round === 2 && turn.side === side ? { ended: { how: 'died', text: 'exited with code 7' } } : {},
        ),
      ).outcome;
    assert.deepEqual([dead('a').word, dead('a').exitCode], ['INVALID', 99]);
    assert.deepEqual([dead('b').word, dead('b').exitCode], ['REGRESSED', 99]);
    assert.deepEqual(dead('b').regressions, [{ what: 'it died under load', cell: 'round 2' }]);
  });

  it('tells a build that died from one that was gone, and from turns that were not measured', () => {
    const ended = { how: 'gone', text: 'took no more connections' } as const;
    const gone = finalDocument(stateOf(1, ({ turn }) => (turn.side === 'a' ? { ended } : {})));
    assert.deepEqual(gone.outcome.ended, { side: 'a', round: 1, how: 'gone' });
    assert.match(comparisonModel(gone).verdict.at(-1)!.text, /^A took no more connections, so there is nothing/);
    // B's end is a result, also where its turn could not be measured; A has nothing to do with it.
    const died = { how: 'died', text: 'exited with code 7' } as const;
    const b = finalDocument(
      stateOf(1, ({ turn }) => (turn.side === 'b' ? { ended: died, invalid: 'client_rate: x' } : {})),
    );
    assert.deepEqual([b.outcome.word, b.outcome.exitCode], ['REGRESSED', 99]);
    const unmeasured = finalDocument(
      stateOf(3, ({ turn }) => (turn.side === 'a' ? { invalid: 'client_rate: x' } : {})),
    );
    assert.deepEqual([unmeasured.outcome.exitCode, unmeasured.outcome.ended], [98, null]);
    assert.ok(!/died/.test(comparisonModel(unmeasured).verdict.at(-1)!.text));
  });

  it('says what was odd: killed servers, repeated turns, an interruption', () => {
    const odd = finalDocument(
      stateOf(
        5,
        ({ turn }) => (turn.side === 'a' ? { wasKilled: true } : turn.round === 5 ? { invalid: 'cpu_starved: x' } : {}),
        true,
      ),
    );
    assert.equal(odd.outcome.exitCode, 105);
    const said = odd.warnings.join('\n');
    assert.match(said, /Build A did not end on SIGTERM and was killed 5 s later, in 5 turns/);
    assert.match(said, /1 turn was disturbed on this machine and not used, first in round 5: cpu_starved: x/);
    assert.match(said, /Interrupted after 4 rounds/);
  });

  it('strikes secrets and control characters from what a server printed, and fits 80 columns', () => {
    const document = finalDocument(
      stateOf(1, ({ turn }) =>
        turn.side === 'b' ? { ended: { how: 'died', text: `exited; \u001b[31m${SECRET}` } } : {},
      ),
    );
    const text = comparisonText(document, { colors: picocolors.createColors(false), columns: 80, wide: false });
    assert.ok(!JSON.stringify(document).includes(SECRET));
    assert.ok(!text.includes('\u001b'));
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });
});
