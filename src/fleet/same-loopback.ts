import { hostname } from 'node:os';
import { usageError, type WsurgeError } from '../errors.js';
import { loopbackId } from '../machine/loopback.js';
import type { AgentInfo } from './orders.js';

/** Where a process is. */
export interface Place {
  /** See `loopbackId`. */
  readonly loopback: string | null;
  readonly host: string;
}

export function here(): Place {
  return { loopback: loopbackId(), host: hostname() };
}

/** True if the agent reaches servers on the loopback of that place. Where the system does not tell, by the host's name. */
export function sharesLoopback(
  { loopback, environment }: Pick<AgentInfo, 'loopback' | 'environment'>,
  place: Place,
): boolean {
  if (loopback === null || place.loopback === null) return environment.host === place.host;
  return loopback === place.loopback;
}

/**
 * Why agents cannot load a server on the loopback of a place (104); null if all of them reach it. An agent elsewhere
 * would load whatever listens on that port of its own machine. `server`: in words. `next`: how to name it instead.
 */
export function refusedLoopback(
  server: string,
  agents: readonly AgentInfo[],
  place: Place,
  next: string,
): WsurgeError | null {
  const away = agents.filter((agent) => !sharesLoopback(agent, place)).map(({ name }) => name);
  if (away.length === 0) return null;
  const named = away.length > 3 ? `${away.slice(0, 3).join(', ')} and ${away.length - 3} more` : away.join(', ');
  const are = away.length === 1 ? `agent ${named} is elsewhere` : `agents ${named} are elsewhere`;
  return usageError('target_on_loopback', `${server} is on the loopback of this machine, and ${are}`, next);
}
