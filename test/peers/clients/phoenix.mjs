// Phoenix's client against a socket with channels.
import { Socket } from 'phoenix';
import WebSocket from 'ws';
import { once, origin, report } from './said.mjs';

const socket = new Socket(`${origin}/socket`, { transport: WebSocket, heartbeatIntervalMs: 50 });
socket.connect();
const outcome = (push) =>
  once((resolve) => {
    for (const status of ['ok', 'error', 'timeout']) push.receive(status, (response) => resolve({ status, response }));
  });
const channel = socket.channel('room:1', { token: 't' });
const joined = await outcome(channel.join());
const refused = await outcome(socket.channel('closed:1').join());
const echoed = await outcome(channel.push('echo', { text: 'hello' }));
const failed = await outcome(channel.push('fail', {}));
const push = once((resolve) => channel.on('shouted', resolve));
channel.push('shout', { text: 'all of you' });
const pushed = await push;
const heartbeat = await once((resolve) => socket.ping((ms) => resolve(ms >= 0)));
const crash = once((resolve) => channel.onError(() => resolve(true)));
channel.push('crash', {});
const crashed = await crash;
report({ joined, refused, echoed, failed, pushed, heartbeat, crashed });
