import { rowShortage } from '../coordinator/hand-out.js';
import { profileError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { Profile } from '../profile/profile.js';

/** Throws WsurgeError (104) if rows of data are used once, and are too few for all connections of the plan. */
export function refuseWithoutRows({ data, dataReuse }: Profile, { cells, preWarm, idleMemory }: Plan): void {
  const asides = [preWarm, idleMemory?.cell ?? null].filter((cell) => cell !== null);
  const shortage = rowShortage([...asides, ...cells], data.length, dataReuse);
  if (shortage !== null) throw profileError([shortage]);
}
