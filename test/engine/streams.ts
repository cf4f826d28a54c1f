import type { Rng } from '../../src/stats/rng.js';

/** What a server sends, and how it is cut into writes. The first `glued` bytes leave together with the 101. */
export interface Stream {
  readonly bytes: Buffer;
  readonly glued: number;
  readonly writes: readonly Buffer[];
  /** The client closes when it has got this many messages; 0 for never. */
  readonly closeAfter: number;
}

const EDGE_LENGTHS = [
  0, 1, 2, 124, 125, 126, 127, 128, 200, 1000, 16_384, 65_534, 65_535, 65_536, 65_537, 70_000, 129, 130, 0x8181, 0x8205,
];

export interface FrameSpec {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** Announces this many bytes, whatever the payload has. */
  readonly announced?: bigint;
  /** Writes the length with more bytes than it needs: 2 or 8. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** One frame as a server writes it, or as it must not. */
export function serverFrame({
  opcode,
  payload,
  fin = true,
  rsv = 0,
  masked = false,
  announced,
  lengthBytes,
}: FrameSpec): Buffer {
  const length = announced ?? BigInt(payload.length);
  const width = lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const header = Buffer.alloc(2 + width);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (masked ? 0x80 : 0) | (width === 0 ? Number(length) : width === 2 ? 126 : 127);
  if (width === 2) header.writeUInt16BE(Number(length), 2);
  if (width === 8) header.writeBigUInt64BE(length, 2);
  return Buffer.concat([header, ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

/** A random stream: valid frames; in every other one now and then what breaks the protocol, or plain garbage. */
export function randomStream(rng: Rng): Stream {
  const isTiny = rng.below(3) === 0;
  const isValid = rng.below(2) === 0;
  const parts: Buffer[] = [];
  for (let left = 1 + rng.below(isTiny ? 6 : 25); left > 0; left--) parts.push(randomPart(rng, isTiny, isValid));
  if (rng.below(3) === 0) parts.push(closeFrame(rng), ...(rng.below(2) === 0 ? [randomPart(rng, isTiny, true)] : []));
  const writes = cut(rng, parts);
  const glued = rng.below(2) === 0 ? 0 : rng.below(3) === 0 ? writes.shift()!.length : 0;
  return { bytes: Buffer.concat(parts), glued, writes, closeAfter: rng.below(4) === 0 ? 1 + rng.below(5) : 0 };
}

function randomPart(rng: Rng, isTiny: boolean, isValid: boolean): Buffer {
  const kind = rng.below(40);
  if (kind < 26) return serverFrame({ opcode: 1 + rng.below(2), payload: randomPayload(rng, isTiny) });
  if (kind < 30) return serverFrame({ opcode: 9 + rng.below(2), payload: randomBytes(rng, rng.below(126)) });
  if (kind < 35) return fragmentedMessage(rng, isTiny);
  if (kind < 37 || isValid) {
    const lengthBytes = rng.below(2) === 0 ? 2 : 8;
    return serverFrame({ opcode: 1, payload: randomBytes(rng, rng.below(20)), lengthBytes });
  }
  return brokenPart(rng);
}

function fragmentedMessage(rng: Rng, isTiny: boolean): Buffer {
  const parts: Buffer[] = [];
  const last = 1 + rng.below(4);
  for (let i = 0; i <= last; i++) {
    const opcode = i === 0 ? 1 + rng.below(2) : 0;
    parts.push(serverFrame({ opcode, fin: i === last, payload: randomPayload(rng, isTiny) }));
    if (i < last && rng.below(2) === 0)
      parts.push(serverFrame({ opcode: 9 + rng.below(2), payload: randomBytes(rng, rng.below(20)) }));
  }
  return Buffer.concat(parts);
}

function brokenPart(rng: Rng): Buffer {
  const payload = randomBytes(rng, rng.below(30));
  switch (rng.below(11)) {
    case 0:
      return serverFrame({ opcode: 1 + rng.below(2), payload, masked: true });
    case 1:
      return serverFrame({ opcode: rng.below(16), payload, rsv: 1 + rng.below(7) });
    case 2:
      return serverFrame({ opcode: 3 + rng.below(5), payload });
    case 3:
      return serverFrame({ opcode: 9, payload, fin: false });
    case 4:
      return serverFrame({ opcode: 9, payload: randomBytes(rng, 126 + rng.below(100)) });
    case 5:
      return serverFrame({ opcode: 0, payload });
    case 6:
      return serverFrame({ opcode: 1, payload, fin: false });
    case 7:
      return serverFrame({ opcode: 2, payload, announced: 2n ** BigInt(32 + rng.below(32)) - BigInt(rng.below(2)) });
    case 8:
      return serverFrame({ opcode: 1, payload, announced: BigInt(16 * 2 ** 20 + rng.below(3)) });
    case 9:
      return Buffer.concat([
        serverFrame({ opcode: 1, payload, fin: false }),
        serverFrame({ opcode: 9, payload }),
        serverFrame({ opcode: 2, payload }),
      ]);
    default:
      return randomBytes(rng, 1 + rng.below(300));
  }
}

function closeFrame(rng: Rng): Buffer {
  const reason = randomBytes(rng, rng.below(20));
  const code = [1000, 1001, 1005, 1006, 1011, 2999, 3000, 4999, 5000][rng.below(9)]!;
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), reason]);
  return serverFrame({ opcode: 8, payload: payload.subarray(0, rng.below(6) === 0 ? rng.below(2) : payload.length) });
}

function randomPayload(rng: Rng, isTiny: boolean): Buffer {
  if (isTiny || rng.below(3) > 0) return randomBytes(rng, rng.below(isTiny ? 8 : 300));
  return randomBytes(rng, EDGE_LENGTHS[rng.below(EDGE_LENGTHS.length)]!);
}

/** Frame-like bytes are commoner than chance would have them, so that a lost boundary does not go unseen. */
function randomBytes(rng: Rng, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const pattern = [0x81, 0x82, 0x00, 0x01, 0x7e, 0x7f, rng.below(256), rng.below(256)];
  for (let i = 0; i < length; i++) bytes[i] = pattern[(i * 7 + (i >> 3)) & 7]!;
  if (length > 0) bytes[rng.below(length)] = rng.below(256);
  return bytes;
}

const WRITES_MAX = 60;

/** Cuts a stream into writes: between frames, around their boundaries, at every byte, or anywhere. */
function cut(rng: Rng, parts: readonly Buffer[]): Buffer[] {
  const bytes = Buffer.concat(parts);
  const boundaries: number[] = [];
  let end = 0;
  for (const part of parts) {
    end += part.length;
    boundaries.push(end);
  }
  const anywhere = Array.from({ length: rng.below(WRITES_MAX) }, () => rng.below(bytes.length + 1));
  const from = rng.below(bytes.length + 1);
  const cuts = [
    () => boundaries,
    () => boundaries.map((at) => at + rng.below(11) - 3),
    () => anywhere,
    () => Array.from({ length: WRITES_MAX }, (_, i) => (bytes.length <= WRITES_MAX ? i : from + i)),
  ][rng.below(4)]!();
  const inside = cuts.filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b);
  const ends = [...new Set([...inside, bytes.length])];
  return ends.map((to, i) => bytes.subarray(ends[i - 1] ?? 0, to));
}
