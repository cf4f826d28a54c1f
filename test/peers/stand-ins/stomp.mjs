// Stands in for a STOMP broker, for what RabbitMQ cannot be made to do: frames that share a WebSocket message, NUL in a
// body, errors with a receipt-id. The login `wrong` is refused, /topic/closed takes no subscription.
//
//     /topic/NAME    to all subscribers
//     /topic/nul     to all subscribers, with a NUL and what looks like a receipt in its body
//     /app/echo      back to the sender alone, on its first subscription
//     /app/tenth     refused for every tenth receipt
//     /app/broken    an error that names no receipt
//
// Arguments: how often it beats and wants beats, ms; into how many bytes each it cuts what it says, as binary messages
// (default: it does not).
import { count, Rooms, standIn } from './stand-in.mjs';

const [beatMs = 10_000, cutBytes = 0] = process.argv.slice(2).map(Number);
const topics = new Rooms();
const FORGED = '\0RECEIPT\nreceipt-id:7777777777\n\n\0';

const escaped = (text) =>
  text.replace(/[\\\r\n:]/g, (c) => ({ '\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c' })[c]);
const unescaped = (text) => text.replace(/\\(.)/g, (_, c) => ({ '\\': '\\', r: '\r', n: '\n', c: ':' })[c]);

function frame(command, headers, body = '') {
  const written = command === 'CONNECTED' ? (text) => text : escaped;
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${written(String(value))}\n`);
  return `${command}\n${lines.join('')}\n${body}\0\n`;
}

/** What is said at once, in one message or, cut anywhere, in several. */
function* partsOf(text) {
  if (cutBytes === 0) return yield text;
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cutBytes) yield bytes.subarray(at, at + cutBytes);
}

/** The frames of a message; a line end alone is none. */
function* framesOf(bytes) {
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0x0a || bytes[at] === 0x0d) {
      at++;
      continue;
    }
    const head = bytes.indexOf('\n\n', at);
    const [command, ...lines] = bytes.toString('utf8', at, head).split('\n');
    const headers = {};
    for (const line of lines) {
      const [, name, value] = /^([^:]*):(.*)$/s.exec(line);
      headers[unescaped(name)] ??= command === 'CONNECT' ? value : unescaped(value);
    }
    const from = head + 2;
    const length = headers['content-length'];
    const to = length === undefined ? bytes.indexOf(0, from) : from + Number(length);
    yield { command, headers, body: bytes.toString('utf8', from, to) };
    at = to + 1;
  }
}

standIn(
  (socket) => {
    const subscriptions = new Map();
    let messages = 0;
    let due = [];
    const say = (text) => {
      due.push(text);
      if (due.length > 1) return;
      setImmediate(() => {
        for (const part of partsOf(due.join(''))) {
          count('frames');
          socket.send(part);
        }
        due = [];
      });
    };
    /** One of several subscribers of a topic: each has an id of its own for it. */
    const subscriber = (subscription) => ({
      once: (...of) => socket.once(...of),
      send: ({ destination, body, counted }) => {
        const headers = { subscription, 'message-id': `m-${++messages}`, destination };
        say(frame('MESSAGE', { ...headers, ...(counted ? { 'content-length': Buffer.byteLength(body) } : {}) }, body));
      },
    });
    const refuse = (message, receipt) =>
      say(
        frame('ERROR', { message, ...(receipt === undefined ? {} : { 'receipt-id': receipt }) }, 'as it was told to'),
      );
    const send = (destination, body, receipt) => {
      if (destination === '/app/broken') return refuse('broken: by order');
      if (destination === '/app/tenth' && Number(receipt) % 10 === 0) return refuse('the tenth', receipt);
      if (destination === '/app/echo') [...subscriptions.values()][0]?.send({ destination, body });
      if (destination.startsWith('/topic/')) {
        const isNul = destination === '/topic/nul';
        topics.tell(destination, { destination, body: isNul ? `${body}${FORGED}` : body, counted: isNul });
      }
      if (receipt !== undefined) say(frame('RECEIPT', { 'receipt-id': receipt }));
    };
    const take = {
      CONNECT: ({ login, 'heart-beat': beats = '0,0' }) => {
        if (login === 'wrong') {
          refuse('Bad CONNECT');
          return setImmediate(() => socket.close());
        }
        const [, wanted] = beats.split(',').map(Number);
        say(frame('CONNECTED', { version: '1.2', 'heart-beat': `${beatMs},${beatMs}`, server: 'stand-in' }));
        if (wanted === 0) return;
        const beat = setInterval(() => say('\n'), Math.max(wanted, beatMs));
        socket.once('close', () => clearInterval(beat));
      },
      SUBSCRIBE: ({ id, destination, receipt }) => {
        if (destination === '/topic/closed') return refuse('not allowed', receipt);
        count('subscriptions');
        subscriptions.set(id, subscriber(id));
        topics.join(destination, subscriptions.get(id));
        if (receipt !== undefined) say(frame('RECEIPT', { 'receipt-id': receipt }));
      },
      SEND: ({ destination, receipt }, body) => send(destination, body, receipt),
      DISCONNECT: ({ receipt }) => {
        if (receipt !== undefined) say(frame('RECEIPT', { 'receipt-id': receipt }));
      },
    };
    socket.on('message', (bytes) => {
      if (/^[\r\n]+$/.test(String(bytes))) count('beats');
      for (const { command, headers, body } of framesOf(bytes)) {
        count(command);
        take[command](headers, body);
      }
    });
  },
  { handleProtocols: (offered) => (offered.has('v12.stomp') ? 'v12.stomp' : false) },
);
