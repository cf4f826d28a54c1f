import { kernelProc, type ProcFiles } from './proc-files.js';

/** The kernel counts socket buffers in pages of this size on Linux on x86 and on most ARM machines. */
const PAGE_BYTES = 4096;

/**
 * Memory that the kernel holds for sockets and charges to no process: their buffers (/proc/net/sockstat), and kernel
 * objects that it cannot free, sockets among them (/proc/meminfo). Only differences have a meaning. Null if the system
 * does not tell.
 */
export function socketMemoryBytes(proc: ProcFiles = kernelProc): number | null {
  const sockets = /^TCP: .*\bmem (\d+)$/m.exec(proc.readText('/proc/net/sockstat') ?? '');
  const slab = /^SUnreclaim:\s+(\d+) kB$/m.exec(proc.readText('/proc/meminfo') ?? '');
  if (sockets === null || slab === null) return null;
  return Number(sockets[1]) * PAGE_BYTES + Number(slab[1]) * 1024;
}
