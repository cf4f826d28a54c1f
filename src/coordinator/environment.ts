import { arch, availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { readLimits } from './limits.js';

/** This machine, as it stands in results. Memory is what the process may use, where a container sets less. */
export function describeGenerator(): GeneratorEnvironment {
  const { openFiles, ephemeralPorts } = readLimits();
  return {
    host: hostname(),
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: usableMemory(totalmem(), process.constrainedMemory()),
    kernel: `${type()} ${release()} ${arch()}`,
    node: process.version,
    limits: { openFiles, ephemeralPorts: ephemeralPorts === null ? null : ephemeralPorts.to - ephemeralPorts.from + 1 },
  };
}

/** `constrained` is 0 or beyond the machine's own where nothing constrains. */
export function usableMemory(totalBytes: number, constrainedBytes: number | undefined): number {
  return constrainedBytes === undefined || constrainedBytes === 0 ? totalBytes : Math.min(totalBytes, constrainedBytes);
}
