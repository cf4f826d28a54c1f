import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import { ConnectError } from './check-socket.js';
import { CheckContext, type ContextParts } from './context.js';
import { LOOK, type ServerEnd } from './outcome/server-end.js';

/** Did the server survive the first look? `sent`: the message after which all connections ended at once, or null. */
export async function endDuringLook(
  sent: string | null,
  parts: ContextParts,
  withinMs: number,
): Promise<ServerEnd | null> {
  const end = await endDuring({ id: LOOK, isRough: false, isSuspect: sent !== null }, parts, withinMs);
  return end === null || sent === null ? end : { ...end, sent };
}

/** How long to wait for a server to come back by itself, ms. */
export const SERVER_BACK_MS = 10_000;
const CONNECT_MS = 5000;
const RETRY_EVERY_MS = 100;

/**
 * Did the server survive a check? If wsurge started it, its process must still run. After a rough or failed check a
 * connection must open, too. A server that is gone is started again, or waited for up to `withinMs`.
 */
export async function endDuring(
  check: { readonly id: string; readonly isRough: boolean; readonly isSuspect: boolean },
  parts: ContextParts,
  withinMs: number,
): Promise<ServerEnd | null> {
  const startMs = performance.now();
  const end = (how: string, after: ServerEnd['after']): ServerEnd => {
    const backMs = after === 'gone' ? null : performance.now() - startMs;
    return { check: check.id, isRough: check.isRough, how, after, backMs };
  };
  let how = exitOf(parts);
  if (how === null && !check.isSuspect) return null;
  let isGone = how !== null;
  while (!isGone) {
    const refusal = await refusalOf(parts);
    if (refusal === null || isAnswer(refusal)) return how === null ? null : end(how, 'back');
    // Any other refusal may come from a server that is still busy with the check.
    if (refusal.phase === 'tcp' || refusal.status !== null) how ??= `no connection opened: ${refusal.message}`;
    const exit = exitOf(parts);
    if (exit === null && performance.now() - startMs < withinMs) await pause(parts.signal);
    else {
      how = exit ?? how ?? `no connection opened: ${refusal.message}`;
      isGone = true;
    }
  }
  const restart = parts.process?.restart ?? null;
  if (restart === null) return end(how!, 'gone');
  try {
    await restart();
    return end(how!, 'restarted');
  } catch (error) {
    return end(`${how}, and it could not be started again: ${messageOf(error)}`, 'gone');
  }
}

/**
 * Any answer to a handshake, right or wrong, shows that the server is there. A reset or silence does not, nor does the
 * answer of a proxy that cannot reach the server.
 */
function isAnswer({ phase, status, code }: ConnectError): boolean {
  if (status !== null) return !UPSTREAM_GONE.has(status);
  return phase !== 'tcp' && !UNANSWERED.has(code);
}

const UPSTREAM_GONE: ReadonlySet<number> = new Set([502, 504]);
const UNANSWERED: ReadonlySet<string> = new Set(['closed', 'closed_1006', 'handshake_timeout', 'ECONNRESET', 'EPIPE']);

function exitOf({ process }: ContextParts): string | null {
  const exited = process?.exited() ?? null;
  return exited === null ? null : `it ${exited}`;
}

/** Why no connection opens; null if one does. */
async function refusalOf(parts: ContextParts): Promise<ConnectError | null> {
  const context = new CheckContext(parts);
  try {
    await context.open({ withinMs: CONNECT_MS });
    return null;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  } finally {
    context.end();
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(RETRY_EVERY_MS, undefined, { signal });
}
