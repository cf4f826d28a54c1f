import type { CheckContext } from '../context.js';

/** Promises that a server shows by what it does, besides its kind. Null: not shown. */
export interface ShownPromises {
  /** The sub-protocol that the server chose from those of the target. */
  readonly subprotocol: string | null;
  readonly compression: 'accepted' | 'declined' | null;
  readonly wrongPath: { readonly path: string; readonly status: number } | null;
  /** The status for a GET without Upgrade. */
  readonly missingUpgrade: number | null;
  readonly keepAliveMs: number | null;
}

/** A path on which no server serves WebSockets. */
const NO_SUCH_PATH = '/wsurge-no-such-path';
/** How long to listen for pings, ms. */
const LISTEN_MS = 1000;

/** Tries what one handshake each can show: compression, a path that does not exist, a plain GET. */
export async function promisesShown(context: CheckContext): Promise<ShownPromises> {
  const [opened, wrongPath, missingUpgrade] = await Promise.all([
    orNull(context, () => openedWithCompression(context)),
    orNull(context, () => refusedPath(context)),
    orNull(context, () => plainStatus(context)),
  ]);
  const { subprotocol = null, compression = null, keepAliveMs = null } = opened ?? {};
  return { subprotocol, compression, keepAliveMs, wrongPath, missingUpgrade };
}

type Opened = Pick<ShownPromises, 'subprotocol' | 'compression' | 'keepAliveMs'>;

async function openedWithCompression(context: CheckContext): Promise<Opened> {
  const { subprotocols } = context.endpoint;
  const socket = await context.open({ compression: true });
  const closed = await socket.closed(LISTEN_MS);
  const { subprotocol, extensions, pingsAtMs } = socket;
  if (closed === null) await socket.close(1000, '', LISTEN_MS);
  return {
    subprotocol: subprotocols.includes(subprotocol) ? subprotocol : null,
    compression: extensions === '' ? 'declined' : 'accepted',
    keepAliveMs: pingIntervalMs(pingsAtMs),
  };
}

/** The ping interval that can be promised, by the pings that came; null if fewer than two came. */
export function pingIntervalMs(atMs: readonly number[]): number | null {
  const gapsMs = atMs.slice(1).map((at, index) => at - atMs[index]!);
  if (gapsMs.length === 0) return null;
  return PING_ROUND_MS * Math.ceil((PING_TIMES * Math.max(...gapsMs)) / PING_ROUND_MS);
}

/** A busy server pings late. */
const PING_TIMES = 2;
const PING_ROUND_MS = 100;

async function refusedPath(context: CheckContext): Promise<ShownPromises['wrongPath']> {
  const raw = await context.raw({ path: NO_SUCH_PATH });
  const { status } = await raw.handshake(context.replyMs);
  return status >= 400 ? { path: NO_SUCH_PATH, status } : null;
}

async function plainStatus(context: CheckContext): Promise<number | null> {
  const raw = await context.raw();
  const change = { Upgrade: null, Connection: 'close', 'Sec-WebSocket-Key': null, 'Sec-WebSocket-Version': null };
  const { status } = await raw.handshake(context.replyMs, change);
  return status >= 200 ? status : null;
}

/** An answer that does not come shows nothing. */
async function orNull<T>({ signal }: CheckContext, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
