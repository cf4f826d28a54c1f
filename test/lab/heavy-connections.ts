import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../src/index.js';
import { writeMemoryServer } from '../e2e/memory-server.js';
import { type Experiment, exactly, finding } from './experiment.js';

const CONNECTIONS = 1000;
const MORE_BYTES = 20_000;

export const heavyConnections: Experiment = {
  id: 'L14',
  title: 'Two servers that are alike, but one keeps 20 KB more for each connection',
  truth:
    `${CONNECTIONS} connections, held idle before any load. The memory per connection of the two servers differs by 20 KB ` +
    'within 2 KB, and both runs have a value.',
  run: async () => {
    const plain = await bytesPerConnection(0);
    const heavy = await bytesPerConnection(MORE_BYTES);
    const more = (heavy ?? Number.NaN) - (plain ?? Number.NaN);
    return [
      exactly('runs with a value', 'runs', 2, [plain, heavy].filter((bytes) => bytes !== null).length),
      finding('difference per connection', 'KB', MORE_BYTES / 1000, more / 1000, { below: 2, above: 2 }),
    ];
  },
};

/** Null where the run has no value. */
async function bytesPerConnection(keptBytes: number): Promise<number | null> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-lab-'));
  try {
    const profile = {
      name: 'lab',
      target: await writeMemoryServer(folder, keptBytes),
      load: [{ name: 'load', connections: CONNECTIONS, rate: '100/s' }],
      ...{ warmup: '0s', duration: '1s', idleMemory: true },
    };
    const { result } = await run({ target: profile, cwd: folder, env: {} });
    return result.idleMemory?.status === 'measured' ? result.idleMemory.server.bytes : null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
