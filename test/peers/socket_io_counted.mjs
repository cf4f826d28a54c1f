// Socket.IO with a namespace that asks for a token. It counts what it saw, and tells it at /counts.
// `--ping-interval` and `--ping-timeout`: ms. `--flood`: events sent before a connect is answered, each of so many bytes.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Server } from 'socket.io';
import { announce } from './peer.mjs';

const { values } = parseArgs({
  options: {
    'ping-interval': { type: 'string', default: '25000' },
    'ping-timeout': { type: 'string', default: '20000' },
    flood: { type: 'string', default: '0x0' },
  },
});
const counts = { transports: 0, connects: 0, refused: 0, pongs: 0, events: {}, closes: {} };
const add = (sums, name) => {
  sums[name] = (sums[name] ?? 0) + 1;
};
const [floods, floodBytes] = values.flood.split('x').map(Number);

const server = createServer((request, response) => {
  if (request.url === '/counts') response.end(JSON.stringify(counts));
});
const io = new Server(server, {
  pingInterval: Number(values['ping-interval']),
  pingTimeout: Number(values['ping-timeout']),
});
io.engine.on('connection', (transport) => {
  counts.transports++;
  transport.on('packet', ({ type }) => {
    if (type === 'pong') counts.pongs++;
  });
  transport.on('close', (reason) => add(counts.closes, reason));
});

/** Acknowledges every event with what it brought, but for a few names that do something else. */
function serve(socket) {
  counts.connects++;
  socket.conn.on('packet', ({ type, data }) => {
    // The package itself acknowledges an event only once.
    const id = type === 'message' && /^2(\d+)\["twice"/.exec(data)?.[1];
    if (id) for (let i = 0; i < 2; i++) socket.conn.write(`3${id}[]`);
  });
  socket.onAny((event, ...args) => {
    add(counts.events, event);
    const acknowledge = typeof args.at(-1) === 'function' ? args.pop() : () => undefined;
    switch (event) {
      case 'silent':
      case 'twice':
        return undefined;
      case 'photo':
        socket.emit('photo', Buffer.from('2'), Buffer.from('43'));
        return acknowledge({ ok: true }, Buffer.from('41'));
      case 'large':
        socket.emit('blob', 'x'.repeat(1_000_000));
        return acknowledge();
      // These two work once.
      case 'leave':
        return counts.events.leave === 1 ? acknowledge() : socket.disconnect();
      case 'refuse':
        return counts.events.refuse === 1 ? acknowledge({ ok: true }) : acknowledge({ error: 'no' });
      default:
        return acknowledge(...args);
    }
  });
}

io.use((socket, next) => {
  for (let i = 0; i < floods; i++) socket.conn.write(`2["flood",${i},"${'x'.repeat(floodBytes)}"]`);
  next();
});
io.on('connection', serve);
io.of('/members')
  .use((socket, next) => {
    if (String(socket.handshake.auth.token).startsWith('good')) return next();
    counts.refused++;
    next(new Error('wrong token'));
  })
  .on('connection', serve);
announce(server);
server.listen(0, '127.0.0.1');
