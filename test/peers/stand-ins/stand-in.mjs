// What every stand-in does alike. A stand-in speaks a protocol as its vendor's own client understands it; the tests let
// that client prove it.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { announce } from '../peer.mjs';

const counts = {};

/** Counts what the stand-in saw or did; a GET answers with all counts. */
export function count(name) {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Calls `meet` with every connection and the query of its URL. `options`: see WebSocketServer. */
export function standIn(meet, options = {}) {
  const server = createServer((_, response) => response.end(JSON.stringify(counts)));
  const sockets = new WebSocketServer({ server, ...options });
  sockets.on('connection', (socket, { url }) => {
    count('connections');
    socket.on('error', () => {});
    meet(socket, new URL(url, 'ws://stand-in').searchParams);
  });
  announce(server);
  server.listen(0, '127.0.0.1');
}

/** Who hears what is said in each room. */
export class Rooms {
  #members = new Map();

  join(room, socket) {
    if (!this.#members.has(room)) this.#members.set(room, new Set());
    const members = this.#members.get(room);
    members.add(socket);
    socket.once('close', () => members.delete(socket));
  }

  has(room, socket) {
    return this.#members.get(room)?.has(socket) ?? false;
  }

  tell(room, text, but = null) {
    for (const socket of this.#members.get(room) ?? []) if (socket !== but) socket.send(text);
  }
}
