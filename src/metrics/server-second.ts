/** Version of the line; readers refuse others. */
export const SERVER_SECOND_VERSION = 1;

/**
 * A second of the measured time seen from outside the load: the CPU and memory of the server's process, and the CPU of this
 * machine. It is a line of its own beside those of the workers. Plain JSON-able data.
 */
export interface ServerSecond {
  readonly v: typeof SERVER_SECOND_VERSION;
  readonly cell: string;
  /** Whole seconds from the start of the measured time to the start of this stretch. */
  readonly second: number;
  /** Length of the stretch this line covers, ms. */
  readonly elapsedMs: number;
  /**
   * CPU time used in the stretch, in steps of 10 ms, and memory at its end; null where there is no process to look at.
   */
  readonly server: { readonly cpuMs: number; readonly rssBytes: number } | null;
  /** Time that all cores of the generator's machine worked in the stretch; null where the kernel does not say. */
  readonly machineCpuMs: number | null;
}

/** CPU time of a stretch in percent: 100 = one core. */
export function percentOfCore(cpuMs: number | null, elapsedMs: number): number | null {
  return cpuMs === null || elapsedMs <= 0 ? null : (100 * cpuMs) / elapsedMs;
}
