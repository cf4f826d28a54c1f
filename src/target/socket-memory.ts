import { kernelProc, type ProcFiles } from './proc-files.js';

/** The kernel counts the buffers of sockets in pages; Linux on x86 and most of ARM has them of this size. */
const PAGE_BYTES = 4096;

/**
 * What the kernel of this machine holds for sockets beyond what any process is charged with: their buffers, by
 * /proc/net/sockstat, and the kernel's own objects that it cannot give back (sockets among them), by /proc/meminfo.
 * Only differences mean something. Null where it is not told.
 */
export function socketMemoryBytes(proc: ProcFiles = kernelProc): number | null {
  const sockets = /^TCP: .*\bmem (\d+)$/m.exec(proc.readText('/proc/net/sockstat') ?? '');
  const slab = /^SUnreclaim:\s+(\d+) kB$/m.exec(proc.readText('/proc/meminfo') ?? '');
  if (sockets === null || slab === null) return null;
  return Number(sockets[1]) * PAGE_BYTES + Number(slab[1]) * 1024;
}
