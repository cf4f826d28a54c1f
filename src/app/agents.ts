/** `wsurge agents`: who is there. */
import { unlessInterrupted } from '../bus/interrupted.js';
import { connectBus } from '../bus/nats.js';
import type { AgentInfo } from '../fleet/orders.js';
import { agentsOf } from '../fleet/present.js';
import type { Surroundings } from './surroundings.js';

/** The agents of a fleet, by id. Throws WsurgeError if the broker cannot be reached. */
export async function agentsOfFleet(
  nats: string | undefined,
  fleet: string,
  { env, signal }: Surroundings,
): Promise<readonly AgentInfo[]> {
  const bus = await connectBus({ url: nats, env, signal, inboxPrefix: '_INBOX_c', name: 'wsurge agents' });
  try {
    return await unlessInterrupted(agentsOf(bus, fleet), signal, 'asking agents');
  } finally {
    await bus.close();
  }
}
