// Socket.IO's client against the server that counts: acknowledgements, namespaces, refusals, heartbeats.
import { io } from 'socket.io-client';
import { counted, once, origin, report } from './said.mjs';

const connect = (namespace, auth) => io(`${origin}${namespace}`, { auth, forceNew: true, transports: ['websocket'] });
const opened = (socket) => once((resolve) => socket.on('connect', () => resolve('connected')));
const refused = (socket) => once((resolve) => socket.on('connect_error', ({ message }) => resolve(message)));

const main = connect('/', {});
const mainOpened = await opened(main);
const acknowledged = await main.emitWithAck('echo', { text: 'hello' }, 7);
const photo = once((resolve) => main.on('photo', (...parts) => resolve(parts.map(String))));
const [acknowledgement, attachment] = await once((resolve) =>
  main.emit('photo', (...answer) => resolve(answer.map((part) => (part instanceof Buffer ? String(part) : part)))),
);
const member = connect('/members', { token: 'good' });
const memberOpened = await opened(member);
const denied = await refused(connect('/members', { token: 'bad' }));
const unknown = await refused(connect('/nowhere', {}));
const answersPings = await counted('pongs', '/counts');
report({
  ...{ mainOpened, acknowledged, photo: await photo, acknowledgement, attachment, memberOpened },
  ...{ denied, unknown, answersPings },
});
