/** A broker with agents as processes, for tests of commands that let agents make the load. */
import type { TestContext } from 'node:test';
import { type NatsServer, natsServer } from '../bus/nats-server.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

export interface SpawnedFleet {
  readonly broker: NatsServer;
  /** In the order of their names. */
  readonly agents: readonly SpawnedCli[];
  /** What a coordinator is given to use all of them. */
  readonly flags: readonly string[];
}

/** The broker of a test, and its agents by name; the test takes them away. */
export async function fleetOf(
  t: TestContext,
  names: readonly string[],
  flags: readonly string[] = ['--workers', '1'],
): Promise<SpawnedFleet> {
  const broker = await natsServer();
  t.after(() => broker.stop());
  const url = `nats://${broker.address}`;
  const agents = await Promise.all(
    names.map(async (name) => {
      const agent = await spawnCli(t, ['agent', '--nats', url, '--name', name, ...flags]);
      await agent.printed('is up');
      return agent;
    }),
  );
  return { broker, agents, flags: ['--agents', String(names.length), '--nats', url] };
}

/** The runs that an agent has told of, each as it ended. */
export function runsOf(agent: SpawnedCli): { readonly begun: number; readonly ended: readonly string[] } {
  const lines = agent.stdout().split('\n');
  return {
    begun: lines.filter((line) => / begins$/.test(line)).length,
    ended: lines.flatMap((line) => / ends after (.*)$/.exec(line)?.[1] ?? []),
  };
}
