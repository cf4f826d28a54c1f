// Stands in for Centrifugo, JSON protocol: connect (the token `wrong` is refused), subscribe (not to `closed`), publish,
// and the rpcs `echo` and `fail`. `?ping=50` pings every 50 ms, `?pong` has the client answer, and what is due at once
// shares a frame.
import { count, Rooms, standIn } from './stand-in.mjs';

const channels = new Rooms();

standIn((socket, query) => {
  const pingMs = Number(query.get('ping') ?? 25_000);
  const answer = (id, reply) => ({ ...(id === undefined ? {} : { id }), ...reply });
  const no = (code, message) => ({ error: { code, message } });
  const commands = {
    connect: ({ token }) => {
      if (token === 'wrong') return no(109, 'token expired');
      const beat = setInterval(() => {
        count('pings');
        socket.send('{}');
      }, pingMs);
      socket.once('close', () => clearInterval(beat));
      const pong = query.has('pong') ? { pong: true } : {};
      return { connect: { client: 'c1', version: 'stand-in', ping: Math.max(1, Math.round(pingMs / 1000)), ...pong } };
    },
    subscribe: ({ channel }) => {
      if (channel === 'closed') return no(103, 'permission denied');
      count('subscriptions');
      channels.join(channel, socket);
      return { subscribe: {} };
    },
    publish: ({ channel, data }) => {
      channels.tell(channel, JSON.stringify({ push: { channel, pub: { data } } }));
      return { publish: {} };
    },
    rpc: ({ method, data }) => (method === 'echo' ? { rpc: { data } } : no(108, 'method not found')),
  };
  let due = [];
  const flush = () => {
    count('frames');
    socket.send(due.join('\n'));
    due = [];
  };
  socket.on('message', (data) => {
    for (const line of String(data).split('\n')) {
      const { id, ...command } = JSON.parse(line);
      const [name] = Object.keys(command);
      // An empty command answers a ping.
      if (name === undefined) count('pongs');
      else {
        count(name);
        due.push(JSON.stringify(answer(id, commands[name](command[name]))));
        if (due.length === 1) setImmediate(flush);
      }
    }
  });
});
