/** Whether a word of a command line is a URL, where the name of a profile, or a build, could stand as well. */
export function isUrl(word: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^ws\+unix:/i.test(word);
}
