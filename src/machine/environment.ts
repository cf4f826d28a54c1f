import { arch, availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { readLimits } from './limits.js';
import { usableMemory } from './usable-memory.js';

/**
 * This machine, as results describe it. Memory is what this process may use: a container may allow less than there is.
 */
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
