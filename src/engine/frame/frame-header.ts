import { FIN_BINARY, FIN_TEXT, LENGTH_16, LENGTH_16_MAX, LENGTH_64, MASKED } from './opcodes.js';

/** The header of a complete masked data frame, including the key. */
export function frameHeader(text: boolean, payloadBytes: number, key: number): Buffer {
  const lengthBytes = payloadBytes < LENGTH_16 ? 0 : payloadBytes <= LENGTH_16_MAX ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + 4);
  header[0] = text ? FIN_TEXT : FIN_BINARY;
  header[1] = MASKED | (lengthBytes === 0 ? payloadBytes : lengthBytes === 2 ? LENGTH_16 : LENGTH_64);
  if (lengthBytes === 2) header.writeUInt16BE(payloadBytes, 2);
  if (lengthBytes === 8) header.writeUInt32BE(payloadBytes, 6);
  header.writeInt32LE(key, 2 + lengthBytes);
  return header;
}
