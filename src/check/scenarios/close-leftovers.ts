import { judged, type Outcome } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext, ServerProcess } from '../context.js';
import { exchange } from '../echo.js';
import { ServerList, settled, UNSEEN } from '../server-list.js';

const CONNECTIONS = 20;
/** Connections of one round, and rounds after the first, whose memory a server may keep to use again. */
const ROUND = 50;
const ROUNDS = 3;
const CLOSE_MS = 6000;
const MIB = 1024 * 1024;
/** Large enough that the heap's own growth passes, small enough that a leak of 200 KiB a connection fails. */
const MAX_GROWTH_BYTES = 32 * MIB;
/** Tolerance: a server may open some files of its own meanwhile. */
const SPARE_FILES = 2;

/** 5.11 */
export async function connectionList(context: CheckContext): Promise<Outcome> {
  const list = await ServerList.open(context);
  const before = await list.count();
  const sockets = await context.openAll(CONNECTIONS);
  const during = await list.count();
  await leave(sockets);
  const after = await list.downTo(before);
  return judged(
    [
      during === before + CONNECTIONS
        ? null
        : `${during} connections on the list with ${CONNECTIONS} more than ${before}`,
      after === before ? null : `${after} connections are left on the list, ${before} before`,
    ],
    {
      sent: `${CONNECTIONS} connections, half of them closed, half of them cut`,
      expected: `${before}, ${before + CONNECTIONS}, ${before}`,
      received: `${before}, ${during}, ${after}`,
    },
  );
}

/** 5.12 */
export async function filesBack(context: CheckContext): Promise<Outcome> {
  const { process } = context;
  const before = process?.sample()?.openFds ?? null;
  if (process === null || before === null) return UNSEEN;
  const sockets = await context.openAll(CONNECTIONS);
  const during = process.sample()?.openFds ?? 0;
  await leave(sockets);
  const files = () => process.sample()?.openFds ?? 0;
  const after = await settled(context, files, (now) => now <= before + SPARE_FILES);
  return judged([after <= before + SPARE_FILES ? null : `${after} files are open, ${before} before`], {
    sent: `${CONNECTIONS} connections, half of them closed, half of them cut`,
    expected: `${before} open files`,
    received: `${before} before, ${during} during, ${after} after`,
    measured: [{ name: 'open files after', value: after, unit: 'files' }],
  });
}

/** 5.13 */
export async function memoryBack(context: CheckContext): Promise<Outcome> {
  const { process } = context;
  if (process === null) return UNSEEN;
  await round(context);
  const before = rssOf(process);
  for (let index = 0; index < ROUNDS; index++) await round(context);
  const grown = () => rssOf(process) - before;
  const growth = await settled(context, grown, (bytes) => bytes <= MAX_GROWTH_BYTES);
  const total = ROUNDS * ROUND;
  return judged([growth <= MAX_GROWTH_BYTES ? null : `memory grew by ${mib(growth)} over ${total} connections`], {
    sent: `${total} connections in ${ROUNDS} rounds, each with a message`,
    expected: `at most ${mib(MAX_GROWTH_BYTES)} more memory than after the first ${ROUND}`,
    received: `${mib(growth)} more`,
    measured: [{ name: 'memory grown', value: growth / MIB, unit: 'MiB' }],
  });
}

async function round(context: CheckContext): Promise<void> {
  const sockets = await context.openAll(ROUND);
  if (context.expects.echo !== null) await Promise.all(sockets.map((socket) => exchange(context, socket, 'round')));
  await leave(sockets);
}

/** Every second one closes, the others are cut. */
async function leave(sockets: readonly CheckSocket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket, index) => {
      if (index % 2 === 0) return socket.close(1000, '', CLOSE_MS);
      socket.cut(true);
      return socket.closed(CLOSE_MS);
    }),
  );
}

function rssOf(process: ServerProcess): number {
  const sample = process.sample();
  if (sample === null) throw new Error(`the server has ended${process.exited() ?? ''}`);
  return sample.rssBytes;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
