import type { StreamRequestSpec } from '../profile/check-spec.js';
import type { CheckSocket, GatherEnd } from './check-socket.js';
import type { CheckContext } from './context.js';
import { fillTemplate, jsonField } from './echo.js';
import type { Received } from './received.js';

/** Size of a pushed message in bytes, if the server lets its clients choose. */
const SIZE_BYTES = 200;
/** Wait this long after the last requested message: a surplus one would come now. */
const QUIET_MS = 100;

export interface Pushed {
  readonly messages: readonly Received[];
  /** The index in each message, from 0; NaN if a message has none. */
  readonly numbers: readonly number[];
  readonly tookMs: number;
  readonly end: GatherEnd;
}

/** Asks for pushed messages and reads all of them. `lateMs`: how much longer than planned they may take. */
export async function pushed(
  { replyMs }: CheckContext,
  socket: CheckSocket,
  stream: StreamRequestSpec,
  { count, rate, lateMs }: { readonly count: number; readonly rate: number; readonly lateMs: number },
): Promise<Pushed> {
  const startMs = performance.now();
  socket.send(streamRequest(stream, count, rate));
  const limits = { quietMs: replyMs, mostMs: (count * 1000) / rate + lateMs };
  const { messages, end } = await socket.gather(count, limits);
  const tookMs = (messages.at(-1)?.atMs ?? performance.now()) - startMs;
  if (messages.length === count) messages.push(...(await socket.listen(QUIET_MS)));
  return { messages, end, numbers: fromZero(messages.map((message) => pushNumber(stream, message))), tookMs };
}

export function streamRequest({ send }: StreamRequestSpec, count: number, rate: number): string {
  return fillTemplate(send, { count, rate, size: SIZE_BYTES });
}

/** The index in a pushed message; NaN if it has none. */
export function pushNumber({ index }: StreamRequestSpec, { data }: Received): number {
  const value = jsonField(data, index);
  return typeof value === 'number' ? value : Number.NaN;
}

/** Servers count from 0 or from 1: the first message tells which. */
export function fromZero(numbers: readonly number[]): number[] {
  const base = numbers[0] === 1 ? 1 : 0;
  return numbers.map((number) => number - base);
}
