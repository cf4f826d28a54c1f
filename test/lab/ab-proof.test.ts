import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { projectRoot } from '../report/golden.js';
import { noiseFrom, noiseText } from './ab-noise.js';
import { abFindings, abProof, readAbOptions, recordIn, runAbProof, trialLine } from './ab-proof.js';
import type { Kind, Trial } from './ab-trial.js';
import { accuracyPage, sectionIn, withOutcome } from './accuracy-page.js';

const folder = mkdtempSync(join(tmpdir(), 'wsurge-ab-proof-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const RATIO: Readonly<Record<Kind, number>> = { 'slower by 10 %': 1.098, 'slower by 2 %': 1.02, 'the same': 1 };

function trialOf(trial: number, kind: Kind, word?: Trial['word']): Trial {
  const ratio = RATIO[kind];
  return {
    ...{ trial, kind, exitCode: 0, ratio, interval: [ratio - 0.01, ratio + 0.01], tookMs: 27_000 },
    word: word ?? (kind === 'slower by 10 %' ? 'REGRESSED' : 'EQUIVALENT'),
    rounds: [{ order: 'ab', aUs: 10_200, bUs: 10_200 * ratio }],
  };
}

const run = async (trial: number, kind: Kind) => trialOf(trial, kind);
const limited = (trials: number) => ({ trials, restart: false, write: false, noise: false });

describe('the proof of wsurge ab', () => {
  it('goes on where it was stopped, also in the middle of a line', async () => {
    const file = join(folder, 'deep', 'trials.ndjson');
    const said: string[] = [];
    const record = recordIn(file);
    assert.equal(await runAbProof(limited(4), record, (text) => said.push(text), run), null);
    appendFileSync(file, '{"trial":5,');
    assert.deepEqual(
      record.read().map(({ trial, kind }) => `${trial} ${kind}`),
      ['1 slower by 10 %', '2 slower by 2 %', '3 the same', '4 slower by 10 %'],
    );
    const trials = await runAbProof(limited(60), record, (text) => said.push(text), run);
    assert.equal(trials?.length, 60);
    assert.match(
      said.join(''),
      /^ 1\/60 {2}slower by 10 % {2}REGRESSED {5}\+9\.8 % \(\+8\.8 % to \+10\.8 %\) {2}1 rounds, 27\.0 s, exit 0$/m,
    );
    assert.match(said.join(''), /4 of 60 trials are done already/);
    assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, 60);
    record.clear();
    assert.deepEqual(record.read(), []);
  });

  const whole = (change: (trial: Trial) => Trial['word']) =>
    Array.from({ length: 60 }, (_, i) => {
      const kind = (['slower by 10 %', 'slower by 2 %', 'the same'] as const)[i % 3]!;
      const trial = trialOf(i + 1, kind);
      return { ...trial, word: change(trial) };
    });
  const missed = (trials: Trial[]) =>
    abFindings(trials)
      .filter(({ within }) => !within)
      .map(({ what }) => what);

  it('holds with 18 of 20 found, one false verdict, and no 2 % called a regression; and not with less', () => {
    const found = (least: number) =>
      whole(({ trial, kind, word }) => (kind === 'slower by 10 %' && trial > 3 * least ? 'INCONCLUSIVE' : word));
    assert.deepEqual(missed(found(18)), []);
    assert.deepEqual(missed(found(17)), ['B slower by 10 %: REGRESSED']);
    const wrong = (most: number) =>
      whole(({ trial, kind, word }) => (kind === 'the same' && trial <= 3 * most ? 'IMPROVED' : word));
    assert.deepEqual(missed(wrong(1)), []);
    assert.deepEqual(missed(wrong(2)), ['A against A: false verdicts']);
    assert.deepEqual(missed(whole(({ trial, word }) => (trial === 2 ? 'REGRESSED' : word))), [
      'B slower by 2 %: REGRESSED',
    ]);
  });

  it('says so of a trial without a value', () => {
    assert.match(
      trialLine({ ...trialOf(7, 'the same'), ratio: null, interval: null, word: null }, 60),
      / none +no value /,
    );
  });

  it('has a part of its own in the page, which a later one replaces', () => {
    const setting = { version: '1', date: '2026-01-02', cpu: 'c', cores: 2, kernel: 'k', node: '20', load: 0.5 };
    const other = { experiment: { id: 'L0', title: 'Other', truth: 'True.' }, findings: [] };
    const outcome = { experiment: abProof, findings: abFindings(whole(({ word }) => word)) };
    const once = withOutcome(accuracyPage([other], setting), outcome, setting);
    assert.match(once, /## L0: Other.*## AB: Two builds in turns.*Measured 2026-01-02 with wsurge 1/s);
    const twice = withOutcome(once, outcome, { ...setting, date: '2026-02-03' });
    assert.equal(twice, once.replaceAll(/Measured 2026-01-02/g, 'Measured 2026-02-03'));
    assert.equal(sectionIn('# nothing', 'AB'), null);
  });

  it('gives the turns of A against A, in the order they ran, in lines that the formatter leaves alone', () => {
    const trials = [trialOf(2, 'slower by 2 %'), trialOf(3, 'the same'), trialOf(6, 'the same')].map((trial, i) => ({
      ...trial,
      rounds: [
        { order: 'ab', aUs: 100 * i, bUs: 100 * i + 1 },
        { order: 'ba', aUs: 100 * i + 3, bUs: 100 * i + 2 },
      ],
    }));
    const setting = { version: '1', date: '2026-01-02', cpu: 'c', cores: 2, kernel: 'k', node: '20', load: 0.5 };
    const noise = noiseFrom(trials, setting);
    assert.deepEqual(noise.turnsUs, [100, 101, 102, 103, 200, 201, 202, 203]);
    assert.match(noise.how, /2 trials of A against A .* of 2026-01-02: cells of 2 s, .* \(c, 2 cores, k, Node 20\)/);
    assert.deepEqual(JSON.parse(noiseText(noise)), noise);
    const committed = readFileSync(join(projectRoot(), 'test/lab/ab-noise.json'), 'utf8');
    assert.equal(noiseText(JSON.parse(committed)), committed);
  });

  it('knows its options', () => {
    assert.deepEqual(readAbOptions(['--trials', '6', '--write']), {
      trials: 6,
      restart: false,
      write: true,
      noise: false,
    });
    for (const args of [['--trials', 'x'], ['L4'], ['--nonsense']]) assert.equal(readAbOptions(args), null);
  });
});
