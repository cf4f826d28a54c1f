import { formatCount } from '../units.js';
import { type Evidence, judged, type Outcome, ServerFault } from './check.js';
import type { CheckContext } from './context.js';
import { encodeFrame, OPCODE, type RawSocket } from './raw-socket.js';
import { transferMs } from './waiting.js';

/** Time for a server to refuse a message when it has only the header. Then the rest is sent. */
const BY_HEADER_MS = 300;
const HEADER_BYTES = 1024;

/** A raw connection after its handshake. */
export async function handShaken(
  context: CheckContext,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawSocket> {
  const raw = await context.raw();
  const { status } = await raw.handshake(context.replyMs, headers);
  if (status !== 101) throw new ServerFault(`the upgrade was answered with ${status}`);
  return raw;
}

/** How a server ended a connection that broke the protocol. */
export type End =
  | { readonly kind: 'open' }
  /** The TCP connection ended without a close frame. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** How the connection ended in that time. */
export async function endOf(raw: RawSocket, withinMs: number): Promise<End> {
  const closed = await raw.readClose(withinMs);
  if (closed !== null) return { kind: 'closed', ...closed };
  return raw.ended === null ? { kind: 'open' } : { kind: 'cut' };
}

/**
 * What the server has to do. `end`: end the connection; the RFC demands no more, and only recommends a close frame that
 * says why. `code`: send a close frame with the right code, so that the client learns why.
 */
export type Demand = 'end' | 'code';

export function endProblem(what: string, end: End, code: number, demand: Demand = 'end'): string | null {
  if (end.kind === 'open') return `${what}: the connection stays open`;
  if (end.kind === 'cut')
    return demand === 'end' ? null : `${what}: cut without a close frame, which tells no client why`;
  return end.code === code ? null : `${what}: closed with ${end.code}`;
}

export function evidenceOf(
  sent: string,
  code: number,
  ends: readonly End[],
  demand: Demand = 'end',
): Partial<Evidence> {
  const mute = ends.some(({ kind }) => kind === 'cut');
  const advice = `say ${code} before cutting a connection: a client that gets no close frame sees 1006 and cannot tell why`;
  return {
    sent,
    expected: demand === 'end' ? expectedEnd(code) : `close ${code}`,
    received: ends.map(shownEnd).join(', '),
    advice: mute ? [advice] : [],
  };
}

/** The expectation in words, if the end of the connection is enough. */
export function expectedEnd(code: number): string {
  return `close ${code}, or at least the end of the connection`;
}

function shownEnd(end: End): string {
  if (end.kind === 'closed') return `${end.code}${end.reason === '' ? '' : ` "${end.reason}"`}`;
  return end.kind === 'cut' ? 'cut without a close frame' : 'still open';
}

/** Whether the server ends the connection after a text message of this size. */
export async function largeRefused(
  context: CheckContext,
  bytes: number,
  code: number,
  demand: Demand,
): Promise<Outcome> {
  const raw = await handShaken(context);
  const frame = encodeFrame({ opcode: OPCODE.text, payload: Buffer.alloc(bytes, 'x') });
  raw.write(frame.subarray(0, HEADER_BYTES));
  let end = await endOf(raw, BY_HEADER_MS);
  if (end.kind === 'open') {
    raw.write(frame.subarray(HEADER_BYTES));
    end = await endOf(raw, context.replyMs + transferMs(bytes));
  }
  const sent = `a text message of ${formatCount(bytes)} bytes`;
  return judged([endProblem(sent, end, code, demand)], evidenceOf(sent, code, [end], demand));
}
