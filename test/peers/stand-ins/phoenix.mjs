// Stands in for channels of Phoenix, serializer version 2. Topics that begin with `closed` refuse to be joined.
// In a channel: `echo` replies ok with the payload, `fail` replies error, `tenth` does so for every tenth ref, `shout` is
// broadcast and replied to, `crash` ends the channel.
import { count, Rooms, standIn } from './stand-in.mjs';

const channels = new Rooms();

standIn((socket, query) => {
  if (query.get('vsn') !== '2.0.0') return socket.close(1002, 'vsn');
  /** The join_ref of each topic that was joined. */
  const joined = new Map();
  const send = (...message) => socket.send(JSON.stringify(message));
  // As Phoenix writes it, with the response first.
  const reply = (joinRef, ref, topic, status, response) => send(joinRef, ref, topic, 'phx_reply', { response, status });
  const events = {
    echo: (joinRef, ref, topic, payload) => reply(joinRef, ref, topic, 'ok', payload),
    // As in a channel that `mix phx.gen.channel` makes.
    ping: (joinRef, ref, topic, payload) => reply(joinRef, ref, topic, 'ok', payload),
    fail: (joinRef, ref, topic) => reply(joinRef, ref, topic, 'error', { reason: 'as asked' }),
    tenth: (joinRef, ref, topic) => reply(joinRef, ref, topic, Number(ref) % 10 === 0 ? 'error' : 'ok', {}),
    shout: (joinRef, ref, topic, payload) => {
      channels.tell(topic, JSON.stringify([null, null, topic, 'shouted', payload]));
      reply(joinRef, ref, topic, 'ok', {});
    },
    crash: (joinRef, _ref, topic) => {
      joined.delete(topic);
      send(joinRef, joinRef, topic, 'phx_error', {});
    },
    phx_leave: (joinRef, ref, topic) => {
      joined.delete(topic);
      reply(joinRef, ref, topic, 'ok', {});
      send(joinRef, joinRef, topic, 'phx_close', {});
    },
  };
  const join = (joinRef, ref, topic) => {
    if (topic.startsWith('closed')) return reply(joinRef, ref, topic, 'error', { reason: 'unauthorized' });
    count('joins');
    joined.set(topic, joinRef);
    channels.join(topic, socket);
    reply(joinRef, ref, topic, 'ok', { members: 1 });
  };
  socket.on('message', (data) => {
    const [joinRef, ref, topic, event, payload] = JSON.parse(data);
    if (typeof ref !== 'string') throw new Error(`ref ${ref} is no string`);
    if (topic === 'phoenix' && event === 'heartbeat') {
      count('heartbeats');
      return reply(null, ref, topic, 'ok', {});
    }
    if (event === 'phx_join') return join(joinRef, ref, topic);
    count('pushes');
    if (!joined.has(topic)) return reply(joinRef, ref, topic, 'error', { reason: 'unmatched topic' });
    // A message of an earlier join of the topic is for nobody.
    if (joined.get(topic) === joinRef) events[event]?.(joinRef, ref, topic, payload);
  });
});
