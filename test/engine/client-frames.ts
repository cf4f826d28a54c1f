export interface ClientFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly key: number;
  readonly payload: Buffer;
}

/** Reads whole masked frames as a server would; throws where they are not masked or not whole. */
export function clientFrames(bytes: Buffer): ClientFrame[] {
  const frames: ClientFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    if ((second & 0x80) === 0) throw new Error(`frame at ${at} is not masked`);
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = lengthBytes === 0 ? short : Number(`0x${bytes.toString('hex', at + 2, at + 2 + lengthBytes)}`);
    const keyAt = at + 2 + lengthBytes;
    const end = keyAt + 4 + length;
    if (end > bytes.length) throw new Error(`frame at ${at} ends at ${end}, ${bytes.length} bytes came`);
    const payload = Buffer.from(bytes.subarray(keyAt + 4, end));
    for (let i = 0; i < payload.length; i++) payload[i]! ^= bytes[keyAt + (i & 3)]!;
    frames.push({ fin: (first & 0x80) !== 0, opcode: first & 0x0f, key: bytes.readInt32LE(keyAt), payload });
    at = end;
  }
  return frames;
}
