import { randomFillSync } from 'node:crypto';

const KEYS = randomKeys(64);

/**
 * A random masking key of this process, never zero. The same number always gives the same key. 32 bits, first byte
 * lowest.
 */
export function maskKey(number: number): number {
  return KEYS[number % KEYS.length]!;
}

/** The byte of the key for the payload byte at `position`. */
export function maskByte(key: number, position: number): number {
  return (key >>> ((position & 3) << 3)) & 0xff;
}

/** Copies a masked payload into a frame, starting at `at`. */
export function maskInto(frame: Buffer, at: number, payload: Buffer, key: number): void {
  const first = key & 0xff;
  const second = maskByte(key, 1);
  const third = maskByte(key, 2);
  const fourth = maskByte(key, 3);
  const whole = payload.length - (payload.length % 4);
  for (let i = 0, to = at; i < whole; i += 4, to += 4) {
    frame[to] = payload[i]! ^ first;
    frame[to + 1] = payload[i + 1]! ^ second;
    frame[to + 2] = payload[i + 2]! ^ third;
    frame[to + 3] = payload[i + 3]! ^ fourth;
  }
  for (let i = whole; i < payload.length; i++) frame[at + i] = payload[i]! ^ maskByte(key, i);
}

function randomKeys(count: number): Int32Array {
  const keys = randomFillSync(new Int32Array(count));
  return keys.map((key) => (key === 0 ? count : key));
}
