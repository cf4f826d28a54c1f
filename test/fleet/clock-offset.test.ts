import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Stamps } from '../../src/bus/exchange.js';
import { ClockOffset, offsetOf } from '../../src/fleet/clock-offset.js';

/** What an exchange takes, microseconds. */
interface Way {
  readonly pauseUs: number;
  readonly thereUs: number;
  readonly insideUs: number;
  readonly backUs: number;
}

const delay = fc.oneof(fc.nat(500), fc.nat(200_000), fc.nat(3_000_000));
const way: fc.Arbitrary<Way> = fc.record({
  pauseUs: fc.nat(2_000_000),
  thereUs: delay,
  insideUs: delay,
  backUs: delay,
});

/** The agent's clock at an instant of the coordinator's. `drift`: seconds a second. */
interface Clocks {
  readonly startUs: number;
  readonly aheadUs: number;
  readonly drift: number;
}

const clocks: fc.Arbitrary<Clocks> = fc.record({
  startUs: fc.nat(1e9),
  aheadUs: fc.integer({ min: -1e12, max: 1e12 }),
  drift: fc.double({ min: -499e-6, max: 499e-6, noNaN: true }),
});

const aheadAt = ({ startUs, aheadUs, drift }: Clocks, us: number) => aheadUs + drift * (us - startUs);

/** The stamps of exchanges, one after the other. */
function exchanges(of: Clocks, ways: readonly Way[]): Stamps[] {
  let us = of.startUs;
  return ways.map(({ pauseUs, thereUs, insideUs, backUs }) => {
    const askedUs = us + pauseUs;
    const arrived = askedUs + thereUs;
    const left = arrived + insideUs;
    us = left + backUs;
    return {
      askedUs,
      receivedUs: arrived + aheadAt(of, arrived),
      answeredUs: left + aheadAt(of, left),
      gotUs: us,
    };
  });
}

function offsetAfter(stamps: readonly Stamps[]): ClockOffset {
  const offset = new ClockOffset();
  for (const each of stamps) offset.add(each);
  return offset;
}

/** Stamps whose ways take 100 us each: the clock of the agent is ahead by `aheadUs`. */
const stampsAt = (askedUs: number, aheadUs: number, wayUs = 100): Stamps => ({
  askedUs,
  receivedUs: askedUs + wayUs + aheadUs,
  answeredUs: askedUs + wayUs + aheadUs,
  gotUs: askedUs + 2 * wayUs,
});

/** For rounding at 1e12 us. */
const SLACK_US = 0.01;

describe('the offset of a clock', () => {
  it('is within its error of the truth, whatever the two ways take and however the clocks drift', () => {
    fc.assert(
      fc.property(clocks, fc.array(way, { minLength: 1, maxLength: 100 }), fc.nat(10_000_000), (of, ways, laterUs) => {
        const stamps = exchanges(of, ways);
        const offset = offsetAfter(stamps);
        const gotUs = stamps.at(-1)!.gotUs;
        for (const atUs of [gotUs, gotUs + laterUs]) {
          const { offsetUs, errorUs } = offset.at(atUs);
          assert.ok(Math.abs(offsetUs - aheadAt(of, atUs)) <= errorUs + SLACK_US, `${offsetUs} +- ${errorUs}`);
        }
        assert.equal(offset.offsetUs, offset.at(gotUs).offsetUs);
      }),
    );
  });

  it('is no worse than that of the best exchange, while no time goes by', () => {
    const quick = fc.record({
      pauseUs: fc.constant(0),
      thereUs: fc.nat(5000),
      insideUs: fc.nat(50),
      backUs: fc.nat(5000),
    });
    fc.assert(
      fc.property(fc.array(quick, { minLength: 1, maxLength: 32 }), (ways) => {
        const stamps = exchanges({ startUs: 0, aheadUs: 7, drift: 0 }, ways);
        const best = Math.min(...stamps.map((each) => offsetOf(each)!.errorUs));
        const aged = 32 * 10_050 * 500e-6;
        assert.ok(offsetAfter(stamps).errorUs <= best + aged);
      }),
    );
  });

  it('is that of RFC 5905, with an allowance for drift', () => {
    const { offsetUs, errorUs } = offsetOf({ askedUs: 1000, receivedUs: 5300, answeredUs: 5400, gotUs: 2000 })!;
    assert.equal(offsetUs, (5300 - 1000 + 5400 - 2000) / 2);
    assert.equal(errorUs, (2000 - 1000 - (5400 - 5300)) / 2 + 0.5);
  });

  it('takes the exchange with the smallest error, and forgets it when it is old', () => {
    const offset = offsetAfter([stampsAt(0, 1000), stampsAt(1000, 1050, 300)]);
    assert.equal(offset.offsetUs, 1000);
    offset.add(stampsAt(2e6, 1100, 300));
    assert.equal(offset.offsetUs, 1100, 'after 2 s the first may be wrong by another 1000 us');
  });

  it('tells the drift since it was marked', () => {
    const offset = offsetAfter([stampsAt(0, 0), stampsAt(1e6, 20)]);
    assert.equal(offset.driftUs, 20);
    offset.mark();
    assert.equal(offset.driftUs, 0);
    offset.add(stampsAt(2e6, 45));
    assert.equal(offset.driftUs, 25);
  });

  it('follows a clock that stood still, as that of a suspended machine does', () => {
    const offset = offsetAfter([stampsAt(0, 0), stampsAt(1e6, -5e6, 2000)]);
    assert.equal(offset.offsetUs, -5e6);
    assert.equal(offset.driftUs, -5e6);
  });

  it('leaves out stamps that no two clocks can give', () => {
    for (const wrong of [
      { gotUs: -1 },
      { answeredUs: 50 },
      { receivedUs: Number.NaN },
      { receivedUs: 0, answeredUs: 1e6 },
    ]) {
      const stamps = { ...stampsAt(0, 0), ...wrong };
      assert.equal(offsetOf(stamps), null, JSON.stringify(wrong));
      const offset = offsetAfter([stampsAt(0, 3), stamps]);
      assert.equal(offset.offsetUs, 3);
    }
  });

  it('is unknown before the first exchange', () => {
    assert.throws(() => new ClockOffset().offsetUs, /no exchange/);
    assert.equal(new ClockOffset().driftUs, 0);
  });
});
