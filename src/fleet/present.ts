/** Who of a fleet is there. */
import { randomBytes } from 'node:crypto';
import { type Bus, BusError } from '../bus/bus.js';
import { askAll } from '../bus/exchange.js';
import { unreachableError } from '../errors.js';
import { isAgentInfo } from './agent-info.js';
import { type AgentInfo, whoSubject } from './orders.js';

/** All agents have answered when none has for so long, ms. */
const QUIET_MS = 500;

/** Every agent of a fleet that answers, by id. Throws WsurgeError if the broker is gone. */
export async function agentsOf(bus: Bus, fleet: string): Promise<readonly AgentInfo[]> {
  const question = { id: randomBytes(8).toString('hex'), kind: 'who', body: {} };
  try {
    const agents = (await askAll(bus, whoSubject(fleet), question, QUIET_MS)).filter(isAgentInfo);
    if (agents.length === 0 && bus.away !== null) throw bus.away;
    return agents.sort((one, other) => (one.id < other.id ? -1 : 1));
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    throw bus.away ?? unreachableError('broker_lost', error.message, 'look into the log of the broker');
  }
}
