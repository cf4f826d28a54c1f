import type { Socket } from 'node:net';
import { codeOf } from '../errors.js';

/**
 * Cuts a TCP connection with a RST, which a peer tells from an end. A unix socket has no RST, and Node cannot send one
 * below TLS: there the connection ends without a word.
 */
export function resetSocket(socket: Socket): void {
  // Reset in the middle of its own end, the handle is never closed, and the process cannot exit.
  if (socket.writableEnded) {
    socket.destroy();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch (error) {
    if (codeOf(error) !== 'ERR_INVALID_HANDLE_TYPE') throw error;
    socket.destroy();
  }
}
