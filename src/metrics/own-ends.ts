/** Reasons why wsurge itself ends an open connection, recognised by the error code of `ws` or of the engine. */

/**
 * `limit`: a limit of wsurge's own. `protocol`: the target broke the WebSocket protocol. `order`: a reply timed out.
 */
export type OwnEnd = 'limit' | 'protocol' | 'order';

const ORDER_LOST = 'order_lost';
/** Unfinished messages exceeded the memory that all connections of a worker may use together. */
export const RECEIVE_MEMORY = 'receive_memory';

const LIMIT_WORDS: Readonly<Record<string, string>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'a message larger than receive.largest (default 16 MiB)',
  [RECEIVE_MEMORY]:
    'the largest of unfinished messages that together exceed receive.unfinished (default a quarter of the memory)',
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 'a message in more parts than wsurge accepts',
  packet_size: 'a packet larger than receive.largest (default 16 MiB)',
  message_size: 'a message in several frames, larger than receive.largest (default 16 MiB)',
};

const PROTOCOL_WORDS: Readonly<Record<string, string>> = {
  WS_ERR_UNEXPECTED_RSV_1: 'a compressed frame (RSV1), although no compression was agreed on',
  WS_ERR_UNEXPECTED_RSV_2_3: 'a frame with a reserved bit (RSV2 or RSV3)',
  WS_ERR_INVALID_OPCODE: 'a frame with an opcode that does not exist, or is not allowed here',
  WS_ERR_EXPECTED_FIN: 'a control frame in several parts',
  WS_ERR_EXPECTED_MASK: 'a frame without a mask',
  WS_ERR_UNEXPECTED_MASK: 'a masked frame, which only clients may send',
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: 'a control frame with more than 125 bytes, or a close frame with one',
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 'a frame longer than 2^53 bytes',
  WS_ERR_INVALID_UTF8: 'text that is not UTF-8',
  WS_ERR_INVALID_CLOSE_CODE: 'a close frame with a code that must not be sent',
  packet_length: 'a packet whose length takes five bytes or more, of which four are allowed',
  text_frame: 'a text frame, where the protocol sends bytes in binary frames',
};

/** Why wsurge ended an open connection with this error code; null if the other side ended it. */
export function ownEndOf(code: string): OwnEnd | null {
  if (code === ORDER_LOST) return 'order';
  if (Object.hasOwn(LIMIT_WORDS, code)) return 'limit';
  return code.startsWith('WS_ERR_') || Object.hasOwn(PROTOCOL_WORDS, code) ? 'protocol' : null;
}

/** `a message in more parts than wsurge accepts (WS_ERR_TOO_MANY_BUFFERED_PARTS)`; only the code if it has no text. */
export function ownEndWords(code: string): string {
  if (code === ORDER_LOST) return 'a reply that timed out, after which replies cannot be matched by order';
  const words = LIMIT_WORDS[code] ?? PROTOCOL_WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
