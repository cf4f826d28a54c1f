import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import type { Behavior } from '../../../src/engine/behavior.js';
import { runMetronome, WakeRequests } from '../../../src/engine/pacing/metronome.js';
import { Scheduler, SENDS_PER_TICK } from '../../../src/engine/pacing/scheduler.js';
import { MetronomeWake, SpinWake, TimerWake, type Wake } from '../../../src/engine/pacing/wake.js';
import { automaticPacing, METRONOME_GAP_US } from '../../../src/plan/pacing.js';
import { ManualClock } from '../manual-clock.js';

/** Messages due at these instants from t0; notes when each was fired. */
class Script {
  readonly firedUs: number[] = [];
  readonly #dueUs: readonly number[];
  readonly #clock: ManualClock;

  constructor(dueUs: readonly number[], clock: ManualClock) {
    this.#dueUs = dueUs;
    this.#clock = clock;
  }

  nextDueUs(): number {
    return this.#dueUs[this.firedUs.length] ?? Number.POSITIVE_INFINITY;
  }

  onDue(): void {
    this.firedUs.push(this.#clock.nowUs());
  }
}

/** A helper thread on the manual clock: looks when a request wakes it, and when the time it was told has passed. */
class ManualMetronome implements Wake {
  readonly #clock: ManualClock;
  readonly #requests = WakeRequests.forWorkers(3);
  readonly #wake: MetronomeWake;
  #deliver: () => void = () => {};
  #changes: number;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    const port = {
      on: (_: string, deliver: () => void) => {
        this.#deliver = deliver;
      },
      unref: () => {},
    };
    this.#wake = new MetronomeWake(clock, {
      shared: this.#requests.shared,
      worker: 1,
      port: port as unknown as MessagePort,
    });
    this.#changes = this.#requests.changes;
  }

  arm(dueUs: number, tick: () => void): void {
    this.#wake.arm(dueUs, tick);
    if (this.#requests.changes !== this.#changes) this.#look();
  }

  soon(tick: () => void): void {
    this.#wake.soon(tick);
  }

  disarm(): void {
    this.#wake.disarm();
  }

  #look(): void {
    this.#changes = this.#requests.changes;
    const aheadUs = this.#requests.wakeDue(this.#clock.nowUs(), (worker) => {
      assert.equal(worker, 1);
      this.#clock.after(0.05, () => this.#deliver());
    });
    if (aheadUs !== Number.POSITIVE_INFINITY) this.#clock.after(aheadUs / 1000, () => this.#look());
  }
}

const WAYS: readonly (readonly [string, (clock: ManualClock) => Wake, lateUsMax: number])[] = [
  ['timer', (clock) => new TimerWake(clock), 1001],
  ['metronome', (clock) => new ManualMetronome(clock), METRONOME_GAP_US + 52],
];

