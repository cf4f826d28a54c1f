import { shippedNames } from '../app/shipped-profiles.js';
import { EXIT, type ExitCode } from '../errors.js';
import { COMMANDS, commandNamed } from './flags/commands.js';
import { type CommandSpec, type Flag, isOnByDefault } from './flags/flag.js';
import { COMPLETION, SHELLS } from './flags/start.js';
import type { CliIo } from './io.js';
import { readFlags } from './options/flag-values.js';

/** `wsurge completion SHELL`: a script that asks `wsurge __complete` for what may follow. */
export async function completionCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const values = readFlags(COMPLETION, argv, io.env);
  const shell = values.wordOf('shell', SHELLS, {
    missing: 'needs the name of a shell',
    unknown: 'is no shell that is known',
  });
  values.throwIfWrong();
  io.stdout.write(SCRIPTS[shell!]);
  return EXIT.passed;
}

/** A candidate that tells the shell to offer files as well. */
export const FILES = ':files';

/**
 * The candidates for the last word of a command line. `words`: all words after `wsurge`; the last is being typed and
 * may be empty. Every candidate begins with it.
 */
export function completions(words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const spec = commandNamed(before.find((word) => !word.startsWith('-')));
  const offered =
    spec === null ? [...COMMANDS.map(({ name }) => name), '--help', '--version'] : follow(spec, before, typed);
  return offered.filter((word) => word === FILES || word.startsWith(typed));
}

function follow(spec: CommandSpec, before: readonly string[], typed: string): readonly string[] {
  const last = flagOf(spec, before.at(-1) ?? '');
  if (last !== null && last.type !== 'switch' && last.type !== 'port') return valuesOf(last);
  if (typed.startsWith('-')) return ['--help', ...offeredFlags(spec).map(([name, flag]) => longForm(name, flag))];
  return spec.positionals.flatMap(({ words, isProfile }) => [
    ...(words ?? []),
    ...(isProfile ? shippedNames() : []),
    ...(words === undefined ? [FILES] : []),
  ]);
}

function offeredFlags({ flags }: CommandSpec): [string, Flag][] {
  return Object.entries(flags).filter(([, { hidden }]) => !hidden);
}

function longForm(name: string, flag: Flag): string {
  return isOnByDefault(flag) ? `--no-${name}` : `--${name}`;
}

function flagOf({ flags }: CommandSpec, word: string): Flag | null {
  const found = Object.entries(flags).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`);
  return found?.[1] ?? null;
}

/** The words that a flag's value may be, or files if it is a path. */
function valuesOf({ value = '', words: named }: Flag): readonly string[] {
  if (named !== undefined) return named;
  const words = value.split('|').map((word) => (/^(file|folder|runs)$/.test(word) ? FILES : word));
  return words.length > 1 || words[0] === FILES ? words : [];
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# In ~/.bashrc: source <(wsurge completion bash)
_wsurge() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    if [ "$word" = ${FILES} ]; then
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    else
      COMPREPLY+=("$word")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o filenames -F _wsurge wsurge
`,
  zsh: `#compdef wsurge
# In ~/.zshrc, after compinit: source <(wsurge completion zsh)
_wsurge() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${found[(Ie)${FILES}]} )); then
    _files
    found=("\${(@)found:#${FILES}}")
  fi
  compadd -- "\${(@)found:#}"
}
compdef _wsurge wsurge
`,
  fish: `# In ~/.config/fish/config.fish: wsurge completion fish | source
function __wsurge_offered
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  $words[1] __complete $words[2..-1] "$typed" 2>/dev/null
end
complete -c wsurge -f -a '(__wsurge_offered | string match -v ${FILES})'
complete -c wsurge -n '__wsurge_offered | string match -q ${FILES}' -F
`,
};
