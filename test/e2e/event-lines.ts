/** A line of `--events`, as a reader has it. */
export interface EventLine {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function parsedLines(text: string): EventLine[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventLine);
}
