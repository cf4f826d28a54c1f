import type { Override } from '../../profile/overrides.js';
import type { Scalar } from '../../profile/scalars.js';
import type { Flag } from './flag.js';

type Apply = (value: string, origin: string) => Override;

export interface RunFlag extends Flag {
  /**
   * `profile`: overrides a key of the profile. `load`: describes the load of a bare URL; refused with a profile file.
   * `settings`: how the run behaves.
   */
  readonly belongs: 'profile' | 'load' | 'settings';
  /** The key of a load that a `load` flag sets, as in `--set`. */
  readonly loadKey?: string;
  readonly apply?: Apply;
  /** Reads the value. Absent if only the whole profile can tell whether the value is right. */
  readonly scalar?: Scalar<unknown>;
}

/** Sets a default for all loads. A load with the key keeps its own value. */
export const byDefault =
  (path: string, clears: readonly string[] = []): Apply =>
  (value, origin) => ({ kind: 'default', path: path.split('.'), clears, value, origin });

/** Sets one key of the profile. */
export const exactly =
  (path: string, read: (value: string) => unknown = (value) => value): Apply =>
  (value, origin) => ({ kind: 'set', path: path.split('.'), value: read(value), origin });
