/** Characters with a meaning for a shell only. `=`, `%` and the like inside words are plain. */
const SHELL_CHARACTER = /[|&;<>()$`\\"'*?[\]{}#!\n\r]/;
/** Words that a shell understands at the start of a command, and that are not programs. */
const SHELL_WORD = new Set([
  'exec',
  'eval',
  'command',
  'cd',
  'ulimit',
  'export',
  'set',
  'source',
  'umask',
  'if',
  'for',
  'while',
  'until',
  'case',
  '.',
  ':',
]);

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly shell: boolean;
}

/** Decides how to start a command: directly if it consists of plain words, through `sh -c` if it has shell syntax. */
export function parseCommandLine(command: string): CommandLine {
  const words = command.trim().split(/\s+/);
  const first = words[0]!;
  const needsShell =
    SHELL_CHARACTER.test(command) ||
    SHELL_WORD.has(first) ||
    first.includes('=') ||
    words.some((word) => word.startsWith('~'));
  if (needsShell) return { file: 'sh', args: ['-c', command], shell: true };
  return { file: first, args: words.slice(1), shell: false };
}
