/** Opens idle connections in steps before any load, and reads the server's memory at each step. */
import { performance } from 'node:perf_hooks';
import { type IdleMemory, type IdleStep, idleMemoryOf } from '../metrics/idle-memory.js';
import { NOTHING_USED } from '../plan/hand-out.js';
import {
  IDLE_READ_EVERY_MS,
  IDLE_READINGS,
  IDLE_REST_MS,
  type IdleMemoryPlan,
  LEAST_IDLE,
} from '../plan/idle-memory.js';
import { medianOf } from '../stats/moments.js';
import { type CellDeps, recovered, shardsOf } from './coordinator.js';
import { sleep } from './sleep.js';

/** A server that is still collecting garbage gets at most this much longer, ms. */
const MOST_PATIENCE_MS = 2000;
/** If readings differ by less than this, the server is at rest. */
const REST_BYTES = 128 * 1024;

export interface IdleMemoryDeps extends CellDeps {
  /** Memory that the kernel of this machine uses for sockets, bytes; null if unknown. */
  readonly socketBytes: () => number | null;
}

type Reading = Pick<IdleStep, 'rssBytes' | 'socketBytes'>;

/**
 * Opens the planned connections step by step. At each step, waits until the server is at rest and reads its memory.
 * Closes all connections at the end. Stops at the first step at which the server does not keep all connections.
 * `onStep` is called before each step.
 */
export async function measureIdleMemory(
  plan: IdleMemoryPlan,
  deps: IdleMemoryDeps,
  onStep: (connections: number, of: number) => void,
): Promise<IdleMemory> {
  if (plan.cell === null) return { status: 'none', reason: plan.reason, steps: [] };
  const { server, runner, stop } = deps;
  if (server.unavailable !== null) return { status: 'none', reason: server.unavailable, steps: [] };
  const before = server.sample();
  const steps: IdleStep[] = [];
  const used = deps.handOut?.next() ?? NOTHING_USED;
  await runner.prepare(shardsOf(plan.cell, deps, used), () => {});
  const abandon = () => runner.stop(runner.timing.stopAllowanceMs);
  stop.addEventListener('abort', abandon, { once: true });
  try {
    for (const asked of [0, ...plan.steps]) {
      if (stop.aborted) break;
      onStep(asked, plan.cell.connections.to);
      await runner.connect(runner.instantIn(runner.timing.leadMs), asked);
      const reading = await readAtRest(deps);
      const held = await runner.connect(runner.instantIn(0), asked);
      if (reading === null || stop.aborted) break;
      steps.push({ asked, held, ...reading });
      if (held < asked) break;
    }
  } finally {
    stop.removeEventListener('abort', abandon);
    // A cell that is stopped before it starts only closes its connections.
    runner.stop(runner.timing.stopAllowanceMs);
    await runner.start(runner.instantIn(0));
    // These connections used up rows of data, like all others.
    const outcomes = await runner.done(true);
    const used = outcomes.flatMap((outcome) => (outcome.status === 'done' ? [outcome.end.used] : []));
    deps.handOut?.spend(plan.cell, used);
  }
  if (stop.aborted) return { status: 'none', reason: 'interrupted', steps };
  if (server.sample() === null) {
    return { status: 'none', reason: 'the server ended while connections were held idle', steps };
  }
  await recovered(server, before?.openFds ?? null, stop);
  return idleMemoryOf(steps, LEAST_IDLE);
}

/** The median of a few readings that differ little, or of the last ones when the time is up; null without a process. */
async function readAtRest({ server, socketBytes, stop }: IdleMemoryDeps): Promise<Reading | null> {
  await sleep(IDLE_REST_MS, stop);
  const deadlineMs = performance.now() + MOST_PATIENCE_MS;
  const readings: Reading[] = [];
  while (!stop.aborted) {
    const sample = server.sample({ openFds: false });
    if (sample === null) return null;
    readings.push({ rssBytes: sample.rssBytes, socketBytes: socketBytes() });
    const last = readings.slice(-IDLE_READINGS);
    if (last.length === IDLE_READINGS && (isAtRest(last) || performance.now() > deadlineMs)) return middleOf(last);
    await sleep(IDLE_READ_EVERY_MS, stop);
  }
  return null;
}

function isAtRest(readings: readonly Reading[]): boolean {
  const bytes = readings.map(({ rssBytes }) => rssBytes);
  return Math.max(...bytes) - Math.min(...bytes) <= REST_BYTES;
}

function middleOf(readings: readonly Reading[]): Reading {
  const sockets = readings.flatMap(({ socketBytes }) => socketBytes ?? []);
  return {
    rssBytes: medianOf(readings.map(({ rssBytes }) => rssBytes)),
    socketBytes: sockets.length === 0 ? null : medianOf(sockets),
  };
}
