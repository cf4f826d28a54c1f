// Rails' client against a cable. It was written for browsers.
import * as ActionCable from '@rails/actioncable';
import WebSocket from 'ws';
import { once, origin, report } from './said.mjs';

globalThis.addEventListener = () => {};
globalThis.removeEventListener = () => {};
ActionCable.adapters.WebSocket = WebSocket;
ActionCable.adapters.logger = { log() {} };

/** Subscribes; gives the subscription and how that came out. */
const subscribe = async (consumer, channel, received = () => {}) => {
  let subscription;
  const outcome = await once((resolve) => {
    subscription = consumer.subscriptions.create(channel, {
      connected: () => resolve('connected'),
      rejected: () => resolve('rejected'),
      disconnected: () => resolve('disconnected'),
      received,
    });
  });
  return { subscription, outcome };
};

const consumer = ActionCable.createConsumer(`${origin}/cable`);
const pushes = [];
let more = () => {};
const next = (count) =>
  once((resolve) => {
    more = () => pushes.length >= count && resolve();
    more();
  });
const chat = { channel: 'ChatChannel', room: 'a "b" <c> & é' };
const { subscription, outcome: confirmed } = await subscribe(consumer, chat, (message) => {
  pushes.push(message);
  more();
});
const { outcome: rejected } = await subscribe(consumer, { channel: 'ChatChannel', room: 'closed' });
subscription.perform('announce', { text: 'all of <you>' });
await next(1);
subscription.perform('ask', { question: { n: [1, '2'] } });
await next(2);
const stranger = ActionCable.createConsumer(`${origin}/cable?token=wrong`);
const { outcome: unauthorized } = await subscribe(stranger, 'ChatChannel');
report({ confirmed, rejected, pushes, unauthorized });
