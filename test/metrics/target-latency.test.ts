import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recording } from '../../src/metrics/recording.js';
import { longestQuantile, noiseOf, ownQuantile, Survival } from '../../src/metrics/target-latency.js';
import { Rng, seedOf } from '../../src/stats/rng.js';

const MESSAGES = 10_000;
const QS = [0.5, 0.95, 0.99] as const;

type Draw = (rng: Rng) => number;
const exponential = (rng: Rng, meanUs: number) => -meanUs * Math.log(1 - rng.next());

/** What targets take, microseconds. */
const TARGETS: Readonly<Record<string, Draw>> = {
  echo: (rng) => 50 + exponential(rng, 20),
  constant: () => 10_000,
  exponential: (rng) => exponential(rng, 10_000),
  'two peaks': (rng) => (rng.next() < 0.995 ? 2000 : 200_000),
  stalls: (rng) => (rng.next() < 0.1 ? rng.next() * 100_000 : 150),
};
const stalls = (rng: Rng, share: number, mostUs: number) => (rng.next() < share ? rng.next() * mostUs : 0);
/** What the way back adds. */
const WAYS: Readonly<Record<string, Draw>> = {
  quiet: (rng) => 60 + exponential(rng, 40),
  'one neighbour': (rng) => 80 + exponential(rng, 60) + stalls(rng, 0.05, 4000),
  'three neighbours': (rng) => 80 + exponential(rng, 200) + stalls(rng, 0.15, 24_000),
  'half a second stood still': (rng) => 80 + exponential(rng, 40) + stalls(rng, 0.05, 500_000),
  'a stall at just under 1 %': (rng) => 80 + exponential(rng, 40) + stalls(rng, 0.007, 200_000),
  'a stall at just over 1 %': (rng) => 80 + exponential(rng, 40) + stalls(rng, 0.02, 200_000),
};

function sparse(values: readonly number[]): readonly number[] {
  const recording = new Recording();
  for (const us of values) recording.record(Math.round(us));
  return recording.drain();
}

/** Bracket and truth of a made-up cell. */
function cell(target: Draw, way: Draw, checks: number, seed: number) {
  const rng = new Rng(seedOf(1, 'target-latency', seed));
  const own = Array.from({ length: MESSAGES }, () => target(rng));
  const service = new Survival(sparse(own.map((us) => us + way(rng))));
  const noise = noiseOf(sparse(Array.from({ length: checks }, () => way(rng))), MESSAGES);
  own.sort((a, b) => a - b);
  return (q: number) => ({
    truth: own[Math.ceil(q * MESSAGES) - 1]!,
    low: ownQuantile(service, noise, q),
    high: service.at(1 - q),
  });
}

const slack = (us: number) => Math.max(0.1 * us, 500);

test('the truth is in the bracket, whatever the target takes and the way back adds', () => {
  let seed = 0;
  for (const [name, target] of Object.entries(TARGETS)) {
    for (const [way, noise] of Object.entries(WAYS)) {
      for (const checks of [200, 1000]) {
        const at = cell(target, noise, checks, seed++);
        for (const q of QS) {
          const { truth, low, high } = at(q);
          const where = `${name}, ${way}, ${checks} checks, q ${q}: ${truth} in [${low}, ${high}]`;
          assert.ok(low <= truth + slack(truth), where);
          assert.ok(high >= truth - slack(truth), where);
        }
      }
    }
  }
});

test('a quiet way back leaves a narrow bracket, a stall of the machine does not blur the median', () => {
  for (const [name, target] of Object.entries(TARGETS)) {
    const quiet = cell(target, WAYS['quiet']!, 1000, 77);
    for (const q of QS) {
      const { low, high } = quiet(q);
      assert.ok(high - low <= Math.max(0.2 * high, 1000), `${name}, q ${q}: [${low}, ${high}]`);
    }
    const { low, high } = cell(target, WAYS['half a second stood still']!, 1000, 78)(0.5);
    assert.ok(high - low <= Math.max(0.2 * high, 1000), `${name}, p50 beside a stall: [${low}, ${high}]`);
  }
});

