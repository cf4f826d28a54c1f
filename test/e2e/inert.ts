import assert from 'node:assert/strict';

/** Nothing in the text can move a cursor, colour a screen, turn the direction of reading or hide characters. */
export function assertInert(text: string): void {
  assert.doesNotMatch(text.replaceAll('\n', ' '), /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
}
