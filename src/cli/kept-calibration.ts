import { describeGenerator } from '../coordinator/environment.js';
import { calibrationPath, type MachineFile, readMachineFile } from '../store/machine-file.js';
import type { Calibration } from '../verdict/calibration.js';
import type { CliIo } from './io.js';

/** What a calibration holds for. */
export function thisMachine(): MachineFile['machine'] {
  const { cpu, cores, kernel, node } = describeGenerator();
  return { cpu, cores, kernel, node };
}

/** What `wsurge calibrate` found on this machine; null where it was never run, or on another. */
export async function keptCalibration({ env }: CliIo): Promise<Calibration | null> {
  const file = calibrationPath(env);
  return file === null ? null : ((await readMachineFile(file, thisMachine()))?.calibration ?? null);
}
