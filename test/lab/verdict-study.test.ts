import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFalseAlarm, isMiss, type JudgedRun } from './judged-run.js';
import { main } from './lab.js';
import { runStudy, type StudyCase, type StudyRun, studyCases, verdictFindings, verdictStudy } from './verdict-study.js';

/** A run with one printed quantile. */
function judged(word: JudgedRun['word'], bracket: readonly [number, number], truth: number): JudgedRun {
  return { word, quantiles: [{ name: 'p99', bracket, truth }], reasons: word === 'valid' ? [] : ['client_rate: why'] };
}

describe('the word on a run', () => {
  it('is a miss where VALID stands beside a bracket without the truth, or beside a figure far above it', () => {
    assert.equal(isMiss(judged('valid', [9, 11], 10)), false);
    assert.equal(isMiss(judged('valid', [9, 11], 12)), false, 'within 10 % of the truth');
    assert.equal(isMiss(judged('valid', [9, 11], 13)), true);
    assert.equal(isMiss(judged('valid', [12, 13], 10)), true);
    assert.equal(isMiss(judged('valid', [0.1, 0.2], 0.6)), false, 'within 0.5 ms');
    assert.equal(isMiss(judged('valid', [9, 16], 10)), true, 'over it by 60 % and 6 ms');
    assert.equal(isMiss(judged('degraded', [12, 13], 10)), false);
  });

  it('is a false alarm where every bracket is right and narrow, and the word is not VALID', () => {
    assert.equal(isFalseAlarm(judged('degraded', [9, 11], 10)), true);
    assert.equal(isFalseAlarm(judged('valid', [9, 11], 10)), false);
    assert.equal(isFalseAlarm(judged('degraded', [5, 11], 10)), false, 'wide');
    assert.equal(isFalseAlarm(judged('degraded', [12, 13], 10)), false, 'wrong');
  });
});

describe('the study of verdicts', () => {
  const play = (judge: (each: StudyCase) => JudgedRun) =>
    runStudy(
      { seed: 1, write: false },
      () => {},
      async (each): Promise<StudyRun> => ({ ...each, ...judge(each) }),
    );
  const failed = (runs: readonly StudyRun[]) =>
    verdictFindings(runs)
      .filter(({ within }) => !within)
      .map(({ what }) => what);

  it('has every server at every rate beside every number of neighbours, in an order of its seed', () => {
    const names = (seed: number) => studyCases(seed).map((each) => JSON.stringify(each));
    assert.equal(new Set(names(1)).size, 60);
    assert.deepEqual(names(1), names(1));
    assert.notDeepEqual(names(1), names(2));
    assert.deepEqual([...names(1)].sort(), [...names(2)].sort());
  });

  it('fails for one miss, and for more false alarms than one in twenty', async () => {
    assert.deepEqual(failed(await play(() => judged('valid', [9, 11], 10))), []);
    const isOne = ({ server, rate, neighbours }: StudyCase) => server === 'queue' && rate === 2000 && neighbours === 3;
    assert.deepEqual(failed(await play((each) => judged('valid', [9, 11], isOne(each) ? 20 : 10))), ['queue: misses']);
    const alarms = (most: number) => {
      let left = most;
      return play(() => judged(left-- > 0 ? 'degraded' : 'valid', [9, 11], 10));
    };
    assert.deepEqual(failed(await alarms(3)), []);
    assert.deepEqual(failed(await alarms(4)), ['false alarms']);
  });

  it('fails where more than one bracket in fifty lies beside the truth, whatever the word', async () => {
    const wrong = (most: number) => {
      let left = most;
      return play(() => judged('degraded', [9, 12], left-- > 0 ? 20 : 10));
    };
    assert.deepEqual(failed(await wrong(1)), []);
    assert.deepEqual(failed(await wrong(2)), ['brackets beside the truth, whatever the word']);
  });

  it('says how many were VALID beside how many neighbours', async () => {
    const runs = await play(({ neighbours }) => judged(neighbours < 3 ? 'valid' : 'degraded', [9, 20], 10));
    assert.match(verdictStudy(runs).truth, /2: 15 VALID, 0 DEGRADED, 0 INVALID; 3: 0 VALID, 15 DEGRADED, 0 INVALID/);
  });

  it('is refused with a flag that it does not know', async () => {
    let text = '';
    const code = await main(['verdict', '--sed', '2'], (part) => {
      text += part;
    });
    assert.equal(code, 1);
    assert.match(text, /npm run lab -- verdict/);
  });
});
