// An echo on `ws`, as its README has it. With --no-error-handler, as many have it: one broken frame ends the process.
import { WebSocketServer } from 'ws';
import { announce, LOOPBACK } from './peer.mjs';

const handlesErrors = !process.argv.includes('--no-error-handler');
const server = new WebSocketServer(LOOPBACK);
server.on('connection', (socket) => {
  if (handlesErrors) socket.on('error', () => undefined);
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
announce(server);
