/** What programs print about an error that nothing caught, in several languages. */
const SIGNS: readonly RegExp[] = [
  // JavaScript
  /\buncaught\b|\bunhandled ?(?:promise ?)?(?:rejection|exception|error)\b|Unhandled 'error' event/i,
  /^\s+at (?:.+ \()?(?:node:|file:|[\w./\\-]).*:\d+:\d+\)?$/,
  // Python
  /^\s*Traceback \(most recent call last\):/,
  // Go
  /^panic: |^goroutine \d+ \[/,
  // Rust
  /^thread '.*' panicked at /,
  // Java and .NET
  /^Exception in thread "|^\s+at [\w$.<>]+\([\w$]+\.(?:java|kt|scala):\d+\)|^\s+at .+ in .+:line \d+$/,
];
const MOST_CHARACTERS = 200;

/** The first line that shows an unhandled error or a stack trace, with the line before it; null if there is none. */
export function unhandledIn(printed: string): string | null {
  const lines = printed.split('\n');
  const at = lines.findIndex((line) => SIGNS.some((sign) => sign.test(line)));
  if (at < 0) return null;
  // A trace names the error in the line before its first entry; in Python, in its last line.
  const isPython = /Traceback/.test(lines[at]!);
  const last = isPython
    ? lines.slice(at + 1).find((line) => /^\s*[\w.]*(?:Error|Exception|Exit)\b/.test(line))
    : undefined;
  const shown = isPython ? [lines[at], last] : /^\s+at /.test(lines[at]!) ? [lines[at - 1], lines[at]] : [lines[at]];
  const text = shown.flatMap((line) => (line === undefined ? [] : [line.trim()])).join(' | ');
  const characters = [...text];
  return characters.length <= MOST_CHARACTERS ? text : `${characters.slice(0, MOST_CHARACTERS).join('')}...`;
}
