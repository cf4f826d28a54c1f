/** First byte of a frame, RFC 6455 section 5.2. */
export const FIN = 0x80;
export const OPCODE_MASK = 0x0f;
const TEXT = 0x1;
const BINARY = 0x2;
/** Opcodes from here on are control frames, which may come between the fragments of a message. */
export const FIRST_CONTROL = 0x8;
export const CLOSE = 0x8;
export const FIN_TEXT = FIN | TEXT;
export const FIN_BINARY = FIN | BINARY;

/** Second byte of a frame: the mask bit, and the two values that announce a longer length field. */
export const MASKED = 0x80;
export const LENGTH_MASK = 0x7f;
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;
export const LENGTH_16_MAX = 0xffff;