for (const [name, wakeOn, lateUsMax] of WAYS) {
  test(`${name}: everything is fired once, never early, never later than its grain, without drift`, async () => {
    const gaps = fc.array(fc.oneof(fc.nat(3000), fc.double({ min: 0, max: 300, noNaN: true })), {
      minLength: 1,
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(gaps, fc.nat(5_000_000), async (gapsUs, aheadUs) => {
        const clock = new ManualClock(2 ** 32 - 3_000_000);
        let atUs = 0;
        const dueUs = gapsUs.map((gapUs) => {
          atUs += gapUs;
          return atUs;
        });
        const script = new Script(dueUs, clock);
        const scheduler = new Scheduler(clock, wakeOn(clock), script as unknown as Behavior, () => {});
        const t0Us = clock.nowUs() + aheadUs;
        scheduler.start(t0Us);
        await clock.runUntil(t0Us + atUs + 10_000);
        assert.equal(script.firedUs.length, dueUs.length);
        script.firedUs.forEach((firedUs, i) => {
          const intendedUs = t0Us + dueUs[i]!;
          const lateUs = firedUs - intendedUs;
          assert.ok(firedUs >= intendedUs && lateUs < lateUsMax, `message ${i} was ${lateUs} us late`);
        });
      }),
      { numRuns: 60 },
    );
  });
}

test('spin looks again in every tick of the event loop until the instant has come', async () => {
  const clock = new ManualClock();
  const script = new Script([100, 200], clock);
  const wake = new SpinWake(clock);
  new Scheduler(clock, wake, script as unknown as Behavior, () => clock.stall(7)).start(clock.nowUs());
  await clock.runUntil(clock.nowUs() + 1000);
  assert.deepEqual(
    script.firedUs.map((firedUs) => firedUs - 1_000_000),
    [105, 203],
  );
  assert.equal(clock.timers, 0);
});

for (const [name, wakeOn] of [...WAYS, ['spin', (clock: ManualClock) => new SpinWake(clock)] as const]) {
  test(`${name}: a backlog goes out at most ${SENDS_PER_TICK} a tick, reads come between, and a stop ends it`, async () => {
    const clock = new ManualClock();
    const script = new Script(Array(1000).fill(0), clock);
    const ticks: number[] = [];
    const scheduler = new Scheduler(clock, wakeOn(clock), script as unknown as Behavior, () => {
      ticks.push(script.firedUs.length);
      if (ticks.length === 5) scheduler.stop();
    });
    scheduler.start(clock.nowUs());
    assert.deepEqual(ticks, [SENDS_PER_TICK]);
    await clock.runUntil(clock.nowUs() + 10_000);
    assert.deepEqual(ticks, [64, 128, 192, 256, 320]);
  });
}

test('only a request for an earlier time than the helper sleeps until wakes it, and a cancelled one is forgotten', () => {
  const requests = WakeRequests.forWorkers(2);
  const woken: number[] = [];
  const wakeDue = (nowUs: number) => requests.wakeDue(nowUs, (worker) => woken.push(worker));
  requests.add(0, 5000, 0);
  assert.equal(wakeDue(1000), 4000);
  const { changes } = requests;
  requests.add(1, 6000, 1000);
  assert.equal(requests.changes, changes);
  requests.add(1, 2000, 1000);
  assert.notEqual(requests.changes, changes);
  requests.cancel(0);
  assert.equal(wakeDue(2000), Number.POSITIVE_INFINITY);
  assert.deepEqual(woken, [1]);
});

test('the helper wakes each worker once for each instant and ends when it is stopped', () => {
  const requests = WakeRequests.forWorkers(2);
  let nowUs = 0;
  const woken: [number, number][] = [];
  requests.add(0, 300, 0);
  requests.add(1, 100, 0);
  const spin = () => {
    nowUs += 10;
    return nowUs;
  };
  runMetronome(requests, spin, (worker) => {
    woken.push([worker, nowUs]);
    if (woken.length === 2) requests.add(1, 500, nowUs);
    if (woken.length === 3) requests.stop();
  });
  assert.deepEqual(
    woken.map(([worker]) => worker),
    [1, 0, 1],
  );
  woken.forEach(([, atUs], i) => {
    assert.ok(atUs >= [100, 300, 500][i]!);
  });
});

test('auto takes the metronome where its wakes are few enough for the cores that are free', () => {
  for (const [perSecond, freeCores, workers, wanted] of [
    [1000, 1, 1, 'metronome'],
    [100_000, 1, 1, 'metronome'],
    [5000, 1, 4, 'metronome'],
    [5001, 4, 4, 'timer'],
    [2000, 0, 1, 'metronome'],
    [100_000, 0, 1, 'metronome'],
    [2501, 0, 2, 'timer'],
    [1000, -1, 1, 'timer'],
    [null, 4, 1, 'timer'],
  ] as const) {
    assert.equal(automaticPacing(perSecond, freeCores, workers), wanted, `${perSecond}/s, ${freeCores}, ${workers}`);
  }
});
