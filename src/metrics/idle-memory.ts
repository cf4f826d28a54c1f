/**
 * How much of the server's memory one idle connection takes: the slope of a line through readings taken before any
 * load.
 */
import { leastSquares } from '../stats/least-squares.js';
import { criticalT, linearModel } from '../stats/linear-model.js';

/** A number of idle connections, and the memory at that time, bytes. */
export interface IdleStep {
  readonly asked: number;
  readonly held: number;
  /** Resident memory of the server's processes. */
  readonly rssBytes: number;
  /** Memory that the kernel of this machine used for all sockets; null if unknown. */
  readonly socketBytes: number | null;
}

/** Bytes for one more connection. */
export interface PerConnection {
  readonly bytes: number;
  /** 95 % interval of the slope; null if the line has only two points. */
  readonly ci: readonly [number, number] | null;
  readonly r2: number;
}

export type IdleMemory =
  | {
      readonly status: 'measured';
      readonly steps: readonly IdleStep[];
      readonly server: PerConnection;
      /** Kernel memory for both ends of a connection, because the generator runs on the same machine. */
      readonly sockets: PerConnection | null;
    }
  | { readonly status: 'none'; readonly reason: string; readonly steps: readonly IdleStep[] };

/** Fits the line. `least`: with fewer held connections there is no value. */
export function idleMemoryOf(steps: readonly IdleStep[], least: number): IdleMemory {
  const most = Math.max(0, ...steps.map(({ held }) => held));
  const server = perConnection(steps.map(({ held, rssBytes }) => [held, rssBytes]));
  if (most < least || server === null) {
    const asked = Math.max(0, ...steps.map((step) => step.asked));
    const reason = `the server held only ${most} of ${asked} idle connections; at least ${least} are needed to measure the memory of one`;
    return { status: 'none', reason, steps };
  }
  const sockets = steps.flatMap(({ held, socketBytes }) =>
    socketBytes === null ? [] : [[held, socketBytes] as const],
  );
  return { status: 'measured', steps, server, sockets: perConnection(sockets) };
}

/** Null with fewer than two different numbers of connections. */
function perConnection(points: readonly (readonly [held: number, bytes: number])[]): PerConnection | null {
  const line = leastSquares(points);
  if (line === null) return null;
  const model = linearModel(points.map(([held, bytes]) => ({ x: [1, held], y: bytes, weight: 1 })));
  if (model === null) return { bytes: line.slope, ci: null, r2: line.r2 };
  const half = criticalT(model.degrees) * Math.sqrt(model.covariance[1]![1]!);
  return { bytes: line.slope, ci: [line.slope - half, line.slope + half], r2: line.r2 };
}
