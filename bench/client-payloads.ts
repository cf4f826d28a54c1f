const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
const KEY_BYTES = 4;

/**
 * The payloads of whole masked frames of up to 65,535 bytes, as the engine writes them: copies, in order. `tail`: the
 * rest of the last frame, where it was cut in two.
 */
export function clientPayloads(head: Buffer, tail: Buffer | null): Buffer[] {
  const bytes = tail === null ? head : Buffer.concat([head, tail]);
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const second = bytes[at + 1]!;
    const short = second & LENGTH_BITS;
    if ((second & MASK_BIT) === 0 || short > LENGTH_16) throw new Error(`no frame of the engine at byte ${at}`);
    const keyAt = at + (short === LENGTH_16 ? 4 : 2);
    const length = short === LENGTH_16 ? bytes.readUInt16BE(at + 2) : short;
    const from = keyAt + KEY_BYTES;
    if (from + length > bytes.length) throw new Error(`the frame at byte ${at} is cut off`);
    const payload = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) payload[i] = bytes[from + i]! ^ bytes[keyAt + (i & 3)]!;
    payloads.push(payload);
    at = from + length;
  }
  return payloads;
}
