/** The parts of a fleet for tests: a real broker, agents as processes, and who listens in. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { connect, type Msg } from '@nats-io/transport-node';
import { decodeBody } from '../../src/bus/codec.js';
import type { AgentInfo, Order, OrderContext } from '../../src/fleet/orders.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { type NatsServer, natsServer } from '../bus/nats-server.js';
import { echo, wsServer } from './local-server.js';
import { type CliRun, COUNTED_RUN, runCli } from './run-cli.js';
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

export async function agentOn(t: TestContext, broker: NatsServer, name: string, flags: readonly string[] = []) {
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

/** A server of the test, in this process, that knows what it received. */
export interface CountedServer {
  readonly url: string;
  /** Messages so far, but for those of test connections. */
  readonly received: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Close codes of connections that are closed, in order. */
  readonly codes: readonly number[];
  /** Resolves when this is so; asked whenever something happens. */
  when(isSo: (server: CountedServer) => boolean): Promise<void>;
}

/**
 * `answers`: whether and when it answers, asked for every message but those of test connections; absent for always, and
 * at once.
 */
export async function countedServer(
  t: TestContext,
  answers: () => boolean | Promise<boolean> = () => true,
): Promise<CountedServer> {
  let [received, open] = [0, 0];
  const codes: number[] = [];
  const looks = new Set<() => void>();
  const happened = () => {
    for (const look of looks) look();
  };
  const server = await wsServer({
    onConnection: (ws) => {
      open++;
      happened();
      ws.on('close', (code) => {
        open--;
        codes.push(code);
        happened();
      });
    },
    onMessage: (ws, data, binary) => {
      const isOfTest = (JSON.parse(String(data)) as { sequence: number }).sequence >= 5e9;
      if (!isOfTest) received++;
      const isAnswered = isOfTest || answers();
      if (isAnswered === true) echo(ws, data, binary);
      else if (isAnswered !== false) void isAnswered.then((isSo) => isSo && echo(ws, data, binary));
      happened();
    },
  });
  t.after(() => server.stop());
  const counted: CountedServer = {
    url: server.url,
    get received() {
      return received;
    },
    get open() {
      return open;
    },
    codes,
    when: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo(counted)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
  };
  return counted;
}

/** A run of the command line in this process that is followed while it goes on. */
export interface FollowedRun {
  readonly done: Promise<CliRun>;
  /** Resolves when the first cell begins a phase. Rejects where the run ends before. */
  reaches(phase: 'connect' | 'warmup' | 'measure' | 'drain'): Promise<void>;
  /** Resolves when a line of `--events` has this text. */
  tells(text: string): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
}

export function followed(profile: string, server: { readonly url: string }, flags: readonly string[]): FollowedRun {
  const interrupt = new AbortController();
  let text = '';
  const looks = new Set<() => void>();
  const args = [...COUNTED_RUN, 'p.yaml', '--target', server.url, '--events', '-', ...flags];
  const done = runCli(args, {
    files: { 'p.yaml': profile },
    signal: interrupt.signal,
    onStdout: (more) => {
      text += more;
      for (const look of looks) look();
    },
  });
  const tells = (wanted: string): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (text.includes(wanted)) resolve();
      };
      looks.add(look);
      look();
    });
    return Promise.race([seen, done.then(({ stderr }) => assert.fail(`the run is over: ${stderr}`))]);
  };
  return {
    ...{ done, tells },
    reaches: (phase) => tells(`"phase":"${phase}"`),
    interrupt: () => interrupt.abort(),
  };
}

/** The states of all agents that answer. */
async function statesOf({ broker }: TestFleet): Promise<string[]> {
  const { stdout } = await runCli(['agents', '--nats', `nats://${broker.address}`, '--json']);
  return (JSON.parse(stdout) as { agents: AgentInfo[] }).agents.map(({ state }) => state.kind);
}

/** All agents are idle, nothing is open at the server, and nothing more comes. */
export async function assertSilent(fleet: TestFleet, server: CountedServer): Promise<void> {
  let states: string[] = [];
  // After the broker was away they dial again. On a busy machine an agent needs a while to end its threads.
  while (states.length < fleet.agents.length || states.includes('busy')) states = await statesOf(fleet);
  assert.deepEqual([...new Set(states)], ['idle']);
  assert.equal(server.open, 0);
  const { received } = server;
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(server.received, received);
}

/** The fleet makes the load of another run. */
export async function assertUsable({ flags }: Pick<TestFleet, 'flags'>, server: { readonly url: string }) {
  const load = ['-c', '4', '-R', '40/s', '-d', '500ms', '-W', '0s'];
  const run = await runCli([...COUNTED_RUN, server.url, ...load, ...flags]);
  assert.ok(run.result !== null, run.stderr);
  const [cell] = run.result.cells;
  assert.deepEqual([cell!.laws, cell!.flows[0]!.messages.planned], [[], 20]);
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

/** The runs that an agent has told of: how many began, and how each ended. */
export function runsOf(agent: SpawnedCli): { readonly begun: number; readonly ended: readonly string[] } {
  const lines = agent.stdout().split('\n');
  return {
    begun: lines.filter((line) => / begins$/.test(line)).length,
    ended: lines.flatMap((line) => / ends after (.*)$/.exec(line)?.[1] ?? []),
  };
}
