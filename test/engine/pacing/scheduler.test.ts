import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Behavior } from '../../../src/engine/behavior.js';
import { Leash } from '../../../src/engine/pacing/leash.js';
import { Scheduler, SENDS_PER_TICK } from '../../../src/engine/pacing/scheduler.js';
import { TimerWake } from '../../../src/engine/pacing/wake.js';
import { ManualClock } from '../manual-clock.js';

/** Fires at the given instants, us from t0, and notes when it was told to. */
class Scripted implements Behavior {
  readonly firedUs: number[] = [];
  readonly #dueUs: number[];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, dueUs: readonly number[]) {
    this.#clock = clock;
    this.#dueUs = [...dueUs];
  }

  add(...dueUs: readonly number[]): void {
    this.#dueUs.push(...dueUs);
  }

  addFirst(dueUs: number): void {
    this.#dueUs.unshift(dueUs);
  }

  nextDueUs(): number {
    return this.#dueUs[0] ?? Number.POSITIVE_INFINITY;
  }
  onDue(): void {
    this.#dueUs.shift();
    this.firedUs.push(this.#clock.nowUs());
  }
  start(): void {}
  onOpen(): void {}
  onSettled(): void {}
  onClose(): void {}
  unsent(): void {}
}

function scheduled(dueUs: readonly number[], leash?: Leash) {
  const clock = new ManualClock();
  const behavior = new Scripted(clock, dueUs);
  const ticks: number[] = [];
  const endTick = () => ticks.push(behavior.firedUs.length);
  const scheduler = new Scheduler(clock, new TimerWake(clock), behavior, endTick, leash);
  return { clock, behavior, scheduler, ticks, t0Us: clock.nowUs() };
}

test('a burst goes out in ticks of at most 64, with the event loop in between', async () => {
  const { clock, behavior, scheduler, ticks, t0Us } = scheduled(new Array(200).fill(0));
  scheduler.start(t0Us);
  assert.equal(behavior.firedUs.length, SENDS_PER_TICK);
  assert.equal(SENDS_PER_TICK, 64);
  await clock.runUntil(t0Us);
  assert.equal(behavior.firedUs.length, 200);
  assert.deepEqual(ticks, [64, 128, 192, 200]);
});

test('never early, also where timers fire early', async () => {
  const { clock, behavior, scheduler, t0Us } = scheduled([1700, 2900, 45_300]);
  scheduler.start(t0Us);
  await clock.runUntil(t0Us + 100_000);
  assert.equal(behavior.firedUs.length, 3);
  behavior.firedUs.forEach((atUs, i) => {
    const lateUs = atUs - t0Us - [1700, 2900, 45_300][i]!;
    assert.ok(lateUs >= 0 && lateUs < 1000, `fired ${lateUs} us after its instant`);
  });
});

test('nothing fires after a stop', async () => {
  const { clock, behavior, scheduler, t0Us } = scheduled([1000, 2000]);
  scheduler.start(t0Us);
  await clock.runUntil(t0Us + 1500);
  scheduler.stop();
  await clock.runUntil(t0Us + 10_000);
  assert.equal(behavior.firedUs.length, 1);
  assert.equal(clock.timers, 0);
});

test('what is due by the instant of a new plan goes out at once, the rest at its own', async () => {
  const { clock, behavior, scheduler, t0Us } = scheduled([]);
  scheduler.start(t0Us);
  behavior.add(500, 1500);
  scheduler.replan(t0Us + 500);
  assert.deepEqual(behavior.firedUs, [t0Us]);
  await clock.runUntil(t0Us + 5000);
  assert.equal(behavior.firedUs.length, 2);
});

test('a wake that comes early enough is not set anew, however often the plan changes', () => {
  const clock = new ManualClock();
  const behavior = new Scripted(clock, [5000]);
  const armed: number[] = [];
  const wake = { arm: (dueUs: number) => armed.push(dueUs), soon: () => {}, disarm: () => {} };
  const scheduler = new Scheduler(clock, wake, behavior, () => {});
  const t0Us = clock.nowUs();
  scheduler.start(t0Us);
  for (let i = 0; i < 10; i++) scheduler.replan(clock.nowUs());
  assert.deepEqual(armed, [t0Us + 5000]);
  behavior.addFirst(2000);
  scheduler.replan(clock.nowUs());
  assert.deepEqual(armed, [t0Us + 5000, t0Us + 2000]);
});

test('nothing goes out once nobody watches over the load: not what fell due meanwhile, and not after a reply', async () => {
  const leash = new Leash();
  const { clock, behavior, scheduler, t0Us } = scheduled([1000, 5000, 9000, 20_000], leash);
  leash.extend(t0Us + 6000);
  scheduler.start(t0Us);
  await clock.runUntil(t0Us + 5500);
  assert.equal(behavior.firedUs.length, 2);
  clock.stall(7000);
  scheduler.replan(clock.nowUs());
  await clock.runUntil(t0Us + 30_000);
  assert.equal(behavior.firedUs.length, 2);
  // Who went on would send what others were told is lost.
  leash.extend(t0Us + 99_000);
  scheduler.replan(clock.nowUs());
  await clock.runUntil(t0Us + 40_000);
  assert.equal(behavior.firedUs.length, 2);
});
