// The usual client for browsers, @stomp/stompjs, against a broker.
import { Client } from '@stomp/stompjs';
import WebSocket from 'ws';
import { counted, once, origin, report } from './said.mjs';

const open = (options) =>
  new Client({
    webSocketFactory: () => new WebSocket(`${origin}/ws`, ['v12.stomp']),
    reconnectDelay: 0,
    heartbeatIncoming: 50,
    heartbeatOutgoing: 50,
    ...options,
  });
const receipt = (client, id, begin) =>
  once((resolve) => {
    client.watchForReceipt(id, () => resolve(true));
    begin();
  });
const errorOf = (client) =>
  once((resolve) => {
    client.onStompError = ({ headers, body }) =>
      resolve({ message: headers.message, receipt: headers['receipt-id'] ?? null, body });
  });
const connected = async (options = {}) => {
  const client = open(options);
  await once((resolve) => {
    client.onConnect = resolve;
    client.activate();
  });
  return client;
};

const client = await connected();
const heard = [];
let wake = () => {};
const messages = (many) =>
  once((resolve) => {
    wake = () => heard.length >= many && resolve(heard.splice(0));
    wake();
  });
const hear = ({ headers, body }) => {
  heard.push([headers.destination, body]);
  wake();
};
const subscribed = await receipt(client, 's1', () =>
  client.subscribe('/topic/a:b', hear, { id: 'one', receipt: 's1' }),
);
client.subscribe('/topic/nul', hear, { id: 'two' });
// What goes out at once comes back in one message.
const sent = await receipt(client, 'r1', () => {
  client.publish({ destination: '/topic/a:b', body: 'hello' });
  client.publish({ destination: '/topic/nul', body: 'x\0y' });
  client.publish({ destination: '/app/echo', body: 'me', headers: { receipt: 'r1' } });
});
const pushed = await messages(3);
const failing = errorOf(client);
client.publish({ destination: '/app/tenth', headers: { receipt: '20' } });
const refused = await failing;
const broken = await connected();
const breaking = errorOf(broken);
broken.publish({ destination: '/app/broken' });
const ended = await breaking;
const stranger = open({ connectHeaders: { login: 'wrong' } });
const strange = errorOf(stranger);
stranger.activate();
const denied = await strange;
const beats = await counted('beats');
report({ subscribed, sent, pushed, refused, ended, denied, beats });
