/** `wsurge agents`: who is there. */
import { randomBytes } from 'node:crypto';
import { askAll } from '../bus/exchange.js';
import { connectBus } from '../bus/nats.js';
import { type AgentInfo, whoSubject } from '../fleet/orders.js';
import type { Surroundings } from './surroundings.js';

/** All agents have answered when none has for so long, ms. */
const QUIET_MS = 500;

/** The agents of a fleet, by name. Throws WsurgeError if the broker cannot be reached. */
export async function agentsOfFleet(
  nats: string | undefined,
  fleet: string,
  { env, signal }: Surroundings,
): Promise<readonly AgentInfo[]> {
  const bus = await connectBus({ url: nats, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge agents' });
  try {
    const question = { id: randomBytes(8).toString('hex'), kind: 'who', body: {} };
    const agents = (await askAll(bus, whoSubject(fleet), question, QUIET_MS)) as readonly AgentInfo[];
    return [...agents].sort((a, b) => (a.id < b.id ? -1 : 1));
  } finally {
    await bus.close();
  }
}