test('a stall of 500 ms in 10 s shows in the bracket of p99, whose lower end is what the target took', () => {
  const { low, high } = cell(TARGETS['constant']!, WAYS['half a second stood still']!, 1000, 5)(0.99);
  assert.ok(Math.abs(low - 10_000) < 300, `${low}`);
  assert.ok(high > 300_000, `${high}`);
});

test('what is constant is taken off whole', () => {
  const service = new Survival(sparse(Array.from({ length: 1000 }, (_, i) => 1000 + i)));
  const noise = noiseOf(sparse(Array.from({ length: 1_000_000 }, () => 300)), 1000);
  for (const q of [0.1, 0.5, 0.9]) {
    const low = ownQuantile(service, noise, q);
    assert.ok(Math.abs(low - (service.at(1 - q) - 300)) <= 3, `q ${q}: ${low}`);
  }
});

test('never above what was measured, never below nothing; without messages there is nothing', () => {
  const service = new Survival(sparse([5, 5, 5, 5]));
  const noise = noiseOf(sparse([1000, 2000, 3000]), 4);
  assert.equal(ownQuantile(service, noise, 0.5), 0);
  assert.equal(ownQuantile(new Survival([]), noise, 0.5), 0);
});

test('messages without an answer are slower than any: they move the rank, not the values', () => {
  const answered = sparse(Array.from({ length: 900 }, (_, i) => 10_000 + i));
  const noise = noiseOf(sparse(Array.from({ length: 1000 }, () => 1)), 1000);
  const whole = ownQuantile(new Survival(answered), noise, 0.5);
  const censored = ownQuantile(new Survival(answered, 100), noise, 0.5);
  assert.ok(Math.abs(whole - 10_449) < 8 && Math.abs(censored - 10_499) < 8, `${whole}, ${censored}`);
});

test('fewer checks leave a wider bracket: what they did not see may be there', () => {
  const width = (checks: number) => {
    const { low, high } = cell(TARGETS['exponential']!, WAYS['quiet']!, checks, 9)(0.99);
    return high - low;
  };
  assert.ok(width(100) > width(1000) && width(1000) > width(100_000));
});

test('of few messages more may have met a long way back than of the checks', () => {
  const messages = 20;
  /** How often the truth of 400 rounds lies beyond an end by more than 0.1 ms. */
  const missed = (given: number) => {
    const rng = new Rng(seedOf(2, 'few messages'));
    const way = (): number => 80 + exponential(rng, 60) + (rng.next() < 0.3 ? rng.next() * 4000 : 0);
    let below = 0;
    let above = 0;
    for (let round = 0; round < 400; round++) {
      const own = Array.from({ length: messages }, () => 10_000 + exponential(rng, 500)).sort((a, b) => a - b);
      const late = new Survival(sparse(own.map((us) => us + way())));
      const early = new Survival(sparse(own.map((us) => us - way())));
      const noise = noiseOf(sparse(Array.from({ length: 1000 }, way)), given);
      for (const q of [0.5, 0.9]) {
        const truth = own[Math.ceil(q * messages) - 1]!;
        if (ownQuantile(late, noise, q) > truth + 100) below++;
        if (longestQuantile(early, noise, q) < truth - 100) above++;
      }
    }
    return { below, above };
  };
  const [aware, unaware] = [missed(messages), missed(Number.POSITIVE_INFINITY)];
  // Two standard errors: about one in forty.
  assert.ok(aware.below <= 20 && aware.above <= 20, `of 800: ${JSON.stringify(aware)}`);
  assert.ok(unaware.below > 20 || unaware.above > 20, `of 800: ${JSON.stringify(unaware)}`);
});
