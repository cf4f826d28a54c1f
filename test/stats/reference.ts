/** Values made with SciPy by reference/make.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChangePoint } from '../../src/stats/e-divisive.js';
import { projectRoot } from '../report/golden.js';

type Ends = readonly [number, number];

interface RankCase {
  readonly statistic: number;
  readonly p: number;
  readonly exact: boolean;
}

interface Reference {
  readonly normal: { readonly tails: readonly Ends[]; readonly quantiles: readonly Ends[] };
  readonly student: {
    readonly quantiles: readonly (readonly [p: number, degrees: number, t: number])[];
    readonly tails: readonly (readonly [t: number, degrees: number, p: number])[];
    readonly means: readonly { values: number[]; confidence: number; interval: Ends; bound: number; p: number }[];
    readonly pooled: readonly { a: number[]; b: number[]; p: number }[];
    readonly welch: readonly { a: number[]; b: number[]; degrees: number; interval: Ends; above: number; p: number }[];
  };
  readonly mannWhitney: readonly (RankCase & { a: number[]; b: number[] })[];
  readonly wilcoxon: readonly (RankCase & { differences: number[] })[];
  readonly hodgesLehmann: readonly {
    differences?: number[];
    a?: number[];
    b?: number[];
    confidence: number;
    estimate: number;
    interval: Ends | null;
  }[];
  readonly benjaminiHochberg: readonly { ps: number[]; adjusted: number[] }[];
  readonly bca: readonly { samples: number[][]; distribution: number[]; interval: Ends; manyResamples: Ends }[];
  readonly pooledDifferences: readonly {
    a: number[];
    b: number[];
    degrees: number;
    interval: Ends;
    above: number;
    p: number;
  }[];
  readonly changePoints: readonly { series: number[]; minimumShare: number; changes: ChangePoint[] }[];
}

export const reference = JSON.parse(
  readFileSync(path.join(projectRoot(), 'test/stats/reference/scipy.json'), 'utf8'),
) as Reference;

export function assertClose(actual: number | undefined, expected: number, relative = 1e-9): void {
  const within = actual !== undefined && Math.abs(actual - expected) <= relative * Math.abs(expected) + 1e-15;
  assert.ok(within, `${actual} against ${expected}`);
}

export function assertCloseEnds(actual: Ends | null, expected: Ends | null, relative = 1e-9): void {
  assert.equal(actual === null, expected === null);
  actual?.forEach((end, i) => {
    assertClose(end, expected![i]!, relative);
  });
}
