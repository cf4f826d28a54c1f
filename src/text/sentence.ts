/** Sentences made of parts. */

/** The text as the beginning of a sentence. */
export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

export function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}

/** `5.6, 5.7 and 8.6`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
