/** Version of the line. Readers refuse other versions. */
export const SERVER_SECOND_VERSION = 1;

/**
 * One second of the measured time seen from outside the load: the CPU and memory of the server's process, and the CPU
 * of this machine. It is a separate line among those of the workers. Plain JSON data.
 */
export interface ServerSecond {
  readonly v: typeof SERVER_SECOND_VERSION;
  readonly cell: string;
  /** Whole seconds from the start of the measured time to the start of this line's time. */
  readonly second: number;
  /** Time that this line covers, ms. */
  readonly elapsedMs: number;
  /** CPU time used, in steps of 10 ms, and memory at the end; null if there is no process to look at. */
  readonly server: { readonly cpuMs: number; readonly rssBytes: number } | null;
  /** CPU time of all cores of the generator's machine; null if the kernel does not tell. */
  readonly machineCpuMs: number | null;
}

/** CPU time as a percentage of the elapsed time: 100 = one core. */
export function percentOfCore(cpuMs: number | null, elapsedMs: number): number | null {
  return cpuMs === null || elapsedMs <= 0 ? null : (100 * cpuMs) / elapsedMs;
}
