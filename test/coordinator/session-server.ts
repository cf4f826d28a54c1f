import type { TestContext } from 'node:test';
import type { WebSocket } from 'ws';
import { type LocalServer, wsServer } from '../e2e/local-server.js';

/** What a client sent to the server below. */
export interface Asked {
  readonly type: string;
  readonly id?: number;
  readonly [key: string]: unknown;
}

export interface SessionServer extends LocalServer {
  /** Every message, parsed where it is JSON, in order. */
  readonly heard: (Asked | string)[];
}

/** A server with which clients log in; `answer` says what it does with each message. */
export async function sessionServer(
  t: TestContext,
  answer: (ws: WebSocket, asked: Asked) => void = answerAll,
  greet: (ws: WebSocket) => void = () => {},
): Promise<SessionServer> {
  const heard: (Asked | string)[] = [];
  const server = await wsServer({
    onConnection: (ws) => greet(ws),
    onMessage: (ws, data) => {
      const text = data.toString();
      try {
        const asked = JSON.parse(text) as Asked;
        heard.push(asked);
        answer(ws, asked);
      } catch {
        heard.push(text);
      }
    },
  });
  t.after(() => server.stop());
  return { ...server, heard };
}

/** Lets in whoever says `login`, and answers every other message by its type and id. */
export function answerAll(ws: WebSocket, { type, id }: Asked): void {
  if (type === 'login') return tell(ws, { type: 'welcome', user: { id: 'u7' } });
  tell(ws, { type: `${type}-done`, id });
}

export function tell(ws: WebSocket, message: unknown): void {
  ws.send(typeof message === 'string' ? message : JSON.stringify(message));
}
