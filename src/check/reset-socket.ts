import type { Socket } from 'node:net';

/** Cuts a TCP connection with a RST, which a peer tells from an end. */
export function resetSocket(socket: Socket): void {
  // Reset in the middle of its own end, the handle is never closed, and the process cannot exit.
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
