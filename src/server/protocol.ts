/**
 * The bot protocol as pure rules: one message in, a list of actions out. Both engines run the same rules, so both
 * behave the same.
 */

import { isDeeper, MAX_DEPTH } from '../nesting.js';

export interface StreamSpec {
  readonly count: number;
  readonly ratePerSecond: number;
  /** Size of each message. If the fixed fields need more, a message is as small as they allow. */
  readonly sizeBytes: number;
}

export type Action =
  /** Send the received bytes back unchanged, with every field. */
  | { readonly do: 'echo' }
  | { readonly do: 'reply'; readonly text: string }
  | { readonly do: 'refuse'; readonly error: ErrorCode; readonly text: string }
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  | { readonly do: 'join'; readonly room: string }
  /** `others`: to all in the room but the sender. */
  | { readonly do: 'broadcast'; readonly room: string; readonly others: boolean }
  | { readonly do: 'stream'; readonly spec: StreamSpec }
  | { readonly do: 'stats' };

export interface Rules {
  readonly maxMessageBytes: number;
  readonly maxFrameBytes: number;
  readonly textOnly: boolean;
  /** Send every message back as it came. */
  readonly plainEcho: boolean;
}

export type ErrorCode =
  | 'invalid_json'
  | 'missing_field'
  | 'invalid_field'
  | 'unknown_type'
  | 'too_large'
  | 'empty_room'
  | 'too_many_rooms'
  | 'too_many_streams'
  | 'quota_exceeded';

export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  tooBig: 1009,
  tryAgainLater: 1013,
  quotaExceeded: 4429,
} as const;

const MAX_ROOM_NAME = 128;
const MAX_STREAM_COUNT = 1_000_000;
const MAX_STREAM_RATE_PER_SECOND = 100_000;
const MAX_STREAM_SIZE_BYTES = 1024 * 1024;
const DEFAULT_STREAM_SIZE_BYTES = 64;
const MAX_CLOSE_REASON_BYTES = 123;
/** How many characters of a client's own text an error may quote. */
const MAX_QUOTED = 40;

// Shared and frozen: the hot path allocates no action.
const ECHO: readonly Action[] = Object.freeze([Object.freeze({ do: 'echo' } as const)]);
const STATS: readonly Action[] = Object.freeze([Object.freeze({ do: 'stats' } as const)]);
const PONG: readonly Action[] = Object.freeze([Object.freeze({ do: 'reply', text: '{"type":"pong"}' } as const)]);

type Message = Readonly<Record<string, unknown>>;

/** Decides what to do about one complete message. The engines ensure that text messages are valid UTF-8. */
export function decide(bytes: Buffer, isBinary: boolean, rules: Rules): readonly Action[] {
  const size = bytes.length;
  if (size > rules.maxFrameBytes) return close(CLOSE.tooBig, 'message exceeds the protocol limit');
  if (isBinary && rules.textOnly) return close(CLOSE.unsupportedData, 'text messages only');
  if (size > rules.maxMessageBytes) {
    return refuse('too_large', `message has ${size} bytes, the limit is ${rules.maxMessageBytes}`);
  }
  return isBinary || rules.plainEcho ? ECHO : decideText(bytes.toString());
}

function decideText(text: string): readonly Action[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse('invalid_json', error instanceof Error ? error.message.slice(0, 120) : 'not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('invalid_field', 'a message is a JSON object with a "type"');
  }
  const message = value as Message;
  switch (message['type']) {
    case 'message':
      return message['content'] === undefined ? missing('content', 'message') : ECHO;
    case 'ping':
      return pong(message);
    case 'stream':
      return stream(message);
    case 'join':
      return join(message);
    case 'broadcast':
      return broadcast(message);
    case 'close':
      return closeOnRequest(message);
    case 'stats':
      return STATS;
    case undefined:
      return refuse('missing_field', 'field "type" is missing');
    default:
      return refuse('unknown_type', `unknown type ${quoted(message['type'])}`);
  }
}

