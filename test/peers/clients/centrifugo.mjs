// Centrifugal's client against a server.
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { counted, once, origin, report } from './said.mjs';

const refusal = (promise) =>
  promise.then(
    () => null,
    ({ code, message }) => ({ code, message }),
  );
const open = (options) => new Centrifuge(`${origin}/connection/websocket`, { websocket: WebSocket, ...options });

const client = open({ token: 'right', data: { user: 1 } });
client.connect();
await client.ready();
const subscription = client.newSubscription('news');
subscription.subscribe();
await subscription.ready();
const closed = client.newSubscription('closed');
const error = once((resolve) => closed.on('unsubscribed', ({ code, reason }) => resolve({ code, reason })));
closed.subscribe();
const refused = await error;
// Sent at once, so that the answers share a frame.
const answers = await Promise.all([client.rpc('echo', { n: 1 }), client.rpc('echo', [2])]);
const failed = await refusal(client.rpc('nonsense', {}));
const push = once((resolve) => subscription.on('publication', ({ data }) => resolve(data)));
await client.publish('news', { text: 'all of you' });
const pushed = await push;
const stranger = open({ token: 'wrong' });
const strange = once((resolve) => stranger.on('error', ({ error: { code, message } }) => resolve({ code, message })));
stranger.connect();
const denied = await strange;
const answersPings = await counted('pongs');
report({ refused, answers, failed, pushed, denied, answersPings });
