/** The parts of a fleet for tests: a real broker, agents as processes, and who listens in. */
import type { TestContext } from 'node:test';
import { connect, type Msg } from '@nats-io/transport-node';
import { decodeBody } from '../../src/bus/codec.js';
import type { Order, OrderContext } from '../../src/fleet/orders.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { type NatsServer, natsServer } from '../bus/nats-server.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';
import { type TruthOptions, type TruthServer, truthServer } from './truth-server.js';

export interface TestFleet {
  readonly broker: NatsServer;
  readonly agents: readonly SpawnedCli[];
  /** Flags of a run that has them make its load. */
  readonly flags: readonly string[];
}

/** The broker of a test, and its agents by name. */
export async function fleetOf(
  t: TestContext,
  names: readonly string[],
  flags: readonly string[] = ['--workers', '1'],
): Promise<TestFleet> {
  const broker = await natsServer();
  t.after(() => broker.stop());
  const agents = await Promise.all(names.map((name) => agentOn(t, broker, name, flags)));
  const url = `nats://${broker.address}`;
  return { broker, agents, flags: ['--agents', String(names.length), '--nats', url, '--agents-wait', '0s'] };
}

async function agentOn(t: TestContext, broker: NatsServer, name: string, flags: readonly string[] = []) {
  const agent = await spawnCli(t, ['agent', '--nats', `nats://${broker.address}`, '--name', name, ...flags]);
  await agent.printed('is up');
  return agent;
}

/** A server of the test that knows what it received. It may be stopped before the test ends. */
export async function targetOf(t: TestContext, options: TruthOptions = {}): Promise<TruthServer> {
  const server = await truthServer(options);
  let log: Promise<TruthEntry[]> | null = null;
  const stop = () => {
    log ??= server.stop();
    return log;
  };
  t.after(stop);
  return { ...server, stop };
}

/** An order as it crossed the bus. */
export interface SeenOrder extends OrderContext {
  /** The agent's id. */
  readonly agent: string;
  readonly order: Order;
  /** Of the message. */
  readonly bytes: number;
}

/** Listens to every order that fits one message. Each is seen as often as it is sent. */
export async function ordersOn(t: TestContext, broker: NatsServer): Promise<readonly SeenOrder[]> {
  const connection = await connect({ servers: broker.address });
  t.after(() => connection.close());
  const seen: SeenOrder[] = [];
  const see = ({ subject, headers, data }: Msg) => {
    if (headers?.get('form') !== 'whole') return;
    const body = decodeBody(data) as OrderContext & { readonly order: Order };
    seen.push({ ...body, agent: subject.split('.')[3]!, bytes: data.length });
  };
  connection.subscribe('wsurge.*.agent.*.order', { callback: (error, message) => void (error ?? see(message)) });
  await connection.flush();
  return seen;
}
