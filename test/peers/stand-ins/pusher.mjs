// Stands in for Pusher Channels: public channels, private ones whose `auth` is `key:yes`, client events, heartbeats.
// Its first argument, if there is one: how often the server asks for a sign of life, ms. Its second: its
// `activity_timeout`, s; it cuts who is silent for twice as long.
import { count, Rooms, standIn } from './stand-in.mjs';

const channels = new Rooms();
const [pingMs = 0, activitySeconds = 120] = process.argv.slice(2).map(Number);
let sockets = 0;

standIn((socket, query) => {
  // What the server says of itself has its data as JSON in a string.
  const send = (event, data, more = {}) => socket.send(JSON.stringify({ event, data: JSON.stringify(data), ...more }));
  const refuse = (code, message) => socket.send(JSON.stringify({ event: 'pusher:error', data: { code, message } }));
  if (query.get('protocol') !== '7') {
    refuse(4007, 'Unsupported protocol version');
    return socket.close(4007);
  }
  send('pusher:connection_established', { socket_id: `1.${++sockets}`, activity_timeout: activitySeconds });
  let silent = setTimeout(() => socket.close(4201), activitySeconds * 2000);
  socket.once('close', () => clearTimeout(silent));
  if (pingMs > 0) {
    const beat = setInterval(() => {
      count('pings');
      send('pusher:ping', {});
    }, pingMs);
    socket.once('close', () => clearInterval(beat));
  }
  const take = {
    'pusher:ping': () => {
      count('client pings');
      send('pusher:pong', {});
    },
    'pusher:pong': () => count('pongs'),
    'pusher:subscribe': ({ data: { channel, auth } }) => {
      if (/^(private|presence)-/.test(channel) && auth !== 'key:yes') {
        const data = { type: 'AuthError', error: 'not authorised', status: 401 };
        return socket.send(JSON.stringify({ event: 'pusher:subscription_error', channel, data }));
      }
      count('subscriptions');
      channels.join(channel, socket);
      send('pusher_internal:subscription_succeeded', {}, { channel });
    },
  };
  socket.on('message', (text) => {
    silent = silent.refresh();
    const message = JSON.parse(text);
    const { event, channel, data } = message;
    if (!event.startsWith('client-')) return take[event]?.(message);
    count('client events');
    const isAllowed = /^(private|presence)-/.test(channel) && channels.has(channel, socket);
    if (isAllowed) channels.tell(channel, JSON.stringify({ event, channel, data: JSON.stringify(data) }), socket);
    else refuse(4301, `Client event rejected: ${event}`);
  });
});
