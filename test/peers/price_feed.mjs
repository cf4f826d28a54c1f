// A price feed: it pushes to whoever is connected and answers nothing. With --greet, it says first what it is, and pushes
// only what was subscribed to.
import { WebSocketServer } from 'ws';
import { announce, LOOPBACK } from './peer.mjs';

const PUSH_EVERY_MS = 100;
const greets = process.argv.includes('--greet');
const server = new WebSocketServer(LOOPBACK);

function price() {
  const at = Date.now();
  return JSON.stringify({
    type: 'price',
    symbol: 'ACME',
    price: Math.round(10_000 + 50 * Math.sin(at / 5000)) / 100,
    at,
  });
}

function isSubscription(data) {
  try {
    return JSON.parse(data.toString())?.op === 'subscribe';
  } catch {
    return false;
  }
}

server.on('connection', (socket) => {
  let isSubscribed = !greets;
  if (greets) socket.send(JSON.stringify({ type: 'welcome', service: 'prices', version: 3 }));
  const timer = setInterval(() => {
    if (isSubscribed) socket.send(price());
  }, PUSH_EVERY_MS);
  socket.on('error', () => undefined);
  socket.on('close', () => clearInterval(timer));
  socket.on('message', (data) => {
    if (isSubscription(data)) isSubscribed = true;
  });
});
announce(server);
