import { formatDuration } from '../../units.js';
import { judged, type Outcome } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext, ServerProcess } from '../context.js';
import { exchange } from '../echo.js';
import { asks } from '../expectations.js';
import { GONE_MS, openFilesOf, ServerList, sampleOf, settled, UNSEEN } from '../server-list.js';

export const CONNECTIONS = 20;
/** Connections in one round, and rounds after the first. A server may keep the memory of the first for later use. */
const ROUND = 50;
const ROUNDS = 3;
export const MEMORY_CONNECTIONS = ROUNDS * ROUND;
const MIB = 1024 * 1024;
/** The heap may grow by less than this without a leak; a leak of 200 KiB a connection exceeds it. */
const MAX_GROWTH_BYTES = 32 * MIB;
/** Tolerance: a server may open some other files meanwhile. */
const SPARE_FILES = 2;

const LEAVING = `${CONNECTIONS} connections, half of them closed, half of them cut`;

/** 5.11 */
export async function connectionList(context: CheckContext): Promise<Outcome> {
  const list = await ServerList.open(context);
  const before = await list.steady();
  const wanted = before + CONNECTIONS;
  const sockets = await context.openAll(CONNECTIONS);
  const during = await list.upTo(wanted);
  await leave(context, sockets);
  const after = await list.downTo(before);
  return judged(
    [
      during === wanted ? null : `${during} connections on the list with ${CONNECTIONS} more than ${before}`,
      after <= before ? null : `${after} connections are left on the list, ${before} before`,
    ],
    {
      sent: LEAVING,
      expected: `${before}, then ${wanted}, then ${before} within ${formatDuration(GONE_MS)}`,
      received: `${before}, ${during}, ${after}`,
    },
  );
}

/** 5.12 */
export async function filesBack(context: CheckContext): Promise<Outcome> {
  const before = openFilesOf(context);
  if (before === null) return UNSEEN;
  const most = before + SPARE_FILES;
  const sockets = await context.openAll(CONNECTIONS);
  const during = openFilesOf(context);
  await leave(context, sockets);
  const after = await settled(
    context,
    () => openFilesOf(context) ?? before,
    (now) => now <= most,
  );
  return judged([after <= most ? null : `${after} files are open, ${before} before`], {
    sent: LEAVING,
    expected: `at most ${most} open files within ${formatDuration(GONE_MS)}`,
    received: `${before} before, ${during ?? 'unseen'} during, ${after} after`,
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
  const isBack = growth <= MAX_GROWTH_BYTES;
  return judged([isBack ? null : `memory grew by ${mib(growth)} over ${MEMORY_CONNECTIONS} connections`], {
    sent: `${MEMORY_CONNECTIONS} connections in ${ROUNDS} rounds, each with a message`,
    expected: `at most ${mib(MAX_GROWTH_BYTES)} more memory than after ${ROUND} connections before them`,
    received: growth < 0 ? `${mib(-growth)} less` : `${mib(growth)} more`,
    measured: [{ name: 'memory grown', value: Math.max(0, growth) / MIB, unit: 'MiB' }],
  });
}

async function round(context: CheckContext): Promise<void> {
  const sockets = await context.openAll(ROUND);
  if (asks(context.expects)) await Promise.all(sockets.map((socket) => exchange(context, socket, 'round')));
  await leave(context, sockets);
}

/** Closes every second connection, and cuts the others. */
async function leave({ closeMs }: CheckContext, sockets: readonly CheckSocket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket, index) => {
      if (index % 2 === 0) return socket.close(1000, '', closeMs);
      socket.cut(true);
      return socket.closed(closeMs);
    }),
  );
}

function rssOf(process: ServerProcess): number {
  return sampleOf(process).rssBytes;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
