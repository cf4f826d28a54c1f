import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatBytes } from '../../src/units.js';
import { natsServer } from '../../test/bus/nats-server.js';
import type { Case, Round, Setting } from '../case.js';
import { entry, runJob } from '../child.js';
import { coresOf } from '../cpu.js';
import type { CoordinatorAnswer, CoordinatorJob } from '../fleet/coordinator.js';
import type { PlayerAnswer, PlayerJob } from '../fleet/player.js';
import { pinned } from '../machine.js';

const AGENTS = 1000;
const NAME = '1,000 agents';
/** The start of a run with so many agents, and its end. */
const AROUND_SECONDS = 120;

/** One coordinator and many agents, which one process plays; a real nats-server between them. */
export function fleetCase(): Case {
  const goal = (metric: string, most: number) => ({
    metric,
    of: NAME,
    by: { kind: 'value' } as const,
    bound: { most },
  });
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return {
    name: 'fleet',
    title: 'the coordinator of 1,000 agents of 4 workers with 1,000 msg/s each, on one core',
    server: 'none',
    rounds: 1,
    seconds: 20,
    repeats: 1,
    metrics: [
      { key: 'delayP99', label: 'p99 of the loop delay', format: ms },
      { key: 'delayMax', label: 'longest loop delay', format: ms },
      { key: 'cpu', label: 'CPU, share of a core', format: (share) => `${(100 * share).toFixed(0)} %` },
      { key: 'rss', label: 'resident memory', format: formatBytes },
      { key: 'repeated', label: 'messages sent again', format: (count) => String(count) },
      { key: 'lineBytes', label: 'bytes of a line', format: formatBytes },
    ],
    contestants: [{ name: NAME, run: fleetRound }],
    goals: [goal('delayP99', 100), goal('cpu', 0.6), goal('rss', 500e6), goal('repeated', 0)],
    notes: ['agents and broker share the other core'],
  };
}

async function fleetRound({ seconds, machine }: Setting): Promise<Round> {
  const place = { host: '127.0.0.1', before: pinned(machine.serverCore, []) };
  const broker = await natsServer('', {}, place);
  try {
    const url = `nats://${broker.address}`;
    const job: PlayerJob & CoordinatorJob = { url, agents: AGENTS, seconds };
    const [program, ...words] = pinned(machine.serverCore, [
      process.execPath,
      entry('fleet/player'),
      JSON.stringify(job),
    ]);
    const player = spawn(program!, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    try {
      await once(player.stderr, 'data');
      const options = { core: machine.loadCore, seconds: seconds + AROUND_SECONDS };
      const told = await runJob<CoordinatorJob, CoordinatorAnswer>('fleet/coordinator', job, options);
      const text = once(player.stdout, 'data') as Promise<[Buffer]>;
      player.stdin.end();
      const { lineBytes, repeated } = JSON.parse(String((await text)[0])) as PlayerAnswer;
      const { cpu } = told;
      return {
        metrics: {
          ...{ delayP99: told.delayP99Ms, delayMax: told.delayMaxMs, rss: told.rssBytes, lineBytes },
          cpu: (cpu.userSeconds + cpu.systemSeconds) / cpu.seconds,
          repeated: told.repeated + repeated,
        },
        ...coresOf(cpu),
        detail: told,
      };
    } finally {
      player.kill('SIGKILL');
    }
  } finally {
    await broker.stop();
  }
}
