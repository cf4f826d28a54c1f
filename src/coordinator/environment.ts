import { arch, availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { readLimits } from './limits.js';

/** This machine, as saved in results. Memory is what the process may use: in a container that can be less. */
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

/** `constrained` is 0, or more than the machine has, if there is no limit. */
export function usableMemory(totalBytes: number, constrainedBytes: number | undefined): number {
  return constrainedBytes === undefined || constrainedBytes === 0 ? totalBytes : Math.min(totalBytes, constrainedBytes);
}
