// Pusher's client against an application.
import Pusher from 'pusher-js';
import { counted, once, origin, report } from './said.mjs';

const open = (auth) =>
  new Pusher('key', {
    cluster: '',
    wsHost: '127.0.0.1',
    wsPort: Number(new URL(origin).port),
    forceTLS: false,
    enabledTransports: ['ws'],
    enableStats: false,
    activityTimeout: 50,
    channelAuthorization: { customHandler: (_, answer) => answer(null, { auth }) },
  });
const outcome = (channel) =>
  once((resolve) => {
    channel.bind('pusher:subscription_succeeded', () => resolve('succeeded'));
    channel.bind('pusher:subscription_error', ({ type }) => resolve(type));
  });

const [one, other, stranger] = [open('key:yes'), open('key:yes'), open('key:no')];
const publicly = await outcome(one.subscribe('news'));
const mine = one.subscribe('private-chat');
const theirs = other.subscribe('private-chat');
const privately = await Promise.all([outcome(mine), outcome(theirs)]);
const denied = await outcome(stranger.subscribe('private-chat'));
const push = once((resolve) => theirs.bind('client-said', resolve));
mine.trigger('client-said', { text: 'hello' });
const pushed = await push;
const error = once((resolve) => one.connection.bind('error', ({ data }) => resolve(data)));
one.channel('news').trigger('client-said', {});
const refused = await error;
const pong = await once((resolve) => one.bind_global((event) => event === 'pusher:pong' && resolve(event)));
const answersPings = await counted('pongs');
report({ publicly, privately, denied, pushed, refused, pong, answersPings, socketId: one.connection.socket_id });
