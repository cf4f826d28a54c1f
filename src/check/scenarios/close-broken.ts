import { type Evidence, judged, type Outcome } from '../check.js';
import type { CheckContext } from '../context.js';
import { Bystanders } from '../bystanders.js';
import { promised } from '../expectations.js';
import { encodeFrame, OPCODE, type RawFrame, type RawSocket } from '../raw-socket.js';

/** How a server may end a connection that broke the protocol, and how long it may take. */
const END_MS = 3000;
/** What a server gets to refuse a message by its header alone, before all of it is sent. */
const BY_HEADER_MS = 300;
const HEADER_BYTES = 1024;

const BREAKS: readonly (RawFrame & { readonly what: string })[] = [
  { what: 'a reserved opcode', opcode: 3, payload: Buffer.from('x') },
  { what: 'a reserved bit', opcode: OPCODE.text, rsv: 4, payload: Buffer.from('{}') },
  { what: 'a continuation of nothing', opcode: OPCODE.continuation, payload: Buffer.from('x') },
  { what: 'a ping of 126 bytes', opcode: OPCODE.ping, payload: Buffer.alloc(126) },
  { what: 'a ping in fragments', opcode: OPCODE.ping, fin: false },
];

const NOT_UTF8: readonly (RawFrame & { readonly what: string })[] = [
  { what: 'bytes that no text has', opcode: OPCODE.text, payload: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
  { what: 'half a character at the end', opcode: OPCODE.text, payload: Buffer.from('grü').subarray(0, 3) },
  { what: 'a surrogate', opcode: OPCODE.text, payload: Buffer.from([0xed, 0xa0, 0x80]) },
];

/** 5.6 */
export async function broken(context: CheckContext): Promise<Outcome> {
  return await allRefused(context, BREAKS, 1002);
}

/** 5.7 */
export async function invalidText(context: CheckContext): Promise<Outcome> {
  return await allRefused(context, NOT_UTF8, 1007);
}

/** 5.8 */
export async function tooLarge(context: CheckContext): Promise<Outcome> {
  const bytes = promised(context.expects, 'frameLimitBytes') + 1;
  const raw = await talking(context);
  const frame = encodeFrame({ opcode: OPCODE.text, payload: Buffer.alloc(bytes, 'x') });
  raw.write(frame.subarray(0, HEADER_BYTES));
  let end = await endOf(raw, BY_HEADER_MS);
  if (end.kind === 'open') {
    raw.write(frame.subarray(HEADER_BYTES));
    end = await endOf(raw, context.replyMs);
  }
  const sent = `a text message of ${bytes} bytes`;
  return judged([endProblem('it', end, 1009)], evidenceOf(sent, 1009, [end]));
}

async function allRefused(context: CheckContext, breaks: typeof BREAKS, code: number): Promise<Outcome> {
  const bystanders = await Bystanders.open(context, 1);
  const ends: End[] = [];
  const problems: (string | null)[] = [];
  for (const { what, ...frame } of breaks) {
    const raw = await talking(context);
    raw.frame(frame);
    const end = await endOf(raw, END_MS);
    ends.push(end);
    problems.push(endProblem(what, end, code));
  }
  problems.push(await bystanders.problem());
  return judged(problems, evidenceOf(breaks.map(({ what }) => what).join(', '), code, ends));
}

/** A connection by hand, its handshake done. */
async function talking(context: CheckContext): Promise<RawSocket> {
  const raw = await context.raw();
  const { status } = await raw.handshake(context.replyMs);
  if (status !== 101) throw new Error(`the upgrade was answered with ${status}`);
  return raw;
}

type End =
  | { readonly kind: 'open' }
  /** The TCP connection ended without a close frame. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

async function endOf(raw: RawSocket, withinMs: number): Promise<End> {
  const closed = await raw.readClose(withinMs);
  if (closed !== null) return { kind: 'closed', ...closed };
  return raw.ended === null ? { kind: 'open' } : { kind: 'cut' };
}

/** The RFC asks for the end of the connection and only recommends the frame that says why. */
function endProblem(what: string, end: End, code: number): string | null {
  if (end.kind === 'open') return `${what}: the connection stays open`;
  return end.kind === 'cut' || end.code === code ? null : `${what}: closed with ${end.code}`;
}

function evidenceOf(sent: string, code: number, ends: readonly End[]): Partial<Evidence> {
  const mute = ends.some(({ kind }) => kind === 'cut');
  const advice = `say ${code} before cutting a connection: a client that gets no close frame sees 1006 and cannot tell why`;
  return {
    sent,
    expected: `close ${code}, or at least the end of the connection`,
    received: ends.map(shownEnd).join(', '),
    advice: mute ? [advice] : [],
  };
}

function shownEnd(end: End): string {
  if (end.kind === 'closed') return `${end.code}${end.reason === '' ? '' : ` "${end.reason}"`}`;
  return end.kind === 'cut' ? 'cut without a close frame' : 'still open';
}
