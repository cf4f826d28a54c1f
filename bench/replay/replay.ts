/**
 * The receive path alone, as a process: recorded bytes pass through reading, matching and recording of a real engine,
 * without the kernel. Each batch puts messages in flight and makes the server's bytes from them. Only the reading of
 * these bytes is timed.
 */
import { performance } from 'node:perf_hooks';
import { Engine } from '../../src/engine/engine.js';
import { HealthMonitor } from '../../src/engine/health.js';
import type { Shard } from '../../src/plan/cell.js';
import { MergedThreads } from '../../test/metrics/merged-threads.js';
import { benchCell, endpointOf, PAYLOAD_BYTES } from '../cell.js';
import { answer, takeJob } from '../child.js';
import { type CpuWindow, cpuSince, markCpu } from '../cpu.js';
import { ForwardedClock } from './forwarded-clock.js';
import { ReplayedConnection } from './replayed-connection.js';

export interface ReplayJob {
  readonly seconds: number;
  /** Replies that come with one read. */
  readonly framesPerRead: number;
}

export interface ReplayAnswer {
  readonly nsPerReply: number;
  readonly replies: number;
  /** Number of batches left out, and of all batches. */
  readonly disturbed: number;
  readonly batches: number;
  readonly cpu: CpuWindow;
}

const CONNECTIONS = 100;
const RATE = 10_000;
/** Length of the plan: longer than any replay. */
const PLAN_SECONDS = 100_000;
const LEAD_US = 10_000;
const WARM_SECONDS = 1;
const BINARY_HEADER = Buffer.from([0x82, PAYLOAD_BYTES]);
const FRAME_BYTES = BINARY_HEADER.length + PAYLOAD_BYTES;

const cell = benchCell({ model: 'open', connections: CONNECTIONS, rate: RATE, seconds: PLAN_SECONDS });
const shard: Shard = {
  cell: { ...cell, warmupMs: 0 },
  worker: 0,
  workers: 1,
  endpoint: endpointOf({ url: 'ws://127.0.0.1/', pid: 0, ca: null }),
  env: {},
  pacing: 'timer',
};

async function replay({ seconds, framesPerRead }: ReplayJob): Promise<ReplayAnswer> {
  const clock = new ForwardedClock();
  const connections: ReplayedConnection[] = [];
  const health = new HealthMonitor();
  const merger = new MergedThreads(shard.cell, 1);
  const engine = new Engine({
    ...{ shard, clock, health },
    connect: (index, plannedUs, _options, events) => {
      const connection = new ReplayedConnection(index, plannedUs, events, clock);
      connections[index] = connection;
      return connection;
    },
    agent: 'bench',
    metronome: null,
    instrument: null,
    onInterval: (interval) => merger.add(interval),
  });
  const connected = engine.connect(clock.nowUs());
  await clock.forward(1e6);
  await connected;
  const ended = engine.run(clock.nowUs() + LEAD_US);
  await clock.forward(LEAD_US);

  const batch = new Batch(connections, framesPerRead);
  await timedBatches(clock, batch, WARM_SECONDS);
  const timed = await timedBatches(clock, batch, seconds);
  engine.stop();
  while (connections.some(({ isOpen }) => isOpen)) await clock.forward(1e6);
  merger.workerDone(await ended);
  health.stop();
  refuseIfWrong(merger, batch.fed);
  return timed;
}

/**
 * Replays batches until the timed parts add up to `seconds`. Leaves out a batch during which another process took the
 * core, because its time says nothing.
 */
async function timedBatches(clock: ForwardedClock, batch: Batch, seconds: number): Promise<ReplayAnswer> {
  const mark = markCpu(null);
  const counts = { replies: 0, disturbed: 0, batches: 0 };
  let timedMs = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; counts.batches++) {
    await clock.forward((batch.replies / RATE) * 1e6);
    batch.record();
    const fedBefore = batch.fed;
    const lostBefore = process.resourceUsage().involuntaryContextSwitches;
    const startMs = performance.now();
    batch.feed();
    const tookMs = performance.now() - startMs;
    elapsedMs += tookMs;
    if (process.resourceUsage().involuntaryContextSwitches > lostBefore) counts.disturbed++;
    else {
      timedMs += tookMs;
      counts.replies += batch.fed - fedBefore;
    }
  }
  if (counts.replies === 0) throw new Error('no batch was left undisturbed');
  return { nsPerReply: (timedMs * 1e6) / counts.replies, ...counts, cpu: cpuSince(mark, null) };
}

/** The server's side of a batch: the echoes, in the order and in the pieces in which they will be read. */
class Batch {
  readonly #connections: readonly ReplayedConnection[];
  readonly #bytes: Buffer;
  /** Where each read ends, and its connection. */
  readonly #ends: number[] = [];
  readonly #owners: ReplayedConnection[] = [];
  readonly #framesPerRead: number;
  fed = 0;

  constructor(connections: readonly ReplayedConnection[], framesPerRead: number) {
    this.#connections = connections;
    this.#framesPerRead = framesPerRead;
    // Room for two batches: messages that became due during the preparation are added.
    this.#bytes = Buffer.alloc(2 * this.replies * FRAME_BYTES);
  }

  get replies(): number {
    return this.#connections.length * this.#framesPerRead;
  }

  /** Collects what the engine has sent, in whole reads. */
  record(): void {
    this.#ends.length = 0;
    this.#owners.length = 0;
    let at = 0;
    for (const connection of this.#connections) {
      while (connection.sent.length >= this.#framesPerRead && at + this.#readBytes <= this.#bytes.length) {
        for (const payload of connection.sent.splice(0, this.#framesPerRead)) {
          at += BINARY_HEADER.copy(this.#bytes, at);
          at += payload.copy(this.#bytes, at);
        }
        this.#ends.push(at);
        this.#owners.push(connection);
      }
    }
  }

  /** Hands each read to its connection. */
  feed(): void {
    let from = 0;
    for (let i = 0; i < this.#ends.length; i++) {
      const to = this.#ends[i]!;
      this.#owners[i]!.read(this.#bytes, from, to);
      from = to;
    }
    this.fed += this.#ends.length * this.#framesPerRead;
  }

  get #readBytes(): number {
    return this.#framesPerRead * FRAME_BYTES;
  }
}

/** Throws unless every reply was matched and was right. */
function refuseIfWrong(merger: MergedThreads, fed: number): void {
  const result = merger.finish({
    pacing: 'timer',
    interrupted: true,
    phases: [],
    server: { status: 'unavailable', engine: null, reason: 'a replay' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
    restartProblems: new Map(),
  });
  const { answered, received, corrupted, reordered } = result.flows[0]!.messages;
  if (answered === fed && received === fed && corrupted === 0 && reordered === 0) return;
  throw new Error(`${fed} replies were fed: ${answered} matched, ${corrupted} corrupted, ${reordered} reordered`);
}

answer(await replay(takeJob<ReplayJob>()));
