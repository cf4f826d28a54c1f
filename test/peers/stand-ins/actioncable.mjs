// Stands in for Action Cable of Rails where Ruby is not installed; see action_cable.rb, which does the same on Rails.
import { count, Rooms, standIn } from './stand-in.mjs';

const PROTOCOL = 'actioncable-v1-json';
const rooms = new Rooms();

standIn(
  (socket, query) => {
    const send = (message) => socket.send(JSON.stringify(message));
    if (query.get('token') === 'wrong') {
      send({ type: 'disconnect', reason: 'unauthorized', reconnect: false });
      return socket.close();
    }
    send({ type: 'welcome' });
    const beat = setInterval(() => send({ type: 'ping', message: Math.floor(Date.now() / 1000) }), 3000);
    socket.once('close', () => clearInterval(beat));
    const actions = {
      announce: (identifier, { action: _, ...message }) => {
        count('actions');
        const { room } = JSON.parse(identifier);
        const told = `chat:${room ?? ''}`;
        rooms.tell(told, JSON.stringify({ identifier, message }));
      },
      speak: (identifier, { action: _, ...message }) => {
        count('actions');
        const { room } = JSON.parse(identifier);
        const told = `chat:${room ?? ''}`;
        rooms.tell(told, JSON.stringify({ identifier, message }));
      },
      ask: (identifier, { question }) => send({ identifier, message: { answer: question } }),
    };
    const commands = {
      subscribe: ({ identifier }) => {
        const { channel, room } = JSON.parse(identifier);
        if (channel !== 'ChatChannel') return;
        if (room === 'closed') return send({ identifier, type: 'reject_subscription' });
        count('subscriptions');
        rooms.join(`chat:${room ?? ''}`, socket);
        send({ identifier, type: 'confirm_subscription' });
      },
      message: ({ identifier, data }) => {
        const message = JSON.parse(data);
        actions[message.action]?.(identifier, message);
      },
    };
    socket.on('message', (data) => {
      const command = JSON.parse(data);
      commands[command.command]?.(command);
    });
  },
  { handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL },
);
