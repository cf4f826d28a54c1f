// Stands in for a hub of ASP.NET Core SignalR. `?bundle=10` puts ten completions into one frame.
// Echo returns its argument, Fail fails, Tenth fails for every tenth invocationId, Shout tells all.
import { count, Rooms, standIn } from './stand-in.mjs';

const RS = '\u001e';
/** When a frame goes out although it is not full. */
const FULL_ENOUGH_MS = 3000;
const all = new Rooms();

standIn((socket, query) => {
  const bundle = Number(query.get('bundle') ?? 1);
  const waiting = [];
  let timer;
  const flush = () => {
    clearTimeout(timer);
    count('frames');
    socket.send(waiting.splice(0).join(''));
  };
  const complete = (invocationId, outcome) => {
    if (invocationId === undefined) return;
    count('error' in outcome ? 'errors' : 'results');
    waiting.push(`${JSON.stringify({ type: 3, invocationId, ...outcome })}${RS}`);
    if (waiting.length === 1) timer = setTimeout(flush, FULL_ENOUGH_MS);
    if (waiting.length >= bundle) flush();
  };
  const methods = {
    Echo: (id, value) => complete(id, { result: value }),
    Fail: (id) => complete(id, { error: 'An unexpected error occurred invoking Fail on the server.' }),
    Tenth: (id, value) => complete(id, Number(id) % 10 === 0 ? { error: 'It is the tenth.' } : { result: value }),
    Shout: (id, text) => {
      all.tell('all', `${JSON.stringify({ type: 1, target: 'Shouted', arguments: [text] })}${RS}`);
      complete(id, { result: null });
    },
    // As the tutorial of ASP.NET Core has it.
    SendMessage: (id, user, text) => {
      all.tell('all', `${JSON.stringify({ type: 1, target: 'ReceiveMessage', arguments: [user, text] })}${RS}`);
      complete(id, { result: null });
    },
    /** Says goodbye, as a server does that is shut down. */
    Leave: () => {
      socket.send(`${JSON.stringify({ type: 7, error: 'Server shutting down.' })}${RS}`);
      socket.close();
    },
  };
  const take = {
    1: ({ target, invocationId, arguments: args }) => {
      count('invocations');
      const method = methods[target];
      if (method === undefined) complete(invocationId, { error: `Unknown hub method '${target}'` });
      else method(invocationId, ...args);
    },
    6: () => count('pings'),
  };
  let greeted = false;
  const greet = ({ protocol, version }) => {
    const isKnown = protocol === 'json' && version === 1 && query.get('token') !== 'wrong';
    socket.send(`${JSON.stringify(isKnown ? {} : { error: 'Handshake was refused.' })}${RS}`);
    if (!isKnown) return socket.close();
    greeted = true;
    all.join('all', socket);
    // The server's own heartbeat; nobody answers it.
    const beat = setInterval(() => socket.send(`{"type":6}${RS}`), Number(query.get('ping') ?? 15_000));
    socket.once('close', () => clearInterval(beat));
  };
  socket.on('message', (data) => {
    for (const record of String(data).split(RS).slice(0, -1)) {
      const message = JSON.parse(record);
      if (greeted) take[message.type]?.(message);
      else greet(message);
    }
  });
});
