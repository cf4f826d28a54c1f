import { describeGenerator } from '../machine/environment.js';
import { calibrationPath, type MachineFile, readMachineFile } from '../store/machine-file.js';
import type { Calibration } from '../verdict/calibration.js';
import type { Surroundings } from './surroundings.js';

/** The machine that a calibration is valid for. */
export function thisMachine(): MachineFile['machine'] {
  const { cpu, cores, kernel, node } = describeGenerator();
  return { cpu, cores, kernel, node };
}

/** The calibration of this machine; null if there is none, or it is of another machine. */
export async function keptCalibration({ env }: Pick<Surroundings, 'env'>): Promise<Calibration | null> {
  const file = calibrationPath(env);
  return file === null ? null : ((await readMachineFile(file, thisMachine()))?.calibration ?? null);
}
