// A chat with rooms on Socket.IO. It counts what was said and to how many it was sent, and tells it at /counts.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { announce } from './peer.mjs';

const HISTORY = 20;
const counts = { joins: 0, acks: 0, said: {}, sentTo: {} };
const add = (sums, name, by) => {
  sums[name] = (sums[name] ?? 0) + by;
};
const history = new Map();

const server = createServer((request, response) => {
  if (request.url === '/counts') response.end(JSON.stringify(counts));
});
const io = new Server(server);
io.on('connection', (socket) => {
  const sizeOf = (room) => io.sockets.adapter.rooms.get(room)?.size ?? 0;
  const said = (event, room, text) => {
    add(counts.said, event, 1);
    const last = history.get(room) ?? [];
    last.push(text);
    if (last.length > HISTORY) last.shift();
    history.set(room, last);
  };
  const acknowledge = (callback, answer) => {
    if (typeof callback !== 'function') return;
    counts.acks++;
    callback(answer);
  };
  socket.on('join', (room, callback) => {
    counts.joins++;
    socket.join(room);
    callback({ ok: true, nick: `nick-${counts.joins}` });
  });
  // What one says, all in the room hear: the sender before or after the acknowledgement.
  socket.on('say', (room, text, callback) => {
    said('say', room, text);
    add(counts.sentTo, 'say', sizeOf(room));
    io.to(room).emit('said', text);
    acknowledge(callback, { ok: true });
  });
  socket.on('whisper', (room, message, callback) => {
    said('whisper', room, JSON.stringify(message));
    add(counts.sentTo, 'whisper', sizeOf(room) - 1);
    socket.to(room).emit('whispered', JSON.stringify(message));
    acknowledge(callback, { ok: true });
  });
  // An answer that quotes messages is no delivery of them.
  socket.on('history', (room, callback) => {
    add(counts.said, 'history', 1);
    acknowledge(callback, history.get(room) ?? []);
  });
});
announce(server);
server.listen(0, '127.0.0.1');
