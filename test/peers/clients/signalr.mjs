// Microsoft's client against a hub.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { once, origin, report } from './said.mjs';

const open = (query) =>
  new HubConnectionBuilder()
    .withUrl(`${origin.replace('ws:', 'http:')}/hub${query}`, {
      skipNegotiation: true,
      transport: HttpTransportType.WebSockets,
    })
    .configureLogging(LogLevel.None)
    .withKeepAliveInterval(50)
    .build();
const refusal = (promise) =>
  promise.then(
    () => null,
    ({ message }) => message,
  );

const hub = open('?ping=50');
await hub.start();
const push = once((resolve) => hub.on('Shouted', resolve));
const answers = await Promise.all([hub.invoke('Echo', 'one'), hub.invoke('Echo', { two: 2 })]);
const failed = await refusal(hub.invoke('Fail'));
const unknown = await refusal(hub.invoke('Nonsense'));
await hub.send('Shout', 'all of you');
const pushed = await push;
const closed = once((resolve) => hub.onclose((error) => resolve(error?.message)));
await hub.send('Leave');
const goodbye = await closed;
const bundled = open('?bundle=10');
await bundled.start();
const ten = await Promise.all(Array.from({ length: 10 }, (_, k) => bundled.invoke('Echo', k)));
const refused = await refusal(open('?token=wrong').start());
report({ answers, failed, unknown, pushed, goodbye, ten, refused });
