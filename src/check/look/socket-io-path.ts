import { ConnectError } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { byGreeting } from './known-protocols.js';

/** The path on which a socket.io server accepts WebSockets by default. */
export const SOCKET_IO_PATH = '/socket.io/?EIO=4&transport=websocket';
const WITHIN_MS = 1000;

/** Does a socket.io server answer on its default path? Users usually know its URL without the path. */
export async function speaksSocketIo(context: CheckContext): Promise<boolean> {
  try {
    const socket = await context.open({ path: SOCKET_IO_PATH, withinMs: WITHIN_MS, isBare: true });
    return byGreeting(await socket.collect(1, WITHIN_MS)) !== null;
  } catch (error) {
    if (error instanceof ConnectError) return false;
    throw error;
  }
}
