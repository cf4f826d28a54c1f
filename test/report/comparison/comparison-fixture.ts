/** Comparisons that could have been: saved runs of two builds, and interleaved rounds. Deterministic. */
import { comparisonDocument, sideOf } from '../../../src/documents/comparison-document.js';
import type { ComparisonDocument } from '../../../src/documents/comparison-schema.js';
import { compareRuns, type Sides } from '../../../src/verdict/compare/compare-runs.js';
import type { RunOnSide, Side } from '../../../src/verdict/compare/compared-run.js';
import { comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { pairedCells } from '../../../src/verdict/compare/paired-cells.js';
import { comparisonWarnings } from '../../../src/verdict/compare/warnings.js';
import { healthyCell, withMessages, withWorker } from '../../verdict/cell-fixture.js';
import { documentOf } from '../document-fixture.js';

const HOSTILE = '<script>alert(1)</script> | [x](http://evil) \u001b[31m';

function runOf(source: string, factor: number, night: number): RunOnSide {
  const serviceUs = Array.from({ length: 97 }, (_, i) => Math.round((1000 + i * 9) * factor));
  const slow = healthyCell({
    connections: 500,
    serviceUs: serviceUs.map((us) => us * 300),
    instrument: { p50: 90, p99: 400 },
  });
  const losing = withMessages(healthyCell({ connections: 1000 }), { answered: 9990, received: 9990, timedOut: 10 });
  const cells = [
    healthyCell({ connections: 10, serviceUs, instrument: { p50: 90, p99: 400 } }),
    slow,
    night > 3 ? losing : healthyCell({ connections: 1000 }),
    withWorker(healthyCell({ connections: 700 }), { busy: night > 3 ? 0.95 : 0.2 }),
    { ...healthyCell({ load: 'ramp', id: 'ramp/c1-100' }), ramp: true },
    healthyCell({ load: 'closed', model: 'closed', connections: 50, rate: 4000 + night * 40 }),
    ...(night === 1 ? [healthyCell({ load: 'old' })] : []),
  ];
  const labels = { build: night > 3 ? HOSTILE : '41' };
  const startedAt = new Date(1.76e12 + night * 864e5);
  return { source, run: documentOf({ runId: source, startedAt, cells, labels, thresholds: [] }), resamples: new Map() };
}

const NOISE = {
  runs: { source: 'runs', text: 'how much runs of one side differ among themselves' },
  seconds: { source: 'none', text: 'between-run noise unknown' },
} as const;

function documentFrom(sides: Sides, method: 'runs' | 'seconds') {
  const metrics = comparedMetrics();
  return comparisonDocument({
    ...{ createdAt: new Date('2026-11-24T10:15:30Z'), toolVersion: '0.1.0', method, rounds: null },
    a: sideOf('results/A', sides.a),
    b: sideOf('results/B', sides.b),
    noise: NOISE[method],
    forced: method === 'seconds',
    differences: [{ kind: 'environment', cell: null, what: 'cores', a: '4', b: '64', run: 'b1' }],
    onlyInA: ['old/c100-r1000'],
    onlyInB: [],
    warnings: comparisonWarnings(sides),
    runs: { a: sides.a.map(({ run }) => run), b: sides.b.map(({ run }) => run) },
    cells: compareRuns(sides, metrics, () => null),
    metrics,
  });
}

const SIDES: Sides = {
  a: [runOf('a1', 1, 1), runOf('a2', 1.01, 2), runOf('a3', 0.995, 3)],
  b: [runOf('b1', 1.2, 4), runOf('b2', 1.21, 5), runOf('b3', 1.19, 6)],
};
export const document = documentFrom(SIDES, 'runs');
/** The first run of A could not measure its first cell. */
export const partly = documentFrom(
  {
    ...SIDES,
    a: SIDES.a.map((side, i) =>
      i > 0
        ? side
        : {
            ...side,
            run: {
              ...side.run,
              cells: side.run.cells.map((cell, k) => (k > 0 ? cell : { ...cell, validity: 'invalid' })),
            },
          },
    ),
  },
  'runs',
);
export const single = documentFrom({ a: SIDES.a.slice(0, 1), b: SIDES.b.slice(0, 1) }, 'seconds');

/** Five rounds; every metric of B is that of A, but for what `change` makes of the service times of a round. */
function roundsDocument(change: (round: number) => { readonly a: number; readonly b: number }): ComparisonDocument {
  const metrics = comparedMetrics();
  const runs = [1, 2, 3, 4, 5].map((round) => {
    const factors = change(round);
    const run = (side: Side) => {
      const serviceUs = Array.from({ length: 97 }, (_, i) => Math.round((10_000 + i * 9) * factors[side]));
      const startedAt = new Date(1.76e12 + round * 6e4);
      const cells = [healthyCell({ connections: 50, rate: 200, serviceUs })];
      return documentOf({ runId: `${round}-${side}`, startedAt, cells, thresholds: [] });
    };
    return { a: run('a'), b: run('b') };
  });
  const side = (of: Side) =>
    runs.map((round, i) => ({ source: `rounds/0${i + 1}-${of}`, run: round[of], resamples: new Map() }));
  return comparisonDocument({
    ...{ createdAt: new Date('2026-11-24T10:15:30Z'), toolVersion: '0.1.0', method: 'rounds', forced: false },
    a: sideOf('node old/server.js', side('a')),
    b: sideOf('node new/server.js', side('b')),
    noise: { source: 'rounds', text: 'how much A differs from one round to the next' },
    ...{ differences: [], onlyInA: [], onlyInB: [], warnings: [] },
    rounds: { valid: 5, excluded: [], seed: 1, orders: ['ab', 'ba', 'ba', 'ab', 'ab'] },
    runs: { a: runs.map(({ a }) => a), b: runs.map(({ b }) => b) },
    cells: pairedCells(runs, metrics, true),
    metrics,
  });
}

/** The change is the same in every round, but for a little. */
export const steady = (factor: number) =>
  roundsDocument((round) => ({ a: 1 + round / 1000, b: factor * (1 + round / 900) }));
/** Every round is something else. */
export const noisy = roundsDocument((round) => ({
  a: 1 + 0.3 * Math.sin(7 * round),
  b: 1 + 0.3 * Math.cos(5 * round),
}));
