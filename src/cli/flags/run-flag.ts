import type { Scalar } from '../../profile/scalars.js';
import type { Change, LoadKey } from '../../profile/settings.js';
import type { Flag } from './flag.js';

export interface RunFlag extends Flag {
  /**
   * `profile`: overrides a key of the profile. `load`: describes the load of a bare URL; refused with a profile file.
   * `settings`: how the run behaves.
   */
  readonly belongs: 'profile' | 'load' | 'settings';
  /** The key of a load that a `load` flag sets, as in `--set`. */
  readonly loadKey?: LoadKey;
  readonly apply?: Change;
  /** Reads the value. Absent if only the whole profile can tell whether the value is right. */
  readonly scalar?: Scalar<unknown>;
}
