// A chat on socket.io, as its tutorial has it: what one says, all hear.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { announce } from './peer.mjs';

const server = createServer();
const io = new Server(server);
io.on('connection', (socket) => {
  socket.on('chat message', (text) => io.emit('chat message', text));
});
announce(server);
server.listen(0, '127.0.0.1');
