import { fileURLToPath } from 'node:url';
import type { CellEvent } from '../../src/coordinator/cell-events.js';
import { runCell } from '../../src/coordinator/coordinator.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import { ThreadRunner } from '../../src/coordinator/thread-runner.js';
import { HostLoad } from '../../src/machine/host-load.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import type { Pacing } from '../../src/plan/pacing.js';
import { endpointOf } from '../cell.js';
import { type CpuWindow, cpuSince, markCpu } from '../cpu.js';
import type { Target } from '../served.js';

/** The file that `wsurge run` starts its workers with: all their code in one. */
export const SHIPPED_WORKER = new URL('../../threads/load-worker.js', import.meta.url);

/** One worker thread, as `wsurge run -w 1` has it. `file`: what the thread starts with. */
export function oneWorker(file: URL, instrumentCheck: boolean): ThreadRunner {
  return new ThreadRunner({
    ...{ workers: 1, agent: 'bench' },
    workerFile: fileURLToPath(file),
    instrumentCheck,
  });
}

/** A cell's result with what this process and the server's used. */
export interface WatchedCell {
  readonly result: CellResult;
  /** From the first connect until the last is open. */
  readonly connecting: CpuWindow;
  readonly measure: CpuWindow;
  /** Resident memory before the first connect, and with all open after a rest. */
  readonly rssBeforeBytes: number;
  readonly rssOpenBytes: number;
}

/** Runs one cell on the real coordinator and worker, and reads the CPU whenever the phase changes. */
export async function watchCell(
  cell: Cell,
  runner: ThreadRunner,
  { target, pacing }: { readonly target: Target; readonly pacing: Pacing },
): Promise<WatchedCell> {
  const watch = new PhaseWatch(target.pid);
  const result = await runCell(
    cell,
    {
      ...{ runner: new LocalGroup(runner), pacing },
      workers: 1,
      endpoint: endpointOf(target),
      env: {},
      data: [],
      server: { engine: null, pid: null, unavailable: 'watched by the bench', sample: () => null },
      host: new HostLoad(),
      restart: null,
      stop: new AbortController().signal,
    },
    watch.sink,
  );
  return { result, ...watch.seen() };
}

class PhaseWatch {
  readonly #serverPid: number;
  #mark: ReturnType<typeof markCpu>;
  #connecting: CpuWindow | null = null;
  #measure: CpuWindow | null = null;
  #rssBeforeBytes = 0;
  #rssOpenBytes = 0;

  constructor(serverPid: number) {
    this.#serverPid = serverPid;
    this.#mark = markCpu(serverPid);
  }

  readonly sink = (event: CellEvent): void => {
    if (event.type !== 'phase') return;
    const { phase } = event;
    if (phase === 'warmup') this.#connecting = cpuSince(this.#mark, this.#serverPid);
    else if (phase === 'drain') this.#measure = cpuSince(this.#mark, this.#serverPid);
    if (phase === 'connect') this.#rssBeforeBytes = process.memoryUsage.rss();
    else if (phase === 'measure') this.#rssOpenBytes = process.memoryUsage.rss();
    // Last, so that the work here falls into no window.
    if (phase === 'connect' || phase === 'measure') this.#mark = markCpu(this.#serverPid);
  };

  seen() {
    if (this.#connecting === null || this.#measure === null) throw new Error('the cell did not pass all its phases');
    return {
      connecting: this.#connecting,
      measure: this.#measure,
      rssBeforeBytes: this.#rssBeforeBytes,
      rssOpenBytes: this.#rssOpenBytes,
    };
  }
}
