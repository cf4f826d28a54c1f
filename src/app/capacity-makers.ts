/** Who makes the load of a search, and how far they can go: this machine, or the agents of a crew. */
import { mostConnections } from '../coordinator/preflight.js';
import type { SearchRoom } from '../fleet/search-room.js';
import { usableCores } from '../machine/cores.js';
import { readLimits } from '../machine/limits.js';
import type { Cell } from '../plan/cell.js';
import { type Plan, planOf } from '../plan/plan.js';
import { RATE_MAX } from '../profile/flag-keys.js';
import type { Profile } from '../profile/profile.js';
import { atConnections, MOST_CONNECTIONS, type Sized, steady } from './capacity-boards.js';
import type { Crew } from './crew.js';
import { isLocal } from './target-place.js';

/** The most connections of a step; null for no limit. */
export type Most = ReturnType<typeof mostConnections>;

/** The plan of the first step, and what its makers grant. */
export interface Makers {
  readonly plan: Plan;
  /** Cores that neither a worker nor a local target needs. */
  readonly freeCores: number;
  readonly most: (sized: Sized) => Most;
  /** The highest rate on the connections of the first step; null for no limit. */
  readonly fastest: (
    template: Cell,
  ) => { readonly ratePerSecond: number; readonly text: string; readonly fix: string } | null;
  /** How the agents share the workers; null for this machine. */
  readonly room: SearchRoom | null;
}

/** `first`: the profile with the first step as its only load. */
export function ofThisMachine(first: Profile): Makers {
  const localTarget = isLocal(first);
  const cores = usableCores();
  // The number of workers that the largest step needs is not known yet.
  const workers = first.workers === 'auto' ? Math.max(1, localTarget ? cores - 1 : cores) : first.workers;
  const plan = planOf({ ...first, workers }, { only: [], cores, localTarget });
  const { localAddresses } = first;
  return {
    plan,
    freeCores: cores - plan.workers - (localTarget ? 1 : 0),
    most: ({ workers }) => mostConnections(readLimits(), { workers, localAddresses }),
    fastest: () => null,
    room: null,
  };
}

/** Agents that nobody has asked yet: what they grant is not known. */
export function ofUnknownAgents(first: Profile): Makers {
  return { ...ofThisMachine(first), most: () => null };
}

/** Throws WsurgeError (104) if the agents cannot even run the first step. */
export function ofCrew(first: Profile, crew: Crew): Makers {
  const rooms: SearchRoom[] = [];
  const split = ([cell]: readonly Cell[]) => {
    const room = crew.room(cell!);
    rooms.push(room);
    return room;
  };
  const plan = planOf(first, { only: [], cores: usableCores(), localTarget: isLocal(first), split });
  const room = rooms[0]!;
  return {
    plan,
    ...{ freeCores: room.freeCores, room },
    most: (sized) => {
      const found = room.most((level) => atConnections(sized, level), sized.template.connections.to, MOST_CONNECTIONS);
      return found === null ? null : { connections: found.level, why: found.why, fix: found.fix };
    },
    fastest: (template) => {
      if (template.rate === null) return null;
      const found = room.most((level) => ({ ...template, rate: steady(level) }), template.rate.to, RATE_MAX);
      return found === null ? null : { ratePerSecond: found.level, text: found.why, fix: found.fix };
    },
  };
}
