/**
 * Templates of binary messages: each character is a byte. Beside the tokens of all templates, whose values are put in
 * as the bytes of their UTF-8, they hold
 *
 *     {{id}}                  the two bytes by which replies name the message, written for each message
 *     {{u16:stepId}}          a number as two bytes, the higher one first; 65,536 becomes 1 again, for 0 is no id
 *     {{<u16}}...{{>}}        what is between, behind its length in two bytes
 *     {{<base128}}...{{>}}    the same, the length in groups of seven bits as `WireLength` says
 *
 * Lengths are known only when the tokens are filled in, so they are written then: `plan/fill-bytes.ts`.
 *
 *     text('room-{{room}}')   ->   {{<u16}}room-{{room}}{{>}}   ->   00 06 r o o m - 7
 */

/** The bytes of a user's text; its tokens stay tokens. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A text behind its length. */
export function lengthAndText(text: string): string {
  return `{{<u16}}${utf8(text)}{{>}}`;
}

/** Bytes behind their length. */
export function lengthAndBytes(bytes: string): string {
  return `{{<base128}}${bytes}{{>}}`;
}

/** A fixed number in two bytes. */
export function u16(value: number): string {
  return String.fromCharCode((value >> 8) & 0xff, value & 0xff);
}
