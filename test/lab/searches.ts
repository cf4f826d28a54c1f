import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { startServer } from '../../src/server/server.js';
import { type Search, searchIn } from './command.js';
import { type Experiment, exactly, finding } from './experiment.js';
import { runLibrary } from './library-run.js';
import { besideSpinners } from './spinners.js';
import { TargetProcess } from './target-process.js';

async function search(folder: string, profile: object, flags: readonly string[]): Promise<Search> {
  await writeFile(path.join(folder, 'lab.json'), JSON.stringify({ name: 'lab', ...profile }));
  return await searchIn(folder, ['lab.json', ...flags]);
}

const queueOfKnownTheory: Experiment = {
  id: 'C1',
  title: 'The rate at which a queue of known theory keeps its limit',
  truth:
    'One server, exponential service with a mean of 1 ms, arrivals as from independent users: the 99th percentile of the time in the system is ln(100) / (1000 - rate), so that 20 ms are reached at 770 messages a second. The search must give that to 5 %.',
  run: async () => {
    const target = await TargetProcess.start('queue:exp(1ms)');
    try {
      const load = [{ name: 'queue', connections: 50, rate: 450, arrival: 'poisson' }];
      const profile = { target: { url: target.url }, load, duration: '40s', pacing: 'metronome' };
      // A generator that shares two cores with this server waits 5 to 7 % of the time for one: never VALID, and no slower for it.
      const { document } = await search(target.folder, profile, [
        ...['--axis', 'rate'],
        ...['--slo', 'ws_response_time p(99)<=20ms'],
      ]);
      const { ratePerSecond, text } = document.answer;
      return [finding('highest rate', 'msg/s', 770, ratePerSecond, { below: 40, above: 38 }, text)];
    } finally {
      await target.stop();
    }
  },
};

const MOST = 300;

const limitedDoor: Experiment = {
  id: 'C2',
  title: 'A server that lets in 300 connections',
  truth: 'Every connection above 300 is refused. The search must give 300, to the last one.',
  run: async () => {
    const server = await startServer({ engine: 'ws', port: 0, maxConnections: MOST });
    const target = await TargetProcess.start('null');
    try {
      const load = [{ name: 'door', connections: 100, ratePerConnection: 2 }];
      const profile = { target: { url: server.url }, load, duration: '3s' };
      const { document, code } = await search(target.folder, profile, ['--slo', 'ws_response_time p(95)<200ms']);
      return [exactly('connections', '', MOST, document.answer.connections), exactly('exit code', '', 0, code)];
    } finally {
      await target.stop();
      await server.close();
    }
  },
};

/** Programs that never rest, for each core one more than it can serve beside the generator. */
const SPINNERS_PER_CORE = 3;

const starvedGenerator: Experiment = {
  id: 'C3',
  title: 'A search by a generator that gets no processor',
  truth:
    'Three programs on every core never rest. Whatever the server could take, the generator cannot tell: exit code 98.',
  run: async () => {
    const target = await TargetProcess.start('null');
    const spinners = SPINNERS_PER_CORE * availableParallelism();
    try {
      const load = [{ name: 'starved', connections: 50, rate: 2000 }];
      const profile = { target: { url: target.url }, load, duration: '5s' };
      const flags = ['--axis', 'rate', '--max', '20000'];
      const { code, document } = await besideSpinners(spinners, () => search(target.folder, profile, flags));
      return [
        exactly('exit code', '', 98, code),
        exactly('the generator is to blame', '', 1, document.answer.limitedBy?.by === 'client' ? 1 : 0),
      ];
    } finally {
      await target.stop();
    }
  },
};

/** As many as a usual limit of 20,000 open files allows, with room for the rest. */
const MANY = 18_000;

const manyConnections: Experiment = {
  id: 'C4',
  title: 'Connections held from several local addresses',
  truth: `${MANY} connections from eight local addresses, a message on each of them every 18 seconds: none is lost, and every message is answered.`,
  run: async () => {
    const load = [{ name: 'hold', connections: MANY, rate: 1000 }];
    const profile = {
      load,
      localAddresses: ['127.0.0.2-127.0.0.9'],
      connectRate: 1000,
      connectTimeout: '30s',
      duration: '20s',
    };
    const { cells } = await runLibrary('null', profile);
    const { held, failed } = cells[0]!.connections;
    const { planned, answered } = cells[0]!.flows[0]!.messages;
    return [
      exactly('held', '', MANY, held),
      exactly('failed', '', 0, failed),
      exactly('answered', '', planned, answered),
    ];
  },
};

/** Searches of which the answer is known, and as many connections as a machine holds; apart from the accuracy of single figures, since they take minutes. */
export const searches: readonly Experiment[] = [queueOfKnownTheory, limitedDoor, starvedGenerator, manyConnections];
