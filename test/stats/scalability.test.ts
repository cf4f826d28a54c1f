import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { criticalT, linearModel } from '../../src/stats/linear-model.js';
import { Rng } from '../../src/stats/rng.js';
import { fitScalability, scalabilityCurve } from '../../src/stats/scalability.js';

const USERS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const SIGMA = 0.03;
const KAPPA = 0.0005;
const PEAK = Math.sqrt((1 - SIGMA) / KAPPA);

function throughput(n: number, sigma: number, kappa: number): number {
  return (1000 * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/** Normal deviates by Box and Muller. */
function noisy(seed: number, share: number, sigma = SIGMA, kappa = KAPPA): [number, number][] {
  const rng = new Rng(seed);
  return USERS.map((n) => {
    const normal = Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
    return [n, throughput(n, sigma, kappa) * (1 + share * normal)];
  });
}

describe('the scalability law', () => {
  it('is found exactly where there is no noise', () => {
    const fit = fitScalability(noisy(1, 0))!;
    assert.ok(Math.abs(fit.lambda.value - 1000) < 1e-6);
    assert.ok(Math.abs(fit.sigma.value - SIGMA) < 1e-9);
    assert.ok(Math.abs(fit.kappa.value - KAPPA) < 1e-12);
    assert.ok(Math.abs(fit.peakAt!.value - PEAK) < 1e-6);
    assert.ok(Math.abs(fit.peakThroughput! - throughput(PEAK, SIGMA, KAPPA)) < 1e-3);
  });

  it('is drawn with a band that holds the true throughput about as often as it says', () => {
    const at = [3, 20, 60, 120];
    const exact = scalabilityCurve(noisy(1, 0), at);
    for (const { n, throughput: fitted } of exact) assert.ok(Math.abs(fitted / throughput(n, SIGMA, KAPPA) - 1) < 1e-9);
    let held = 0;
    for (let seed = 1; seed <= 100; seed++) {
      for (const { n, low, high } of scalabilityCurve(noisy(seed, 0.02), at)) {
        const truth = throughput(n, SIGMA, KAPPA);
        if (low <= truth && (high === null || truth <= high)) held++;
      }
    }
    assert.ok(held > 350 && held < 396, `${held} of 400`);
    assert.deepEqual(scalabilityCurve(noisy(1, 0).slice(0, 4), at), []);
  });

  it('has its peak within 10 % in 95 of 100 seeds with 2 % noise, and its interval covers it', () => {
    let near = 0;
    let covered = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { peakAt } = fitScalability(noisy(seed, 0.02))!;
      if (peakAt === null) continue;
      if (Math.abs(peakAt.value / PEAK - 1) <= 0.1) near++;
      if (peakAt.ci[0] <= PEAK && PEAK <= peakAt.ci[1]) covered++;
    }
    assert.ok(near >= 95, `${near} of 100 within 10 %`);
    assert.ok(covered >= 88, `${covered} of 100 intervals cover the truth`);
  });

  it('claims no peak where coherency is not distinguishable from 0', () => {
    let claims = 0;
    for (let seed = 1; seed <= 100; seed++) if (fitScalability(noisy(seed, 0.02, 0.05, 0))!.peakAt !== null) claims++;
    // One-sided, so 2.5 % of claims are to be expected.
    assert.ok(claims <= 8, `${claims} of 100 peaks claimed`);
    // Too few points to say anything at all.
    assert.equal(
      fitScalability([
        [1, 10],
        [2, 19],
        [3, 27],
        [4, 34],
      ]),
      null,
    );
  });
});

describe('least squares with several columns', () => {
  it('tells neither coefficients nor errors from columns that are alike', () => {
    const alike = [1, 2, 3, 4].map((value) => ({ x: [value, 2 * value], y: value, weight: 1 }));
    assert.equal(linearModel(alike), null);
  });

  it('knows the usual critical values of t', () => {
    assert.ok(Math.abs(criticalT(9) - 2.262) < 0.001);
    assert.ok(Math.abs(criticalT(1) - 12.706) < 0.001);
  });
});
