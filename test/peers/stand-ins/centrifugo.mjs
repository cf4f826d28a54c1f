// Stands in for Centrifugo, JSON protocol: connect (the token `wrong` is refused), subscribe (not to `closed`), publish,
// and the rpcs `echo` and `tenth`, which fails for every tenth id. What is due at once shares a frame. Arguments: how often
// it pings, ms; `pong` if the client has to answer.
import { count, Rooms, standIn } from './stand-in.mjs';

const channels = new Rooms();
const [pingMs = 25_000, pong] = process.argv.slice(2);
const secondsBetween = Math.max(1, Math.round(pingMs / 1000));

standIn((socket) => {
  const answer = (id, reply) => ({ ...(id === undefined ? {} : { id }), ...reply });
  const no = (code, message) => ({ error: { code, message } });
  const commands = {
    connect: ({ token }) => {
      if (token === 'wrong') return no(109, 'token expired');
      const beat = setInterval(() => {
        count('pings');
        socket.send('{}');
      }, Number(pingMs));
      socket.once('close', () => clearInterval(beat));
      const client = { client: 'c1', version: 'stand-in', ping: secondsBetween };
      return { connect: pong === undefined ? client : { ...client, pong: true } };
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
    rpc: ({ method, data }, id) => {
      if (method === 'tenth' && id % 10 === 0) return no(500, 'the tenth');
      return method === 'echo' || method === 'tenth' ? { rpc: { data } } : no(108, 'method not found');
    },
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
        due.push(JSON.stringify(answer(id, commands[name](command[name], id))));
        if (due.length === 1) setImmediate(flush);
      }
    }
  });
});
