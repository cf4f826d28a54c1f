// An MQTT broker, aedes, over WebSocket. It counts what it saw, and tells it at /counts.
// `--password`: the only one that is let in. `--deny`: a topic that nobody may subscribe to. `--drop`: from this client
// every hundredth message is kept, where one of so many `--connections` sends. `--bad`: what is done wrong to the first client behind its first SUBACK.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { announce } from './peer.mjs';

const { values } = parseArgs({
  options: {
    password: { type: 'string' },
    deny: { type: 'string', default: '' },
    drop: { type: 'string', default: '' },
    connections: { type: 'string', default: '1' },
    bad: { type: 'string', default: '' },
  },
});
const counts = {
  connects: 0,
  pings: 0,
  publishes: 0,
  pubacks: 0,
  ids: 0,
  dropped: 0,
  disconnects: 0,
  timeouts: 0,
  text: 0,
};
/** How often each number was kept from the client. */
const seen = new Map();
const EVERY = 100;

const broker = await Aedes.createBroker({
  authenticate: (_client, _user, password, done) => {
    if (values.password === undefined || password?.toString() === values.password) return done(null, true);
    done(Object.assign(new Error('wrong password'), { returnCode: 4 }), false);
  },
  authorizeSubscribe: (_client, subscription, done) =>
    done(null, subscription.topic === values.deny ? null : subscription),
  // Messages of the test connection are not measured: their numbers are the last of all.
  authorizeForward: (client, packet) => {
    if (client.id !== values.drop || values.drop === '') return packet;
    const number = Number(/\d{10}/.exec(packet.payload.toString())?.[0] ?? 0);
    if (number >= 9_000_000_000 || ((number - 1_000_000_000) / Number(values.connections)) % EVERY !== 0) return packet;
    seen.set(number, (seen.get(number) ?? 0) + 1);
    counts.dropped = seen.size;
    return null;
  },
});
broker.on('client', () => counts.connects++);
broker.on('ping', () => counts.pings++);
broker.on('keepaliveTimeout', () => counts.timeouts++);

/** What a broken broker does. */
const WRONG = {
  close: (socket) => socket.close(1011, 'out of order'),
  cut: (socket) => socket.send(Buffer.from([0x30, 0x20, 0x00, 0x04])),
  length: (socket) => socket.send(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])),
  // 100 MiB are said, and nothing comes of them.
  large: (socket) => socket.send(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x32])),
  text: (socket) => socket.send('hello'),
};

const server = createServer((request, response) => {
  if (request.url === '/counts') response.end(JSON.stringify(counts));
  else response.writeHead(404).end();
});
const sockets = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false) });
sockets.on('connection', (socket, request) => {
  socket.on('message', (data, isBinary) => {
    if (!isBinary) counts.text++;
    // Packets of a client of ours never share a frame, but for PUBACKs.
    const type = data[0] >> 4;
    if (type === 3) {
      counts.publishes++;
      if ((data[0] & 6) === 2) counts.ids = Math.max(counts.ids, idOf(data));
    } else if (type === 4) counts.pubacks += data.length / 4;
    else if (type === 14) counts.disconnects++;
    else if (type === 8 && values.bad !== '') setImmediate(() => WRONG[values.bad](socket));
  });
  broker.handle(createWebSocketStream(socket), request);
});

/** The id of a PUBLISH, which stands behind its topic. */
function idOf(packet) {
  let at = 1;
  while (packet[at++] >= 0x80);
  return packet.readUInt16BE(at + 2 + packet.readUInt16BE(at));
}
announce(server);
server.listen(0, '127.0.0.1');
