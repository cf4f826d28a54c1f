import type { Socket } from 'node:net';
import { codeOf } from '../errors.js';

/**
 * Cuts a TCP connection with a RST, which the peer can tell from a normal end. A unix socket has no RST, and Node
 * cannot send one below TLS; there the connection just ends.
 */
export function resetSocket(socket: Socket): void {
  // A reset while the socket is ending would leave the handle open for ever, and the process could not exit.
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
