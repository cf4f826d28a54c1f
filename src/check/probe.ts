import type { Phases } from './check-socket.js';
import type { CheckContext } from './context.js';
import { jsonField } from './echo.js';
import type { Protocol } from './expectations.js';

/** What one connection showed before any check. */
export interface Probe {
  readonly phases: Phases;
  readonly subprotocol: string;
  readonly protocol: Protocol;
}

/** How long a server may take to say that it speaks the bot protocol. */
const ANSWER_MS = 1000;
const GOODBYE_MS = 1000;

/**
 * One connection before all checks; rejects with a ConnectError where none opens. `known` is taken as it is; null has
 * the server asked with a message that only the bot protocol answers with figures.
 */
export async function probeServer(context: CheckContext, known: Protocol | null): Promise<Probe> {
  const socket = await context.open();
  const { phases, subprotocol } = socket;
  let protocol = known;
  if (protocol === null) {
    socket.send('{"type":"stats"}');
    const [reply] = await socket.collect(1, ANSWER_MS);
    const isBot = reply !== undefined && typeof jsonField(reply.data, 'connectionsOpened') === 'number';
    protocol = isBot ? 'bot' : 'echo';
  }
  await socket.close(1000, '', GOODBYE_MS);
  return { phases, subprotocol, protocol };
}