/**
 * The answer to a plain ping is a constant. Further fields of the ping, for example a sequence, are sent back with it.
 */
function pong(message: Message): readonly Action[] {
  if (Object.keys(message).length === 1) return PONG;
  if (isDeeper(message, MAX_DEPTH)) return refuse('invalid_field', `the ping nests deeper than ${MAX_DEPTH} levels`);
  return [{ do: 'reply', text: JSON.stringify({ ...message, type: 'pong' }) }];
}

function join(message: Message): readonly Action[] {
  const room = message['room'];
  return isRoom(room) ? [{ do: 'join', room }] : noRoom(room, 'join');
}

function broadcast(message: Message): readonly Action[] {
  const { room, others = false } = message;
  if (!isRoom(room)) return noRoom(room, 'broadcast');
  if (typeof others !== 'boolean') return invalid('others', 'true or false', others);
  return [{ do: 'broadcast', room, others }];
}

function isRoom(room: unknown): room is string {
  return typeof room === 'string' && room !== '' && room.length <= MAX_ROOM_NAME;
}

function noRoom(room: unknown, type: 'join' | 'broadcast'): readonly Action[] {
  return room === undefined
    ? missing('room', type)
    : invalid('room', `a text of 1 to ${MAX_ROOM_NAME} characters`, room);
}

function stream(message: Message): readonly Action[] {
  const { count, rate, size = DEFAULT_STREAM_SIZE_BYTES } = message;
  if (count === undefined) return missing('count', 'stream');
  if (rate === undefined) return missing('rate', 'stream');
  if (!isWhole(count, 1, MAX_STREAM_COUNT)) return invalid('count', `a whole number, 1 to ${MAX_STREAM_COUNT}`, count);
  if (typeof rate !== 'number' || rate < 0.01 || rate > MAX_STREAM_RATE_PER_SECOND) {
    return invalid('rate', `messages per second, 0.01 to ${MAX_STREAM_RATE_PER_SECOND}`, rate);
  }
  if (!isWhole(size, 0, MAX_STREAM_SIZE_BYTES)) return invalid('size', `bytes, 0 to ${MAX_STREAM_SIZE_BYTES}`, size);
  return [{ do: 'stream', spec: { count, ratePerSecond: rate, sizeBytes: size } }];
}

function closeOnRequest(message: Message): readonly Action[] {
  const { code, reason = '' } = message;
  if (code === undefined) return missing('code', 'close');
  if (!isCloseCode(code)) return invalid('code', '1000-1003, 1007-1014 or 3000-4999', code);
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_CLOSE_REASON_BYTES) {
    return invalid('reason', `a text of at most ${MAX_CLOSE_REASON_BYTES} bytes`, reason);
  }
  return close(code, reason);
}

/** The close codes that an endpoint may send (RFC 6455 section 7.4 and the IANA registry). */
function isCloseCode(code: unknown): code is number {
  return isWhole(code, 1000, 1003) || isWhole(code, 1007, 1014) || isWhole(code, 3000, 4999);
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function missing(field: string, type: string): readonly Action[] {
  return refuse('missing_field', `field "${field}" is missing; "${type}" needs it`);
}

function invalid(field: string, expected: string, actual: unknown): readonly Action[] {
  return refuse('invalid_field', `field "${field}" is ${quoted(actual)}, expected ${expected}`);
}

function quoted(value: unknown): string {
  // Parts of an array or object come from the client and may have any size and depth, so they are not quoted.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text;
}

/** An error for the client; its connection stays open. */
export function refuse(code: ErrorCode, message: string): readonly Action[] {
  return [{ do: 'refuse', error: code, text: JSON.stringify({ type: 'error', code, message }) }];
}

/** The answer to a connection that exceeded its quota of messages. */
export function overQuota(quota: number): readonly Action[] {
  return [
    ...refuse('quota_exceeded', `more than ${quota} messages on one connection`),
    ...close(CLOSE.quotaExceeded, 'message quota exceeded'),
  ];
}

function close(code: number, reason: string): readonly Action[] {
  return [{ do: 'close', code, reason }];
}
