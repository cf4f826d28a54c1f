/** A chat server that wants a log-in, and the script and the profile that talk to it. */
import { createHmac } from 'node:crypto';
import type { WebSocket } from 'ws';
import { type LocalServer, wsServer } from '../e2e/local-server.js';

/** What the server counted, and every message as it came, by connection. */
export interface ChatServer extends LocalServer {
  readonly counts: Record<'login' | 'join' | 'say' | 'history' | 'solved' | 'wrong', number>;
  readonly came: readonly string[][];
}

/** Every so many messages of the kind `say` the server asks for something. */
export const CAPTCHA_EVERY = 10;

export async function chatServer(): Promise<ChatServer> {
  const counts = { login: 0, join: 0, say: 0, history: 0, solved: 0, wrong: 0 };
  const came: string[][] = [];
  const nonces: string[] = [];
  const say = (ws: WebSocket, message: object) => ws.send(JSON.stringify(message));
  const server = await wsServer({
    onConnection: (ws, ordinal) => {
      came[ordinal] = [];
      nonces[ordinal] = `nonce-${ordinal}`;
      say(ws, { type: 'challenge', nonce: nonces[ordinal] });
      say(ws, { type: 'motd', text: 'welcome to the chat' });
    },
    onMessage: (ws, data, _, ordinal) => {
      came[ordinal]!.push(data.toString());
      const message = JSON.parse(data.toString()) as Record<string, unknown>;
      switch (message['type']) {
        case 'login':
          counts.login++;
          if (message['proof'] !== proofOf(`secret-${message['user']}`, nonces[ordinal]!)) counts.wrong++;
          return say(ws, { type: 'welcome', id: `u-${message['user']}` });
        case 'join':
          counts.join++;
          return say(ws, { type: 'joined' });
        case 'say':
          if (++counts.say % CAPTCHA_EVERY === 0) say(ws, { type: 'captcha', a: 1, b: 2 });
          return say(ws, { type: 'said', sequence: message['sequence'] });
        case 'history':
          counts.history++;
          return say(ws, { type: 'history', id: message['id'], lines: [] });
        case 'solved':
          counts.solved++;
          if (message['answer'] !== 3) counts.wrong++;
          return;
        default:
          counts.wrong++;
      }
    },
  });
  return { ...server, counts, came };
}

export function proofOf(secret: string, nonce: string): string {
  return createHmac('sha256', secret).update(nonce).digest('hex');
}

/** The script of the design, as JavaScript. */
export const CHAT_SCRIPT = `import { createHmac } from 'node:crypto';

export default {
  async open(chat) {
    const { nonce } = await chat.expect({ type: 'challenge' });
    const proof = createHmac('sha256', chat.data.secret).update(nonce).digest('hex');
    const welcome = await chat.ask('login', { type: 'login', user: chat.data.name, proof }, { type: 'welcome' });
    chat.session.id = welcome.id;
    await chat.ask('join', { type: 'join', room: chat.room }, { type: 'joined' });
  },
  requests: {
    say: { weight: 1, build: (chat, m) => ({ type: 'say', room: chat.room, from: chat.session.id, sequence: m.sequence }) },
    history: { weight: 4, build: (chat, m) => ({ type: 'history', id: m.sequence, room: chat.room }) },
  },
  onFrame(chat, frame) {
    if (frame.type !== 'captcha') return;
    chat.send({ type: 'solved', answer: frame.a + frame.b });
    return 'captcha';
  },
};
`;

/** A row for each connection, and one for the test connection. */
export const users = (count: number) =>
  ['name,secret', ...Array.from({ length: count }, (_, i) => `user${i},secret-user${i}`)].join('\n');

export const chatProfile = (url: string, load: string) => `
target: { url: '${url}' }
data: users.csv
rooms: 3
script: chat.mjs
load:
  - { name: chat, warmup: 0s, duration: 2s, reply: { timeout: 5s }, ${load} }
`;
