import { Bystanders } from '../bystanders.js';
import { judged, type Outcome } from '../check.js';
import type { CheckContext } from '../context.js';
import { type End, endOf, endProblem, evidenceOf, expectedEnd, handShaken, largeRefused } from '../enforced-end.js';
import { promised } from '../expectations.js';
import { naming } from '../fault.js';
import { OPCODE, type RawFrame } from '../raw-socket.js';

/** A server that accepts so many of them in a row is taken to accept all. */
const OPEN_ENOUGH = 3;

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
  return await largeRefused(context, promised(context.expects, 'frameLimitBytes') + 1, 1009, 'end');
}

async function allRefused(context: CheckContext, breaks: typeof BREAKS, code: number): Promise<Outcome> {
  const bystanders = await Bystanders.open(context, 1);
  const ends: End[] = [];
  const problems: (string | null)[] = [];
  let open = 0;
  for (const { what, ...frame } of breaks) {
    if (open === OPEN_ENOUGH) break;
    const tried = breaks.slice(0, ends.length).map((each) => each.what);
    const raw = await naming(tried, expectedEnd(code), () => handShaken(context));
    raw.frame(frame);
    const end = await endOf(raw, context.replyMs);
    ends.push(end);
    open = end.kind === 'open' ? open + 1 : 0;
    problems.push(endProblem(what, end, code));
  }
  problems.push(await bystanders.problem());
  const sent = breaks.slice(0, ends.length).map(({ what }) => what);
  return judged(problems, evidenceOf(sent.join(', '), code, ends));
}
