import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCell } from '../../src/coordinator/coordinator.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import { ThreadRunner } from '../../src/coordinator/thread-runner.js';
import type { ConnectTimes } from '../../src/engine/socket/connection.js';
import { HostLoad } from '../../src/machine/host-load.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { type Cell, type Endpoint, peakConnections } from '../../src/plan/cell.js';
import { pacerOf } from '../../src/plan/pacer.js';
import type { Pacing } from '../../src/plan/pacing.js';
import { FIRST_SEQUENCE, sequenceOf } from '../../src/plan/sequence.js';
import { monotonicOriginUs } from '../../src/server/faults/clock.js';
import type { TruthEntry, TruthMessage } from '../../src/server/faults/truth-entry.js';
import type { Handicap } from './handicap.js';
import { ORDERS, type Orders } from './lab-worker.js';
import { readTap, type TapRecord } from './tap.js';
import { TargetProcess } from './target-process.js';

const WORKER = fileURLToPath(new URL('./lab-worker.js', import.meta.url));

/** A message of the measure phase as it really was. Microseconds of the machine's monotonic clock; NaN for never. */
export interface TappedMessage {
  readonly sequence: number;
  /** From t0. */
  readonly dueUs: number;
  readonly intendedUs: number;
  readonly sentUs: number;
  readonly receivedUs: number;
  /** What the tool has to record: received - t0 - due, on its own clock. */
  readonly responseUs: number;
  /** The server's entry; undefined for a message that it never got. */
  readonly truth: TruthMessage | undefined;
}

export interface TappedRun {
  /** What wsurge reports. */
  readonly result: CellResult;
  readonly messages: readonly TappedMessage[];
  readonly connects: readonly ConnectTimes[];
}

export interface TappedOptions {
  readonly faults: string;
  readonly tls?: boolean;
  readonly pacing?: Pacing;
  readonly handicap?: Handicap;
}

/** Runs one cell as `wsurge run` would, on one worker, while a tap writes down what its connections carry. */
export async function runTapped(cell: Cell, options: TappedOptions): Promise<TappedRun> {
  const target = await TargetProcess.start(options.faults, { tls: options.tls ?? false });
  const tapFile = path.join(target.folder, 'tap');
  let outcome: { result: CellResult; tap: TapRecord };
  let truth: TruthEntry[] = [];
  try {
    const orders: Orders = { tapFile, handicap: options.handicap ?? {} };
    const result = await runOn(cell, endpointOf(target), options.pacing ?? 'timer', orders);
    // A lost worker leaves no record, and would be called INVALID for another reason than the experiment's.
    for (const { error } of result.client.workers) if (error !== null) throw new Error(`the worker was lost: ${error}`);
    outcome = { result, tap: readTap(await readFile(tapFile)) };
  } finally {
    truth = await target.stop();
  }
  const { result, tap } = outcome;
  return { result, messages: messagesOf(cell, tap, truth), connects: tap.connects };
}

async function runOn(cell: Cell, endpoint: Endpoint, pacing: Pacing, orders: Orders): Promise<CellResult> {
  const runner = new ThreadRunner({ workers: 1, workerFile: WORKER, agent: 'lab', instrumentCheck: true });
  try {
    return await runCell(
      cell,
      {
        ...{ runner: new LocalGroup(runner), workers: 1, pacing, endpoint },
        env: { [ORDERS]: JSON.stringify(orders) },
        data: [],
        server: { engine: 'ws', pid: null, unavailable: 'not looked at', sample: () => null },
        host: new HostLoad(),
        restart: null,
        stop: new AbortController().signal,
      },
      () => {},
    );
  } finally {
    await runner.dispose();
  }
}

function endpointOf({ url, certificate }: TargetProcess): Endpoint {
  return {
    url,
    address: null,
    headers: {},
    subprotocols: [],
    tls: { ca: certificate, cert: null, key: null, insecure: false, servername: null },
    userAgent: 'wsurge/lab',
  };
}

/** What the plan, the tap and the server's log say of each message of the measure phase, on one axis of time. */
function messagesOf(cell: Cell, tap: TapRecord, truth: readonly TruthEntry[]): TappedMessage[] {
  const entries = new Map<number, TruthMessage>();
  for (const entry of truth) {
    if (entry.kind === 'message' && entry.sequence !== null) entries.set(entry.sequence, entry);
  }
  // Threads of a process share the origin of performance.now().
  const originUs = monotonicOriginUs();
  const messages: TappedMessage[] = [];
  for (const { sequence, dueUs } of plannedOf(cell)) {
    const at = sequence - FIRST_SEQUENCE;
    messages.push({
      ...{ sequence, dueUs },
      intendedUs: originUs + tap.t0Us + dueUs,
      sentUs: originUs + tap.sentUs[at]!,
      receivedUs: originUs + tap.receivedUs[at]!,
      responseUs: tap.receivedUs[at]! - tap.t0Us - dueUs,
      truth: entries.get(sequence),
    });
  }
  return messages;
}

function* plannedOf(cell: Cell): Generator<{ sequence: number; dueUs: number }> {
  const connections = peakConnections(cell);
  const next = new Array<number>(connections).fill(0);
  const cursor = pacerOf(cell).cursor(0, 1);
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    const { connection } = cursor;
    const ordinal = next[connection]!++;
    if (dueUs >= cell.warmupMs * 1000) yield { sequence: sequenceOf(connection, ordinal, connections), dueUs };
  }
}
